frappe.listview_settings["Charging Run"] = {
	add_fields: ["status", "mode"],
	has_indicator_for_draft: 1,
	get_indicator(doc) {
		const colors = {
			Draft: "gray",
			Calculating: "blue",
			Calculated: "cyan",
			Published: "blue",
			Posting: "blue",
			Posted: "green",
			Failed: "red",
			Reversed: "orange",
			Cancelled: "gray",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
