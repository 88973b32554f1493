frappe.ui.form.on("Cost Pool", {
	setup(frm) {
		frm.set_query("account", "accounts", () => ({
			filters: { company: frm.doc.company, root_type: "Expense" },
		}));
		frm.set_query("cost_center", "cost_centers", () => ({ filters: { company: frm.doc.company } }));
	},

	refresh(frm) {
		show_share(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Ledger Rows"), () =>
			frappe.set_route("query-report", "General Ledger", {
				company: frm.doc.company,
				from_date: frappe.datetime.year_start(),
				to_date: frappe.datetime.year_end(),
				account: frm.doc.accounts.map((row) => row.account),
				cost_center: frm.doc.cost_centers.map((row) => row.cost_center),
				group_by: "",
				include_dimensions: 1,
			})
		);
	},

	basis: show_share,
});

/** Percent counts for Fixed Shares only. */
function show_share(frm) {
	frm.get_field("receivers").grid.update_docfield_property(
		"share",
		"in_list_view",
		frm.doc.basis === "Fixed Shares" ? 1 : 0
	);
	frm.get_field("receivers").grid.reset_grid();
}
