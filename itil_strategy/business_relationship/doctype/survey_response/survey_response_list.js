frappe.listview_settings["Survey Response"] = {
	add_fields: ["nps_group", "score", "is_scored"],
	get_indicator(doc) {
		const colors = { Promoter: "green", Passive: "orange", Detractor: "red" };
		return doc.nps_group && [__(doc.nps_group), colors[doc.nps_group], `nps_group,=,${doc.nps_group}`];
	},
	formatters: {
		// Frappe would print a missing score as zero.
		score: (value, _df, doc) => (doc.is_scored ? format_number(value, null, 1) : ""),
	},
};
