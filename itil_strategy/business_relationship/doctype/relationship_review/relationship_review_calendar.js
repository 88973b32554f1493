// Read through get_list, so nobody sees a review with a customer that is not theirs.
frappe.views.calendar["Relationship Review"] = {
	field_map: { id: "name", start: "review_date", end: "review_date", title: "customer", allDay: "allDay" },
	get_events_method: "frappe.desk.calendar.get_events",
};
