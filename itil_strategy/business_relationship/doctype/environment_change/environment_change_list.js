frappe.listview_settings["Environment Change"] = {
	add_fields: ["status", "watch_date"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.status !== "Closed" && doc.watch_date && doc.watch_date <= today) {
			return [__("Watch Date Reached"), "red", `status,!=,Closed|watch_date,<=,${today}`];
		}
		const colors = { Watching: "orange", Acting: "blue", Closed: "green" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
