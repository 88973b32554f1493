frappe.listview_settings["Portfolio Decision"] = {
	add_fields: ["outcome", "docstatus", "review_date", "review_result"],
	filters: [["docstatus", "!=", "2"]],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (doc.docstatus === 2) return [__("Cancelled"), "gray", "docstatus,=,2"];
		if (doc.docstatus === 0) return [__("Draft"), "orange", "docstatus,=,0"];
		if (doc.review_date && !doc.review_result && doc.review_date < frappe.datetime.get_today()) {
			return [
				__("{0}, review due", [__(doc.outcome)]),
				"yellow",
				`docstatus,=,1|outcome,=,${doc.outcome}|review_date,<,Today`,
			];
		}
		const colors = {
			Proceed: "green",
			Hold: "orange",
			Reject: "red",
			Back: "yellow",
			Retain: "green",
			Replace: "purple",
			Rationalise: "blue",
			Refactor: "blue",
			Renew: "blue",
			Retire: "gray",
		};
		return [__(doc.outcome), colors[doc.outcome] || "gray", `docstatus,=,1|outcome,=,${doc.outcome}`];
	},
};
