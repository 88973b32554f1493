frappe.query_reports["Charging Statement"] = {
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
			label: __("From Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -12),
		},
		{
			fieldname: "to_date",
			label: __("To Month"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
		},
		{
			fieldname: "charging_run",
			label: __("Charging Run"),
			fieldtype: "Link",
			options: "Charging Run",
			get_query: () => ({
				filters: { company: frappe.query_report.get_filter_value("company") },
			}),
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{
			fieldname: "mode",
			label: __("Mode"),
			fieldtype: "Select",
			options: ["", "Chargeback", "Showback"],
		},
		{ fieldname: "include_unpublished", label: __("Include Drafts"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "usage_month" && data.usage_month) {
			return moment(data.usage_month).format("YYYY-MM");
		}
		if (column.fieldname === "quantity" && data.customer) {
			// No trailing zeros: 14,000 would read as fourteen thousand.
			const decimals = Math.min((String(data.quantity).split(".")[1] || "").length, 9);
			return `<div class="text-right">${format_number(data.quantity, null, decimals)}</div>`;
		}
		if (column.fieldname === "status" && data.status) {
			const colors = { Calculated: "gray", Published: "blue", Held: "orange", Posted: "green" };
			return `<span class="indicator-pill ${colors[data.status] || "red"}">${__(data.status)}</span>`;
		}
		return formatted;
	},
};
