frappe.listview_settings["Survey Invitation"] = {
	add_fields: ["status", "is_undelivered"],
	get_indicator(doc) {
		if (doc.status === "Sent" && doc.is_undelivered) return [__("Not Delivered"), "red", "is_undelivered,=,1"];
		const colors = { Sent: "blue", Answered: "green", Expired: "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
