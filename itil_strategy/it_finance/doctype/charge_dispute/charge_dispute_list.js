frappe.listview_settings["Charge Dispute"] = {
	add_fields: ["status", "outcome"],
	get_indicator(doc) {
		if (doc.status === "Open") return [__("Open"), "orange", "status,=,Open"];
		const colors = { Rejected: "gray", Withdrawn: "gray" };
		return [__(doc.outcome), colors[doc.outcome] || "green", `outcome,=,${doc.outcome}`];
	},
};
