frappe.ui.form.on("Customer", {
	refresh(frm) {
		const rows = frm.doc.it_charging || [];
		if (frm.is_new() || !rows.length || !frappe.model.can_submit("Charging Run")) return;
		frm.add_custom_button(__("Switch Charging Mode"), () => switch_charging_mode(frm, rows), __("Actions"));
	},
});

const MODE_SWITCH = "itil_strategy.it_finance.charging.mode_switch";

function switch_charging_mode(frm, rows) {
	const dialog = new frappe.ui.Dialog({
		title: __("Switch Charging Mode of {0}", [frm.doc.customer_name]),
		size: "large",
		fields: [
			{
				fieldname: "company",
				fieldtype: "Select",
				label: __("Company"),
				options: rows.map((row) => row.company),
				default: rows[0].company,
				reqd: 1,
				onchange: () => preset(true),
			},
			{ fieldname: "column_break", fieldtype: "Column Break" },
			{
				fieldname: "mode",
				fieldtype: "Select",
				label: __("New Mode"),
				options: [
					{ value: "Chargeback", label: __("Chargeback") },
					{ value: "Showback", label: __("Showback") },
				],
				reqd: 1,
				onchange: () => preset(false),
			},
			{
				fieldname: "chargeback_from",
				fieldtype: "Date",
				label: __("Chargeback From"),
				depends_on: "eval:doc.mode === 'Chargeback'",
				mandatory_depends_on: "eval:doc.mode === 'Chargeback'",
				description: __("The first of a month that is not published yet."),
			},
			{ fieldname: "section", fieldtype: "Section Break", label: __("The Last Six Published Months") },
			{ fieldname: "comparison", fieldtype: "HTML" },
		],
		primary_action_label: __("Switch"),
		primary_action: ({ company, mode, chargeback_from }) =>
			frappe
				.call({
					method: `${MODE_SWITCH}.switch_mode`,
					type: "POST",
					args: { customer: frm.doc.name, company, mode, chargeback_from },
				})
				.then(({ message }) => {
					dialog.hide();
					frm.reload_doc();
					if ((message || []).length) {
						frappe.msgprint(__("Calculate again: {0}", [message.map(frappe.utils.escape_html).join(", ")]));
					} else {
						frappe.show_alert({ message: __("Switched."), indicator: "green" });
					}
				}),
	});

	/** The other mode than the customer's, its first possible day, and the figures. */
	function preset(of_company) {
		const company = dialog.get_value("company");
		const current = rows.find((row) => row.company === company).mode;
		const other = current === "Chargeback" ? "Showback" : "Chargeback";
		const mode = of_company ? other : dialog.get_value("mode") || other;
		if (dialog.get_value("mode") !== mode) dialog.set_value("mode", mode);
		frappe
			.call({ method: `${MODE_SWITCH}.get_comparison`, type: "GET", args: { customer: frm.doc.name, company, mode } })
			.then(({ message }) => {
				if (!dialog.get_value("chargeback_from")) dialog.set_value("chargeback_from", message.first_day);
				dialog.fields_dict.comparison.$wrapper.html(comparison_table(message));
			});
	}

	dialog.show();
	preset(true);
}

function comparison_table({ rows, total, currency }) {
	if (!rows.length) return `<p class="text-muted">${__("Nothing was published for this customer.")}</p>`;
	const money = (value) => `<td class="text-right">${format_currency(value, currency)}</td>`;
	const line = (row, tag) =>
		`<tr>${tag}${money(row.shown)}${money(row.charged)}${money(row.would_be_charged)}</tr>`;
	const body = rows
		.map((row) => line(row, `<td>${row.month}</td><td>${frappe.utils.escape_html(row.service)}</td>`))
		.join("");
	return `<table class="table table-bordered table-sm"><thead><tr><th>${__("Month")}</th><th>${__("IT Service")}</th>
		<th class="text-right">${__("Shown")}</th><th class="text-right">${__("Charged")}</th>
		<th class="text-right">${__("Would Be Charged")}</th></tr></thead>
		<tbody>${line(total, `<th colspan="2">${__("Total")}</th>`)}${body}</tbody></table>`;
}
