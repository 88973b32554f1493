frappe.ui.form.on("Service Cost", {
	refresh(frm) {
		frm.disable_save();
	},
});
