frappe.ui.form.on("Budget Ceiling", {
	setup(frm) {
		frm.set_query("cost_center", () => ({ filters: { company: frm.doc.company, disabled: 0 } }));
		frm.set_query("fiscal_year", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		show_use(frm);
	},
});

function show_use(frm) {
	const use = frm.doc.__onload?.use;
	const wrapper = frm.get_field("use_html").$wrapper;
	if (!use || frm.is_new()) {
		wrapper.empty();
		return;
	}
	const currency = erpnext.get_currency(frm.doc.company);
	const share = frm.doc.amount ? Math.min(100, Math.max(0, (use.used / frm.doc.amount) * 100)) : 100;
	const color = use.available < 0 ? "var(--red-500)" : share > 90 ? "var(--orange-500)" : "var(--green-500)";
	const line = (label, amount) =>
		`<tr><td>${label}</td><td class="text-right">${format_currency(amount, currency)}</td></tr>`;
	wrapper.html(`
		<div class="progress" style="height: 8px; max-width: 28rem"
			role="progressbar" aria-label="${__("Used")}" aria-valuenow="${Math.round(share)}" aria-valuemin="0" aria-valuemax="100">
			<div class="progress-bar" style="width: ${share}%; background: ${color}"></div>
		</div>
		<table class="table" style="max-width: 28rem"><tbody>
			${line(__("Booked"), use.actual)}
			${frm.doc.counts_commitments ? line(__("Ordered or requested"), use.committed) : ""}
			${line(`<b>${__("Available")}</b>`, use.available)}
		</tbody></table>`);
}
