frappe.listview_settings["Service Budget"] = {
	add_fields: ["status"],
	has_indicator_for_draft: 1,
	has_indicator_for_cancelled: 1,
	get_indicator(doc) {
		const colors = { Draft: "orange", Published: "green", Superseded: "grey", Cancelled: "red" };
		return [__(doc.status), colors[doc.status] || "grey", `status,=,${doc.status}`];
	},
};
