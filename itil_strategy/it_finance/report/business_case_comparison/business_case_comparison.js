frappe.query_reports["Business Case Comparison"] = {
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
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["Live", "Draft", "In Review", "Funds Secured", "Approved", "Rejected", "Lapsed", "All"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Live",
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{ fieldname: "show_options", label: __("Options"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded || data.is_option) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "status" && value) {
			const color = { "In Review": "orange", "Funds Secured": "blue", Approved: "green", Rejected: "red" }[value] || "gray";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (column.fieldname === "valid_until" && data.is_late) return `<span class="text-danger">${formatted}</span>`;
		return formatted;
	},
};
