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
		if (frappe.user.has_role("System Manager")) {
			frm.add_custom_button(__("Set Up Service Level Agreement"), () => set_up_service_level(frm));
			offer_sample(frm);
		}
		show_readiness(frm);
	},

	onload(frm) {
		frappe.realtime.off("sample_organisation_ended");
		frappe.realtime.on("sample_organisation_ended", ({ message, indicator }) => {
			frappe.hide_progress();
			frappe.msgprint({ message, indicator, title: __("Sample Organisation") });
			frm.reload_doc();
		});
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

function offer_sample(frm) {
	frm.call("get_sample_state").then(({ message: sample }) => {
		const group = __("Sample Organisation");
		frm.set_intro();
		if (sample.is_working) {
			show_sample_at_work(frm);
			return;
		}
		if (sample.state !== "Loaded") {
			frm.add_custom_button(
				__("Load"),
				() =>
					start_sample(
						frm,
						"load_sample_organisation",
						__(
							"This makes the company {0} with 25 services, customers, users without a password and two years of vouchers, for you to look around. It takes a minute or two. Load it on a site for trying things out; it can be removed again.",
							[sample.company.bold()]
						)
					),
				group
			);
		}
		if (sample.state) {
			frm.add_custom_button(
				__("Remove"),
				() =>
					start_sample(
						frm,
						"remove_sample_organisation",
						__(
							"This deletes the company {0} with everything in it, also what you entered there yourself, and the services and customers of the sample. It cannot be undone.",
							[sample.company.bold()]
						)
					),
				group
			);
		}
	});
}

function start_sample(frm, method, question) {
	frappe.confirm(question, () =>
		frm.call(method).then(() => {
			// A job that has just been taken is not working yet, so nobody is asked whether it does.
			["Load", "Remove"].forEach((label) => frm.remove_custom_button(__(label), __("Sample Organisation")));
			show_sample_at_work(frm);
		})
	);
}

function show_sample_at_work(frm) {
	frm.set_intro();
	frm.set_intro(__("The sample organisation is being loaded or removed in the background."), "blue");
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
