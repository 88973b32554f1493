frappe.ui.form.on("Cost Element", {
	setup(frm) {
		frm.set_query("account", "accounts", () => ({ filters: { root_type: "Expense" } }));
	},
});
