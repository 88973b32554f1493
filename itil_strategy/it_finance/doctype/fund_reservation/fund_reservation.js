frappe.ui.form.on("Fund Reservation", {
	refresh(frm) {
		frm.disable_save();
	},
});
