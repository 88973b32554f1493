frappe.listview_settings["Service Offering"] = {
	add_fields: ["disabled"],
	get_indicator(doc) {
		return doc.disabled
			? [__("Disabled"), "gray", "disabled,=,1"]
			: [__("Offered"), "green", "disabled,=,0"];
	},
};
