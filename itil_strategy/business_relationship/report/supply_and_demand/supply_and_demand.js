frappe.query_reports["Supply and Demand"] = {
	filters: [
		{
			fieldname: "from_month",
			label: __("From Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -3),
			reqd: 1,
		},
		{
			fieldname: "to_month",
			label: __("To Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), 9),
			reqd: 1,
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{
			fieldname: "service_offering",
			label: __("Service Offering"),
			fieldtype: "Link",
			options: "Service Offering",
			get_query: () => {
				const it_service = frappe.query_report.get_filter_value("it_service");
				return it_service ? { filters: { it_service } } : {};
			},
		},
		{ fieldname: "company", label: __("Company (for Idle Cost)"), fieldtype: "Link", options: "Company" },
		{ fieldname: "only_short", label: __("Only Short Months"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		// What a row does not have is blank, not nought: no limit, no usage yet.
		if (value === null || value === undefined || value === "") return "";
		const escape = frappe.utils.escape_html;
		if (!data) return default_formatter(value, row, column, data);
		if (column.fieldname === "month") return String(value).slice(0, 7);
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? escape(value) : value, row, column, data);
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "expired_waivers") {
			return value
				.split(", ")
				.map((name) => frappe.utils.get_form_link("Service Commitment", name, true))
				.join(", ");
		}
		if (["spare", "utilisation"].includes(column.fieldname) && data.is_short) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		const records = { committed: "Service Commitment", pipeline: "Customer Need", usage: "Service Usage" };
		if (value && records[column.fieldname] && frappe.model.can_read(records[column.fieldname])) {
			return `<a class="it-supply" data-offering="${escape(data.service_offering)}" data-month="${escape(
				String(data.month).slice(0, 10)
			)}" data-measure="${column.fieldname}" title="${__("Show the records")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-supply", (event) => {
			const { offering: service_offering, month, measure } = event.currentTarget.dataset;
			if (measure === "committed") {
				frappe.set_route("List", "Service Commitment", {
					service_offering,
					status: ["in", ["Active", "Ended"]],
				});
			} else if (measure === "pipeline") {
				frappe.set_route("List", "Customer Need", {
					service_offering,
					status: ["in", ["Accepted", "In Delivery"]],
				});
			} else {
				frappe.set_route("List", "Service Usage", { service_offering, usage_month: month });
			}
		});
	},
};
