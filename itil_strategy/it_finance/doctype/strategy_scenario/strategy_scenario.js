frappe.ui.form.on("Strategy Scenario", {
	setup(frm) {
		frm.set_query("service_offering", "changes", (doc, cdt, cdn) => {
			const service = locals[cdt][cdn].it_service;
			return { filters: service ? { it_service: service } : {} };
		});
		frm.set_query("business_case", "changes", () => ({
			filters: { company: frm.doc.company, it_service: ["is", "set"], status: ["not in", ["Rejected", "Lapsed"]] },
		}));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.base_until) {
			frm.set_value("base_until", moment().subtract(1, "months").endOf("month").format("YYYY-MM-DD"));
		}
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Compare"), () =>
			frappe.set_route("query-report", "Scenario Comparison", {
				company: frm.doc.company,
				scenarios: [frm.doc.name],
			})
		).addClass("btn-primary");
		show_effect(frm);
	},
});

frappe.ui.form.on("Scenario Change", {
	async service_offering(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.service_offering) return;
		const { message } = await frappe.db.get_value("Service Offering", row.service_offering, "it_service");
		frappe.model.set_value(cdt, cdn, "it_service", message.it_service);
	},

	async business_case(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.business_case) return;
		const { message } = await frappe.db.get_value("Business Case", row.business_case, "it_service");
		frappe.model.set_value(cdt, cdn, "it_service", message.it_service);
	},
});

// Worked out from today's facts whenever the form is opened: nothing is stored that could grow old.
async function show_effect(frm) {
	const wrapper = frm.get_field("effect_html").$wrapper;
	wrapper.html(`<p class="text-muted">${__("Working out …")}</p>`);
	const name = frm.doc.name;
	let effect;
	try {
		effect = await frappe.xcall("itil_strategy.it_finance.scenario.effect.get_effect", { scenario: name }, "GET");
	} catch {
		wrapper.html(`<p class="text-muted">${__("The effect cannot be worked out; see the message.")}</p>`);
		return;
	}
	if (frm.doc.name !== name) return;
	const money = (value) => format_currency(value, effect.currency);
	const changed = (before, after) => {
		const sign = after > before ? "+" : "";
		const note = after === before ? "" : `<div class="text-muted small">${sign}${money(after - before)}</div>`;
		return `<td class="text-right">${money(after)}${note}</td>`;
	};
	const rows = effect.years.map(
		(year) => `<tr>
			<td>${year.year}</td>
			${changed(year.cost_before, year.cost_after)}
			${changed(year.charged_before, year.charged_after)}
			<td class="text-right">${money(year.investment)}</td>
			<td class="text-right">${money(year.benefits)}</td>
			<td class="text-right ${year.effect < 0 ? "text-danger" : "text-success"}"><b>${money(year.effect)}</b></td>
		</tr>`
	);
	const heads = [__("Cost"), __("Charged"), __("Investment"), __("Benefits"), __("Effect")];
	wrapper.html(`<div class="table-responsive" tabindex="0"><table class="table table-sm">
		<thead><tr><th>${__("Year")}</th>${heads.map((head) => `<th class="text-right">${head}</th>`).join("")}</tr></thead>
		<tbody>${rows.join("")}</tbody></table></div>
		<p class="text-muted small">${__(
			"Effect = change of what is charged, less change of cost, less investment, plus benefits. The smaller figures are the change against the base."
		)}</p>
		${effect.notes ? `<div class="alert alert-warning">${effect.notes}</div>` : ""}`);
}
