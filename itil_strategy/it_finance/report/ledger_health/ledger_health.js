frappe.query_reports["Ledger Health"] = {
	filters: [
		{
			fieldname: "check",
			label: __("Invariant"),
			fieldtype: "Select",
			options: [{ value: "", label: __("All") }],
		},
	],

	onload(report) {
		const method = "itil_strategy.it_finance.report.ledger_health.ledger_health.get_check_names";
		frappe.xcall(method, {}, "GET").then((checks) => {
			const filter = report.get_filter("check");
			filter.df.options = [{ value: "", label: __("All") }, ...checks];
			filter.refresh();
		});
	},

	formatter(value, row, column, data, default_formatter) {
		const text = frappe.utils.escape_html(value ?? "");
		if (!data) return default_formatter(text, row, column, data);
		if (column.fieldname === "state" && value) {
			const color = value === "Holds" ? "green" : "red";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (column.fieldname === "record" && value) {
			return frappe.utils.get_form_link(data.record_type, value, true, text);
		}
		if (column.fieldname === "record_type") return __(text);
		if (["problem", "way_out"].includes(column.fieldname)) return `<span title="${text}">${text}</span>`;
		return default_formatter(text, row, column, data);
	},
};
