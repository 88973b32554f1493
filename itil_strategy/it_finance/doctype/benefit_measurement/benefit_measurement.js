frappe.ui.form.on("Benefit Measurement", {
	setup(frm) {
		frm.set_query("business_case", () => ({ filters: { docstatus: 1 } }));
	},

	refresh(frm) {
		if (frm.doc.business_case) {
			offer_items(frm);
			frm.add_custom_button(
				__("Benefit Realisation"),
				() =>
					frappe.set_route("query-report", "Benefit Realisation", { business_case: frm.doc.business_case }),
				__("View")
			);
		}
	},

	business_case: (frm) => offer_items(frm),
	kind: (frm) => offer_items(frm),
});

async function offer_items(frm) {
	if (!frm.doc.business_case) return;
	const doc = await frappe.db.get_doc("Business Case", frm.doc.business_case);
	const items = doc.flows
		.filter((row) => row.option_title === doc.recommended_option && row.kind === frm.doc.kind)
		.map((row) => row.item);
	frm.set_df_property("item", "fieldtype", "Autocomplete");
	frm.set_df_property("item", "options", [...new Set(items)]);
}
