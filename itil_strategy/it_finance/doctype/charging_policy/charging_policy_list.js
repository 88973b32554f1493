frappe.listview_settings["Charging Policy"] = {
	add_fields: ["valid_from", "valid_to"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.valid_to && doc.valid_to < today) return [__("Ended"), "gray", `valid_to,<,${today}`];
		if (doc.valid_from > today) return [__("Future"), "blue", `valid_from,>,${today}`];
		return [__("Valid"), "green", `valid_from,<=,${today}`];
	},
};
