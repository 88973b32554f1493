frappe.query_reports["Scenario Comparison"] = {
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
			fieldname: "scenarios",
			label: __("Scenarios"),
			fieldtype: "MultiSelectList",
			options: "Strategy Scenario",
			reqd: 1,
			get_data: (txt) =>
				frappe.db.get_link_options("Strategy Scenario", txt, {
					company: frappe.query_report.get_filter_value("company"),
				}),
		},
		{ fieldname: "year", label: __("Year of the Scenario"), fieldtype: "Int", default: 1 },
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		const is_effect = column.fieldname.startsWith("effect_");
		const color = is_effect && value < 0 ? "text-danger" : is_effect && value > 0 ? "text-success" : "";
		if (data.is_total) return `<b class="${color}">${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (color) return `<span class="${color}">${formatted}</span>`;
		if (column.fieldname === "cost" && data.it_service) {
			return `<a class="it-cost" data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show the cost")}">${formatted}</a>`;
		}
		if (column.fieldname === "charged" && data.it_service) {
			return `<a class="it-charges" data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show the charges")}">${formatted}</a>`;
		}
		return formatted;
	},

	async onload(report) {
		add_buttons(report);
		await choose_newest(report);
	},
};

/** Something to look at from the start, where nothing was asked for. */
async function choose_newest(report) {
	if ((report.get_filter_value("scenarios") || []).length) return;
	const newest = await frappe.db.get_list("Strategy Scenario", {
		filters: { company: report.get_filter_value("company") },
		order_by: "creation desc",
		limit: 2,
	});
	if (newest.length) await report.get_filter("scenarios").set_value(newest.map((scenario) => scenario.name));
}

function add_buttons(report) {
	const open = async (name, event, more = {}) => {
		const [scenario] = report.get_filter_value("scenarios") || [];
		const { message } = await frappe.db.get_value("Strategy Scenario", scenario, ["base_until", "base_months"]);
		const until = moment(message.base_until);
		frappe.set_route("query-report", name, {
			company: report.get_filter_value("company"),
			from_date: until.clone().subtract(cint(message.base_months) - 1, "months").startOf("month").format("YYYY-MM-DD"),
			to_date: until.format("YYYY-MM-DD"),
			it_service: event.currentTarget.dataset.service,
			...more,
		});
	};
	report.page.main.on("click", ".it-cost", (event) => open("Service Cost Analysis", event, { breakdown: "Account" }));
	report.page.main.on("click", ".it-charges", (event) => open("Charging Statement", event, { charging_run: "" }));
	report.page.add_inner_button(__("Open Scenario"), () => {
		const names = report.get_filter_value("scenarios") || [];
		if (names.length === 1) frappe.set_route("Form", "Strategy Scenario", names[0]);
		else frappe.set_route("List", "Strategy Scenario", { name: ["in", names] });
	});
}
