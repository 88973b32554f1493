frappe.ui.form.on("IT Service", {
	setup(frm) {
		frm.set_query("provider_cost_center", "companies", (doc, cdt, cdn) => ({
			filters: { company: locals[cdt][cdn].company, is_group: 0, disabled: 0 },
		}));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const company = (frm.doc.companies[0] || {}).company || frappe.defaults.get_user_default("Company");
		const open = (report) => () =>
			frappe.set_route("query-report", report, { company, it_service: frm.doc.name });
		frm.add_custom_button(__("Cost"), open("Service Cost Analysis"), __("View"));
		frm.add_custom_button(__("Charges"), open("Charging Statement"), __("View"));
	},
});
