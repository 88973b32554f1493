frappe.query_reports["Dependency Impact"] = {
	filters: [
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{
			fieldname: "direction",
			label: __("Direction"),
			fieldtype: "Select",
			options: [
				{ value: "Who is hit", label: __("Who is hit") },
				{ value: "What it needs", label: __("What it needs") },
			],
			default: "Who is hit",
		},
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		if (["charged", "depth", "is_critical"].includes(column.fieldname)) {
			if (value === null || value === undefined) return "";
		}
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (!data.it_service) return formatted;
		const service = frappe.utils.escape_html(data.it_service);
		const directions = { all_dependents: "Who is hit", all_providers: "What it needs" };
		if (value && directions[column.fieldname]) {
			return `<a class="it-impact" data-service="${service}"
				data-direction="${directions[column.fieldname]}" title="${__("Show them")}">${formatted}</a>`;
		}
		if (column.fieldname === "charged" && value) {
			return `<a class="it-charges" data-service="${service}"
				title="${__("Show the charges")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-impact", (event) => {
			const { service, direction } = event.currentTarget.dataset;
			report.set_filter_value({ it_service: service, direction });
		});
		report.page.main.on("click", ".it-charges", (event) => {
			frappe.set_route("query-report", "Charging Statement", {
				company: report.get_filter_value("company"),
				from_date: frappe.datetime.add_months(frappe.datetime.month_start(), -12),
				to_date: frappe.datetime.month_end(),
				it_service: event.currentTarget.dataset.service,
			});
		});
	},
};
