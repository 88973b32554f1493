frappe.query_reports["Portfolio Selection"] = {
	filters: [
		{
			fieldname: "investment_round",
			label: __("Investment Round"),
			fieldtype: "Link",
			options: "Investment Round",
			reqd: 1,
		},
		{ fieldname: "with_drafts", label: __("Drafts Too"), fieldtype: "Check" },
		{ fieldname: "show_analysis", label: __("What More Is Worth"), fieldtype: "Check" },
		{
			fieldname: "step",
			label: __("Step of a Budget"),
			fieldtype: "Currency",
			default: 10000,
			depends_on: "eval:doc.show_analysis",
		},
	],

	async onload(report) {
		report.page.add_inner_button(__("Take This Selection"), () => {
			const { investment_round, with_drafts } = report.get_values();
			if (!investment_round) return;
			frappe.confirm(
				__("Draft a Portfolio Decision per service: Proceed for the selected cases, Hold for the others? Nothing is submitted."),
				() => take(investment_round, with_drafts)
			);
		});
		if (report.get_filter_value("investment_round")) return;
		const [newest] = await frappe.db.get_list("Investment Round", { order_by: "creation desc", limit: 1 });
		if (newest) await report.get_filter("investment_round").set_value(newest.name);
	},

	formatter(value, row, column, data, default_formatter) {
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "selected") {
			return `<span class="indicator-pill ${data.is_selected ? "green" : "gray"}">${formatted}</span>`;
		}
		return formatted;
	},
};

async function take(investment_round, with_drafts) {
	const { drafted, skipped } = await frappe.xcall("itil_strategy.it_finance.selection.take.take_selection", {
		investment_round,
		with_drafts: with_drafts ? 1 : 0,
	});
	const link = (doctype, name) => frappe.utils.get_form_link(doctype, name, true);
	frappe.msgprint({
		title: __("Selection Taken"),
		message: [
			__("{0} decisions are drafted: check and submit them.", [drafted.length]),
			drafted.map((name) => link("Portfolio Decision", name)).join(", "),
			...skipped.map((row) => `${link("IT Service", row.it_service)}: ${frappe.utils.escape_html(row.reason)}`),
		]
			.filter(Boolean)
			.join("<br>"),
	});
}
