frappe.query_reports["Reconciliation to Ledger"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.year_start(),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
			reqd: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data || !data.description) return "";
		// A measure that a line does not have is blank, not zero.
		if (column.fieldtype === "Currency" && !(column.fieldname in data)) return "";
		if (column.fieldname === "state" && data.state && "difference" in data) {
			return `<span class="indicator-pill ${data.is_bad ? "red" : "green"}">${formatted}</span>`;
		}
		if (data.is_bad) return `<span class="text-danger">${formatted}</span>`;
		return data.bold ? `<b>${formatted}</b>` : formatted;
	},
};
