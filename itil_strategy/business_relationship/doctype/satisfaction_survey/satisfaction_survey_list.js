frappe.listview_settings["Satisfaction Survey"] = {
	add_fields: ["state"],
	get_indicator(doc) {
		const colors = { Draft: "gray", Active: "green", Closed: "blue" };
		return [__(doc.state), colors[doc.state], `state,=,${doc.state}`];
	},
};
