frappe.ui.form.on("Charge Dispute", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.status !== "Open") return;
		const may_write = frm.perm[0]?.write;
		if (may_write || frm.doc.routed_to === frappe.session.user) {
			frm.add_custom_button(__("Record Finding"), () => record_finding(frm));
		}
		if (may_write) frm.add_custom_button(__("Decide"), () => decide(frm)).addClass("btn-primary");
	},
});

function record_finding(frm) {
	frappe.prompt(
		{ fieldname: "finding", fieldtype: "Small Text", label: __("Finding"), reqd: 1, default: frappe.utils.unescape_html(frm.doc.finding || "") },
		(values) => frm.call("record_finding", values).then(() => frm.reload_doc()),
		__("Record Finding"),
		__("Record")
	);
}

function decide(frm) {
	const outcomes = frm.meta.fields.find((df) => df.fieldname === "outcome").options.split("\n").filter(Boolean);
	const dialog = new frappe.ui.Dialog({
		title: __("Decide"),
		fields: [
			{
				fieldname: "outcome",
				fieldtype: "Select",
				label: __("Outcome"),
				options: outcomes.map((value) => ({ value, label: __(value) })),
				reqd: 1,
			},
			{
				fieldname: "granted_amount",
				fieldtype: "Currency",
				options: "currency",
				label: __("Taken Off ({0})", [frm.doc.currency]),
				depends_on: "eval:doc.outcome === 'Upheld in Part'",
				mandatory_depends_on: "eval:doc.outcome === 'Upheld in Part'",
			},
			{
				fieldname: "moved_to",
				fieldtype: "Link",
				options: "Customer",
				label: __("Belongs To"),
				depends_on: "eval:doc.outcome === 'Wrong Customer'",
				mandatory_depends_on: "eval:doc.outcome === 'Wrong Customer'",
				get_query: () => ({ filters: { disabled: 0, name: ["!=", frm.doc.customer] } }),
			},
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("Note"),
				reqd: 1,
				description: __("The customer reads it."),
			},
		],
		primary_action_label: __("Decide"),
		primary_action: (values) => frm.call("decide", values).then(() => {
			dialog.hide();
			frm.reload_doc();
		}),
	});
	dialog.show();
}
