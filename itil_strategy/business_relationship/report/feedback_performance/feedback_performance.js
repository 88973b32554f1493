frappe.query_reports["Feedback Performance"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			reqd: 1,
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "group_by",
			label: __("One Row per"),
			fieldtype: "Select",
			options: ["Period", "Service", "Customer", "Nature"].map((value) => ({ value, label: __(value) })),
			default: "Period",
		},
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{
			fieldname: "nature",
			label: __("Nature"),
			fieldtype: "Select",
			options: ["", "Complaint", "Compliment", "Suggestion"].map((value) => ({ value, label: __(value) })),
		},
	],

	formatter(value, row, column, data, default_formatter) {
		// Frappe would print a missing number as zero.
		if (value == null) return "";
		let formatted = default_formatter(value, row, column, data);
		if (data && data.is_total) formatted = `<b>${formatted}</b>`;
		const narrowing = DRILL_DOWN[column.fieldname];
		const issues = ISSUES[column.fieldname];
		if (!(narrowing || issues) || !value || !data || data.is_folded) return formatted;
		const url = issues
			? list_url("issue", "opening_date", data, issues)
			: list_url("service-feedback", "received_on", data, narrowing);
		return `<a href="${frappe.utils.escape_html(url)}">${formatted}</a>`;
	},
};

/** What a figure counts, as filters of the list. */
const DRILL_DOWN = {
	received: {},
	complaints: { nature: "Complaint" },
	compliments: { nature: "Compliment" },
	suggestions: { nature: "Suggestion" },
	answered: { responded_on: ["is", "set"] },
	in_time: { in_time: 1 },
	breached: { breach_count: [">", 0] },
	reopened: { reopen_count: [">", 0] },
	closed: { status: "Closed" },
};

/** Those past their service level depend on the time of day, so only the other two can be listed. */
const ISSUES = { issues: {}, issues_open: { status: ["not in", "Resolved,Closed"] } };

function list_url(route, date_field, row, narrowing) {
	const report = frappe.query_report;
	let from = report.get_filter_value("from_date");
	let to = report.get_filter_value("to_date");
	if (row.period) {
		const month = moment(`${row.period}-01`);
		from = [from, month.format("YYYY-MM-DD")].sort()[1];
		to = [to, month.endOf("month").format("YYYY-MM-DD")].sort()[0];
	}
	const filters = { [date_field]: ["Between", [from, to]] };
	const group = report.get_filter_value("group_by");
	for (const [fieldname, name] of [
		["it_service", "Service"],
		["customer", "Customer"],
		["nature", "Nature"],
	]) {
		const value = row[fieldname] || report.get_filter_value(fieldname);
		if (value) filters[fieldname] = value;
		else if (group === name && !row.is_total) filters[fieldname] = ["is", "not set"];
	}
	Object.assign(filters, narrowing);
	const query = Object.entries(filters).map(
		([fieldname, value]) =>
			`${fieldname}=${encodeURIComponent(Array.isArray(value) ? JSON.stringify(value) : value)}`
	);
	return `${frappe.router.make_url(route.split("/"))}?${query.join("&")}`;
}
