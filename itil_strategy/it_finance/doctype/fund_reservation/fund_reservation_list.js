frappe.listview_settings["Fund Reservation"] = {
	get_indicator(doc) {
		return [__(doc.status), doc.status === "Open" ? "blue" : "grey", `status,=,${doc.status}`];
	},
};
