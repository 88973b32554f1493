frappe.listview_settings["Charge Correction"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colors = { Open: "orange", Charged: "green", Withdrawn: "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
