frappe.listview_settings["Service Feedback"] = {
	add_fields: ["status", "nature", "due_by"],
	// The subject says more, and the filter finds a number.
	hide_name_column: true,
	get_indicator(doc) {
		const is_waiting = ["New", "Acknowledged", "In Progress", "Reopened"].includes(doc.status);
		if (is_waiting && doc.due_by && doc.due_by <= frappe.datetime.now_datetime()) {
			return [__("Overdue"), "red", `status,=,${doc.status}|due_by,<=,${frappe.datetime.now_datetime()}`];
		}
		const colors = {
			New: "orange",
			Acknowledged: "blue",
			"In Progress": "blue",
			"On Hold": "gray",
			Responded: "cyan",
			Reopened: "red",
			Closed: "green",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
