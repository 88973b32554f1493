frappe.query_reports["Service Investment"] = {
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
			default: frappe.datetime.year_end(),
			reqd: 1,
		},
		{
			fieldname: "breakdown",
			label: __("Break Down By"),
			fieldtype: "Select",
			options: [
				{ value: "Service", label: __("Service") },
				{ value: "Stage", label: __("Stage") },
			],
			default: "Service",
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
	],
	initial_depth: 2,

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		// What a row does not have is blank, not nought.
		if (column.fieldtype === "Currency" && (value === null || value === undefined)) return "";
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded || data.is_unassigned || data.is_undated) {
			return `<span class="text-muted">${formatted}</span>`;
		}
		if (data.it_service && value && ["budget", "committed", "actual", "charged"].includes(column.fieldname)) {
			return `<a class="it-investment" data-service="${frappe.utils.escape_html(data.it_service)}"
				data-measure="${column.fieldname}" title="${__("Show the records")}">${formatted}</a>`;
		}
		if (column.fieldname === "returned" && value < 0) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-investment", (event) => {
			const { service, measure } = event.currentTarget.dataset;
			const company = report.get_filter_value("company");
			const from_date = report.get_filter_value("from_date");
			const to_date = report.get_filter_value("to_date");
			if (measure === "budget") {
				frappe.set_route("List", "Budget", { company, it_service: service, docstatus: 1 });
			} else if (measure === "committed") {
				frappe.set_route("List", "Purchase Order", {
					company,
					docstatus: 1,
					transaction_date: ["between", [from_date, to_date]],
					"Purchase Order Item.it_service": service,
				});
			} else if (measure === "charged") {
				frappe.set_route("query-report", "Charging Statement", {
					company,
					from_date,
					to_date,
					it_service: service,
				});
			} else {
				frappe.set_route("query-report", "General Ledger", {
					company,
					from_date,
					to_date,
					it_service: [service],
					group_by: "",
					include_dimensions: 1,
				});
			}
		});
	},
};
