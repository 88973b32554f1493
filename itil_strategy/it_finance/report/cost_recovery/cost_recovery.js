frappe.query_reports["Cost Recovery"] = {
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
			default: moment().subtract(12, "months").startOf("month").format("YYYY-MM-DD"),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Month"),
			fieldtype: "Date",
			default: moment().subtract(1, "months").endOf("month").format("YYYY-MM-DD"),
			reqd: 1,
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{ fieldname: "cost_change", label: __("Change of Cost (%)"), fieldtype: "Float", default: 0 },
		{ fieldname: "without_budget", label: __("Plan from Cost, Not from Budgets"), fieldtype: "Check", default: 0 },
		{ fieldname: "without_carry", label: __("Carry Nothing Over"), fieldtype: "Check", default: 0 },
		{ fieldname: "value_balance", label: __("Chart: Value Balance"), fieldtype: "Check", default: 0 },
	],

	formatter(value, row, column, data, default_formatter) {
		const empty = (value === null || value === undefined) && !["description", "it_service", "uom", "balance", "planned_from"].includes(column.fieldname);
		const formatted = empty ? "" : default_formatter(value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "recovery" && data.recovery < 0) return `<span class="text-danger">${formatted}</span>`;
		if (column.fieldname === "balance" && value) {
			const color = { "Price Below Cost": "red", "Value Below Price": "orange", Balanced: "green" }[value] || "gray";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (column.fieldname === "charged" && data.it_service) {
			return `<a class="it-charges" data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show the charges")}">${formatted}</a>`;
		}
		if (column.fieldname === "cost" && data.it_service) {
			return `<a class="it-cost" data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show the cost")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		const period = () => ({
			company: report.get_filter_value("company"),
			from_date: report.get_filter_value("from_date"),
			to_date: report.get_filter_value("to_date"),
		});
		report.page.main.on("click", ".it-charges", (event) =>
			frappe.set_route("query-report", "Charging Statement", {
				...period(),
				it_service: event.currentTarget.dataset.service,
				charging_run: "",
			})
		);
		report.page.main.on("click", ".it-cost", (event) =>
			frappe.set_route("query-report", "Service Cost Analysis", {
				...period(),
				it_service: event.currentTarget.dataset.service,
				breakdown: "Account",
			})
		);
	},
};
