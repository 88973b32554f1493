// The day on which the outcome is compared with the evidence.
frappe.views.calendar["Portfolio Decision"] = {
	field_map: { id: "name", start: "review_date", end: "review_date", title: "service_name", allDay: "allDay" },
	get_events_method: "frappe.desk.calendar.get_events",
};
