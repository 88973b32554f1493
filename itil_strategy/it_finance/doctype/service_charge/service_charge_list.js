frappe.listview_settings["Service Charge"] = {
	add_fields: ["status", "mode"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = {
			Calculated: "gray",
			Published: "blue",
			Held: "orange",
			Posted: "green",
			Reversed: "red",
			Cancelled: "gray",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
