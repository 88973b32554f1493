frappe.ui.form.on("Investment Round", {
	setup(frm) {
		const cases = () => ({ filters: { company: frm.doc.company } });
		frm.set_query("business_case", "rules", cases);
		frm.set_query("other_case", "rules", cases);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Portfolio Selection"), () =>
			frappe.set_route("query-report", "Portfolio Selection", { investment_round: frm.doc.name })
		).addClass("btn-primary");
	},
});
