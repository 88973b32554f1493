// Read through get_list, so nobody sees a change of a customer that is not theirs.
frappe.views.calendar["Environment Change"] = {
	field_map: { id: "name", start: "watch_date", end: "watch_date", title: "change_title", allDay: "allDay" },
	get_events_method: "frappe.desk.calendar.get_events",
};
