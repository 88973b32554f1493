frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Portfolio by Phase and Value"] = {
	method: "itil_strategy.service_portfolio.dashboard_chart_source.portfolio_by_phase_and_value.portfolio_by_phase_and_value.get_portfolio",
	filters: [
		{
			fieldname: "category",
			label: __("Category"),
			fieldtype: "Link",
			options: "IT Service Category",
		},
	],
};
