frappe.ui.form.on("Forecast Snapshot", {
	setup(frm) {
		frm.set_query("fiscal_year", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		const wrapper = frm.get_field("accuracy_html").$wrapper;
		wrapper.empty();
		if (frm.is_new()) {
			wrapper.html(`<p class="text-muted">${__("Shown once months of the forecast are over.")}</p>`);
			return;
		}
		frm.call("get_accuracy").then((answer) => show_accuracy(frm, wrapper, answer.message));
	},
});

function show_accuracy(frm, wrapper, found) {
	if (!found.months.length) {
		wrapper.html(`<p class="text-muted">${__("No month of the forecast is over yet.")}</p>`);
		return;
	}
	const currency = erpnext.get_currency(frm.doc.company);
	const money = (amount) => format_currency(amount, currency);
	const rows = found.months.map(
		(row) => `<tr><td>${frappe.datetime.str_to_user(row.month)}</td>
			<td class="text-right">${money(row.expected)}</td><td class="text-right">${money(row.actual)}</td>
			<td class="text-right">${money(row.actual - row.expected)}</td></tr>`
	);
	const error = (value) => (value === null ? __("unknown") : format_number(value, null, 2));
	wrapper.html(`
		<p>${__("Error (MASE) {0}, of the naive forecast {1}.", [
			`<b>${error(found.error)}</b>`,
			`<b>${error(found.naive_error)}</b>`,
		])}</p>
		<table class="table table-bordered" style="max-width: 40rem"><thead><tr><th>${__("Month")}</th>
			<th class="text-right">${__("Expected")}</th><th class="text-right">${__("Actual")}</th>
			<th class="text-right">${__("Difference")}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`);
}
