frappe.query_reports["Satisfaction"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
		},
		{
			fieldname: "to_date",
			label: __("To Month"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
		},
		{
			fieldname: "period",
			label: __("Period"),
			fieldtype: "Select",
			options: ["Month", "Quarter", "Half-Year", "Year", "Whole Range"],
			default: "Quarter",
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Service", "Customer", "Service and Customer", "Period Only"],
			default: "Service",
		},
		{ fieldname: "survey", label: __("Survey"), fieldtype: "Link", options: "Satisfaction Survey" },
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		// Frappe would print a missing figure as zero.
		if (value == null || value === "") return "";
		if (column.fieldname === "service_name") {
			// Names are text, whatever they look like.
			value = frappe.utils.escape_html(frappe.utils.unescape_html(value));
		}
		const formatted = default_formatter(value, row, column, data);
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "answered" && data.answered) {
			return `<a href="#" class="it-responses" data-row="${row.meta.rowIndex}"
				title="${__("Show the responses")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-responses", (event) => {
			event.preventDefault();
			const row = report.data[event.currentTarget.dataset.row];
			const filters = { sent_month: ["between", [row.period_start, row.period_end]] };
			for (const fieldname of ["survey", "it_service", "customer"]) {
				const value = row[fieldname] || report.get_filter_value(fieldname);
				if (value) filters[fieldname] = value;
			}
			frappe.set_route("List", "Survey Response", filters);
		});
	},
};
