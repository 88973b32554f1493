frappe.query_reports["Budget and Forecast"] = {
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
			fieldname: "fiscal_year",
			label: __("Fiscal Year"),
			fieldtype: "Link",
			options: "Fiscal Year",
			default: erpnext.utils.get_fiscal_year(frappe.datetime.get_today()),
			reqd: 1,
		},
		{
			fieldname: "method",
			label: __("Forecast By"),
			fieldtype: "Select",
			options: ["Run Rate", "Trend and Season", "Last Snapshot"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Run Rate",
		},
		{
			fieldname: "as_of",
			label: __("As Of"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{ fieldname: "category", label: __("Category"), fieldtype: "Link", options: "IT Service Category" },
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
	],

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		// What a service does not have is blank, not nought.
		if (["Currency", "Float"].includes(column.fieldtype) && (value === null || value === undefined)) {
			return "";
		}
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		const bad =
			(column.fieldname === "available" && value < 0) ||
			(column.fieldname === "over" && value > 0) ||
			(column.fieldname === "error" && data.naive_error !== null && value > data.naive_error);
		if (bad) return `<span class="text-danger">${formatted}</span>`;
		const links = ["budget", "ceiling", "actual", "committed", "reserved", "forecast", "required"];
		if (data.it_service && value && links.includes(column.fieldname)) {
			return `<a class="it-budget" data-service="${frappe.utils.escape_html(data.it_service)}"
				data-measure="${column.fieldname}" title="${__("Show the records")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-budget", (event) => {
			const { service, measure } = event.currentTarget.dataset;
			const company = report.get_filter_value("company");
			const fiscal_year = report.get_filter_value("fiscal_year");
			const of_year = { company, fiscal_year, it_service: service };
			const routes = {
				budget: ["List", "Service Budget", { ...of_year, docstatus: 1 }],
				ceiling: ["List", "Budget Ceiling", { ...of_year, disabled: 0 }],
				reserved: ["List", "Fund Reservation", { ...of_year, status: "Open" }],
				forecast: ["List", "Forecast Snapshot", of_year],
				required: ["List", "Service Commitment", { it_service: service }],
			};
			if (routes[measure]) {
				frappe.set_route(...routes[measure]);
				return;
			}
			frappe.db.get_value("Fiscal Year", fiscal_year, ["year_start_date", "year_end_date"]).then((answer) => {
				const { year_start_date: from_date, year_end_date: to_date } = answer.message;
				if (measure === "committed") {
					frappe.set_route("List", "Purchase Order", {
						company,
						docstatus: 1,
						transaction_date: ["between", [from_date, to_date]],
						"Purchase Order Item.it_service": service,
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
		});
		if (frappe.model.can_create("Forecast Snapshot")) {
			report.page.add_inner_button(__("Store This Forecast"), () => store_forecast(report));
		}
	},
};

function store_forecast(report) {
	const method = report.get_filter_value("method");
	const services = (report.data || [])
		.filter((row) => row.it_service && row.forecast !== null)
		.map((row) => row.it_service);
	const is_today = report.get_filter_value("as_of") === frappe.datetime.get_today();
	if (method === "Last Snapshot" || !is_today || !services.length) {
		frappe.msgprint(
			__("Choose Run Rate or Trend and Season as of today, with services that have a forecast.")
		);
		return;
	}
	frappe.confirm(__("Store the forecast of {0} services as it is today?", [services.length]), () => {
		frappe
			.call({
				method: "itil_strategy.it_finance.doctype.forecast_snapshot.forecast_snapshot.make_snapshots",
				type: "POST",
				args: {
					company: report.get_filter_value("company"),
					fiscal_year: report.get_filter_value("fiscal_year"),
					services,
					method,
				},
				freeze: true,
			})
			.then((answer) => {
				frappe.show_alert({
					message: __("{0} forecasts are stored.", [answer.message.length]),
					indicator: "green",
				});
			});
	});
}
