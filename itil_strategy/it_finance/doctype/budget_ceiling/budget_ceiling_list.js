frappe.listview_settings["Budget Ceiling"] = {
	add_fields: ["disabled", "action"],
	get_indicator(doc) {
		if (doc.disabled) return [__("Disabled"), "grey", "disabled,=,1"];
		return doc.action === "Stop"
			? [__("Stop"), "red", "disabled,=,0|action,=,Stop"]
			: [__("Warn"), "orange", "disabled,=,0|action,=,Warn"];
	},
};
