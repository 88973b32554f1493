frappe.ui.form.on("Cost Driver", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.source !== "Counted Values") return;
		frm.add_custom_button(__("Values"), () =>
			frappe.set_route("List", "Cost Driver Value", { cost_driver: frm.doc.name })
		);
	},
});
