frappe.listview_settings["Cost Allocation Run"] = {
	add_fields: ["status"],
	has_indicator_for_draft: 1,
	get_indicator(doc) {
		const colors = {
			Draft: "gray",
			Calculating: "blue",
			Calculated: "cyan",
			Submitted: "green",
			Failed: "red",
			Cancelled: "gray",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
