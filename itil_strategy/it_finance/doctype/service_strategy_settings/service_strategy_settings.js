frappe.ui.form.on("Service Strategy Settings", {
	setup(frm) {
		const accounts = { charges_account: "Expense", recovery_account: "Expense", income_account: "Income" };
		Object.entries(accounts).forEach(([fieldname, root_type]) =>
			frm.set_query(fieldname, "companies", (doc, cdt, cdn) => ({
				filters: { company: locals[cdt][cdn].company, root_type, is_group: 0, disabled: 0 },
			}))
		);
	},

	refresh(frm) {
		if (frm.perm[1]?.write) frm.add_custom_button(__("Set Up Accounts"), () => set_up_accounts(frm));
		if (frappe.user.has_role("System Manager"))
			frm.add_custom_button(__("Set Up Service Level Agreement"), () => set_up_service_level(frm));
		show_readiness(frm);
	},
});

function set_up_accounts(frm) {
	frappe.prompt(
		{
			fieldname: "company",
			fieldtype: "Link",
			options: "Company",
			label: __("Company"),
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		({ company }) =>
			frm.call("set_up_accounts", { company }).then(() => {
				frappe.show_alert({ message: __("The accounts of {0} are ready.", [company]), indicator: "green" });
				frm.reload_doc();
			}),
		__("Set Up Accounts"),
		__("Create Missing Accounts")
	);
}

function set_up_service_level(frm) {
	frappe.confirm(
		__(
			"ERPNext's Service Level Agreement for complaints is made from these settings, or brought up to date. It adds fields to Service Feedback and works beside the clock of this app, which goes on as it is. Holds do not stop it."
		),
		() =>
			frm.call("set_up_service_level").then(({ message }) => {
				if (message) frappe.set_route("Form", "Service Level Agreement", message);
			})
	);
}

function show_readiness(frm) {
	frm.call("get_ledger_readiness").then(({ message }) => {
		const rows = (message || [])
			.map(
				(row) => `<tr><td><span class="indicator ${row.ok ? "green" : "red"}"></span> ${frappe.utils.escape_html(row.label)}</td>
				<td>${frappe.utils.escape_html(row.detail)}</td></tr>`
			)
			.join("");
		frm.get_field("readiness_html").$wrapper.html(`<table class="table table-bordered table-sm"><tbody>${rows}</tbody></table>`);
	});
}
