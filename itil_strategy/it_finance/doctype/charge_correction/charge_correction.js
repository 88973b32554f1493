frappe.ui.form.on("Charge Correction", {
	setup(frm) {
		frm.set_query("service_feedback", () => ({ filters: { credit_status: "Requested" } }));
	},

	refresh(frm) {
		if (frm.is_new() || frm.doc.status !== "Open" || frm.doc.charge_dispute || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Withdraw"), () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
				(values) => frm.call("withdraw", values).then(() => frm.reload_doc()),
				__("Withdraw Correction"),
				__("Withdraw")
			)
		);
	},
});
