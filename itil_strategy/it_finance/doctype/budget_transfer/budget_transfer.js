frappe.ui.form.on("Budget Transfer", {
	setup(frm) {
		for (const fieldname of ["from_account", "to_account"]) {
			frm.set_query(fieldname, () => ({
				filters: { company: frm.doc.company, root_type: "Expense", is_group: 0, disabled: 0 },
			}));
		}
		frm.set_query("fiscal_year", () => ({ filters: { disabled: 0 } }));
	},

	from_account(frm) {
		// Most transfers stay on the account.
		if (!frm.doc.to_account) frm.set_value("to_account", frm.doc.from_account);
	},
});
