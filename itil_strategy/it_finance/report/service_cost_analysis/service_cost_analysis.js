frappe.query_reports["Service Cost Analysis"] = {
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
		{
			fieldname: "breakdown",
			label: __("Break Down By"),
			fieldtype: "Select",
			options: ["Service", "Month", "Cost Element", "Source and Receiver", "Account", "Offering"],
			default: "Service",
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
	],

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded || data.is_bucket) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "direct_cost" && data.it_service) {
			return `<a class="it-ledger-rows" data-service="${frappe.utils.escape_html(data.it_service)}"
				data-account="${frappe.utils.escape_html(data.account || "")}"
				title="${__("Show the ledger rows")}">${formatted}</a>`;
		}
		if (["pool_cost", "received", "passed_on"].includes(column.fieldname) && value && data.it_service) {
			return `<a class="it-cost-lines" data-service="${frappe.utils.escape_html(data.it_service)}"
				data-kind="${{ pool_cost: "Pool", received: "Received", passed_on: "Passed On" }[column.fieldname]}"
				title="${__("Show where it comes from or goes")}">${formatted}</a>`;
		}
		if (column.fieldname === "recovery" && data.recovery < 0) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-cost-lines", (event) => {
			const { service, kind } = event.currentTarget.dataset;
			frappe.set_route("List", "Service Cost", {
				company: report.get_filter_value("company"),
				it_service: service,
				kind,
				month: ["between", [report.get_filter_value("from_date"), report.get_filter_value("to_date")]],
			});
		});
		report.page.main.on("click", ".it-ledger-rows", (event) => {
			const { service, account } = event.currentTarget.dataset;
			frappe.set_route("query-report", "General Ledger", {
				company: report.get_filter_value("company"),
				from_date: report.get_filter_value("from_date"),
				to_date: report.get_filter_value("to_date"),
				account: account ? [account] : undefined,
				it_service: [service],
				group_by: "",
				include_dimensions: 1,
			});
		});
	},
};
