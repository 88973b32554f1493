frappe.query_reports["Service Assets"] = {
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
			fieldname: "shown",
			label: __("Assets"),
			fieldtype: "Select",
			options: ["All", "With Service", "Without Service"].map((value) => ({ value, label: __(value) })),
			default: "All",
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "service_name" && !data.it_service) {
			return `<span class="indicator-pill orange">${__("Without a service")}</span>`;
		}
		if (column.fieldname === "state" && value) {
			const color = { "In Use": "green", "Ends Within a Year": "orange", "Past Its End": "red" }[value] || "gray";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		return formatted;
	},
};
