frappe.ui.form.on("Service Pipeline Stage", {
	refresh(frm) {
		set_checks(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Services"), () =>
			frappe.set_route("List", "IT Service", "List", { stage: frm.doc.name })
		);
		frm.add_custom_button(__("Service Board"), () => frappe.set_route("service-board"));
	},
});

// A new stage has no onload of its own, so the checks are asked for.
async function set_checks(frm) {
	const checks =
		frm.doc.__onload?.checks ||
		(await frappe.xcall("itil_strategy.service_portfolio.decision_desk.get_checks", {}, "GET"));
	const options = checks.map((check) => ({ value: check, label: __(check) }));
	frm.get_field("requirements").grid.update_docfield_property("gate_check", "options", options);
}
