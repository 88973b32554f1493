frappe.views.calendar["IT Service"] = {
	field_map: { id: "name", start: "start", end: "end", title: "title", allDay: "all_day", tooltip: "tooltip" },
	get_events_method: "itil_strategy.service_portfolio.planned_dates.get_events",
	// Entered in time, entered late, still to come, should have been.
	get_css_class(event) {
		return { entered: "green", "entered late": "orange", planned: "blue", overdue: "red" }[event.kind];
	},
};
