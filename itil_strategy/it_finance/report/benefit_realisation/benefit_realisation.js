frappe.query_reports["Benefit Realisation"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
			depends_on: "eval:!doc.business_case",
		},
		{
			fieldname: "business_case",
			label: __("Business Case"),
			fieldtype: "Link",
			options: "Business Case",
			get_query: () => ({ filters: { docstatus: 1 } }),
		},
		{
			fieldname: "it_service",
			label: __("IT Service"),
			fieldtype: "Link",
			options: "IT Service",
			depends_on: "eval:!doc.business_case",
		},
	],

	formatter(value, row, column, data, default_formatter) {
		// What is not measured is not zero.
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "verdict") {
			return `<span class="indicator-pill ${data.is_alarm ? "red" : "green"}">${formatted}</span>`;
		}
		if (column.fieldname === "case_title" && data.business_case) {
			const route = new URLSearchParams({ business_case: data.business_case });
			return `<a href="${frappe.router.make_url(["query-report", "Benefit Realisation"])}?${route}">${formatted}</a>`;
		}
		return formatted;
	},
};
