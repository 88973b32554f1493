frappe.query_reports["Service Portfolio"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{ fieldname: "months", label: __("Months of Cost"), fieldtype: "Int", default: 12 },
		{
			fieldname: "phase",
			label: __("Phase"),
			fieldtype: "Select",
			options: [
				"",
				{ value: "Pipeline", label: __("Pipeline") },
				{ value: "Catalogue", label: __("Catalogue") },
				{ value: "Retired", label: __("Retired") },
			],
		},
		{
			fieldname: "stage",
			label: __("Stage"),
			fieldtype: "Link",
			options: "Service Pipeline Stage",
		},
		{
			fieldname: "category",
			label: __("Category"),
			fieldtype: "Link",
			options: "IT Service Category",
		},
		{ fieldname: "service_owner", label: __("Service Owner"), fieldtype: "Link", options: "User" },
		{
			fieldname: "investment_class",
			label: __("Investment Class"),
			fieldtype: "Select",
			options: [
				"",
				{ value: "Run", label: __("Run") },
				{ value: "Grow", label: __("Grow") },
				{ value: "Transform", label: __("Transform") },
			],
		},
		{ fieldname: "overdue_only", label: __("Only Overdue"), fieldtype: "Check" },
	],
	initial_depth: 2,

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		const has_value = value !== undefined && value !== null && value !== "";
		if (data.is_total || data.is_group) return has_value ? `<b>${formatted}</b>` : "";
		if (data.is_folded || data.is_unassigned) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "cost" && value) {
			return `<a class="it-service-cost" data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show what it consists of")}">${formatted}</a>`;
		}
		if (column.fieldname === "days_in_stage" && data.is_overdue) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		if (column.fieldname === "decision_state" && value && value !== "Active") {
			const color = value === "Rejected" ? "red" : "orange";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (["decision_state", "service_type", "investment_class", "last_outcome"].includes(column.fieldname)) {
			return value ? __(value) : "";
		}
		const today = frappe.datetime.get_today();
		const is_late_plan = column.fieldname === "next_planned" && data.phase === "Pipeline";
		if ((is_late_plan || column.fieldname === "review_due") && value && value < today) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-service-cost", (event) => {
			const months = report.get_filter_value("months") || 12;
			const end = frappe.datetime.add_days(frappe.datetime.month_start(), -1);
			frappe.set_route("query-report", "Service Cost Analysis", {
				company: report.get_filter_value("company"),
				from_date: frappe.datetime.add_months(frappe.datetime.month_start(), -months),
				to_date: end,
				breakdown: "Account",
				it_service: event.currentTarget.dataset.service,
			});
		});
	},
};
