frappe.listview_settings["Business Case"] = {
	add_fields: ["status", "npv", "currency", "valid_until"],
	get_indicator(doc) {
		const colors = {
			Draft: "gray",
			"In Review": "orange",
			"Funds Secured": "blue",
			Approved: "green",
			Rejected: "red",
			Lapsed: "darkgrey",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
