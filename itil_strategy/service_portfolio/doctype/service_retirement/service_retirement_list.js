frappe.listview_settings["Service Retirement"] = {
	add_fields: ["status", "last_day"],
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,
	get_indicator(doc) {
		const status = doc.docstatus === 2 ? "Withdrawn" : doc.status;
		const is_close =
			status === "Notice Given" && frappe.datetime.get_diff(doc.last_day, frappe.datetime.get_today()) <= 30;
		const colors = {
			Draft: "light-gray",
			"Notice Given": is_close ? "orange" : "blue",
			"Last Day Passed": "gray",
			Withdrawn: "red",
		};
		return [__(status), colors[status] || "gray", `status,=,${status}`];
	},
};
