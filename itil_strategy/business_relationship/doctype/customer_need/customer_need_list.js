frappe.listview_settings["Customer Need"] = {
	add_fields: ["status", "rejected_count"],
	get_indicator(doc) {
		const colors = {
			Draft: "gray",
			Submitted: "orange",
			Assessed: "blue",
			Accepted: "cyan",
			"In Delivery": doc.rejected_count ? "orange" : "blue",
			Delivered: "purple",
			Confirmed: "green",
			Declined: "gray",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
