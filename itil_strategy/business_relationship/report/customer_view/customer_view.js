frappe.query_reports["Customer View"] = {
	filters: [
		{
			fieldname: "customer",
			label: __("Customer"),
			fieldtype: "Link",
			options: "Customer",
			reqd: 1,
		},
	],
	initial_depth: 2,

	formatter(value, row, column, data, default_formatter) {
		// What a row does not have is blank, not nought.
		if (value === null || value === undefined || value === "") return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(
			is_text ? frappe.utils.escape_html(value) : value,
			row,
			column,
			data
		);
		if (!data) return formatted;
		if (data.is_section) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "label" && data.reference && frappe.model.can_read(data.reference_doctype)) {
			return `<a href="${frappe.utils.get_form_link(data.reference_doctype, data.reference)}">${formatted}</a>`;
		}
		if (column.fieldname === "date" && data.is_overdue) {
			return `<span class="text-danger">${formatted}</span>`;
		}
		if (column.fieldname === "status") {
			const color = frappe.query_reports["Customer View"].colors[value] || "gray";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (["charged", "shown"].includes(column.fieldname) && value && data.it_service) {
			return `<a class="it-customer-charges" data-service="${frappe.utils.escape_html(data.it_service)}"
				data-company="${frappe.utils.escape_html(data.details)}" title="${__("Show the records")}">${formatted}</a>`;
		}
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-customer-charges", (event) => {
			const { service, company } = event.currentTarget.dataset;
			frappe.set_route("query-report", "Charging Statement", {
				company,
				customer: report.get_filter_value("customer"),
				it_service: service,
			});
		});
	},

	colors: {
		Active: "green",
		Submitted: "orange",
		Assessed: "blue",
		Accepted: "cyan",
		"In Delivery": "blue",
		Delivered: "purple",
		Confirmed: "green",
		Watching: "orange",
		Acting: "blue",
		New: "red",
		Acknowledged: "orange",
		"In Progress": "blue",
		"On Hold": "yellow",
		Reopened: "red",
		Responded: "purple",
	},
};
