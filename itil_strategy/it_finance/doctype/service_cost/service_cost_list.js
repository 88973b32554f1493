frappe.listview_settings["Service Cost"] = {
	add_fields: ["kind"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = {
			Direct: "blue",
			Pool: "purple",
			Received: "cyan",
			"Passed On": "orange",
			Final: "green",
			Idle: "yellow",
			Unallocated: "red",
			Unassigned: "gray",
		};
		return [__(doc.kind), colors[doc.kind], `kind,=,${doc.kind}`];
	},
};
