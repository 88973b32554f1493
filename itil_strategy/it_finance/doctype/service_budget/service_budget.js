frappe.ui.form.on("Service Budget", {
	setup(frm) {
		// Published and revised by the buttons above, never made here.
		frm.can_make_methods = { Budget: () => false, "Service Budget": () => false };
		frm.set_query("account", "lines", () => ({
			filters: { company: frm.doc.company, root_type: "Expense", is_group: 0, disabled: 0 },
		}));
		frm.set_query("fiscal_year", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		show_totals(frm);
		if (frm.doc.docstatus === 0 && frappe.model.can_write("Service Budget")) {
			frm.add_custom_button(__("Spread an Amount"), () => spread_amount(frm));
		}
		if (frm.doc.docstatus !== 1) return;
		if (frappe.perm.has_perm("Service Budget", 0, "submit")) {
			frm.add_custom_button(__("Revise"), () => {
				frm.call("revise").then((answer) => frappe.set_route("Form", "Service Budget", answer.message));
			});
			frm.add_custom_button(__("Transfer to Another Service"), () => {
				frappe.new_doc("Budget Transfer", {
					company: frm.doc.company,
					fiscal_year: frm.doc.fiscal_year,
					from_service: frm.doc.it_service,
				});
			});
		}
		frm.add_custom_button(__("Budget and Forecast"), () => {
			const { company, fiscal_year, it_service } = frm.doc;
			frappe.set_route("query-report", "Budget and Forecast", { company, fiscal_year, it_service });
		});
	},
});

function spread_amount(frm) {
	if (!frm.doc.company || !frm.doc.fiscal_year || !frm.doc.it_service) {
		frappe.msgprint(__("Choose IT Service, Company and Fiscal Year first."));
		return;
	}
	frappe.prompt(
		[
			{
				fieldname: "account",
				label: __("Account"),
				fieldtype: "Link",
				options: "Account",
				reqd: 1,
				get_query: () => ({
					filters: { company: frm.doc.company, root_type: "Expense", is_group: 0, disabled: 0 },
				}),
			},
			{ fieldname: "amount", label: __("Amount of the Year"), fieldtype: "Currency", reqd: 1 },
			{
				fieldname: "monthly_distribution",
				label: __("Monthly Distribution"),
				fieldtype: "Link",
				options: "Monthly Distribution",
				description: __("Empty: the same in every month."),
				get_query: () => ({ filters: { fiscal_year: frm.doc.fiscal_year } }),
			},
		],
		(values) =>
			frm.call("spread_amount", values).then(() => {
				frm.dirty();
				frm.refresh_field("lines");
				show_totals(frm);
			}),
		__("Spread an Amount over the Months"),
		__("Spread")
	);
}

// A year has many rows; what each account has in it is what people compare.
function show_totals(frm) {
	const totals = {};
	for (const row of frm.doc.lines || []) {
		if (row.account) totals[row.account] = (totals[row.account] || 0) + (row.amount || 0);
	}
	const currency = frm.doc.company && erpnext.get_currency(frm.doc.company);
	const rows = Object.keys(totals)
		.sort()
		.map(
			(account) => `<tr><td>${frappe.utils.escape_html(account)}</td>
				<td class="text-right">${format_currency(totals[account], currency)}</td></tr>`
		);
	const table = rows.length
		? `<table class="table table-bordered" style="max-width: 32rem"><thead><tr><th>${__("Account")}</th>
			<th class="text-right">${__("Year")}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`
		: `<p class="text-muted">${__("Choose Spread an Amount, or enter accounts and months below.")}</p>`;
	frm.get_field("totals_html").$wrapper.html(table);
}
