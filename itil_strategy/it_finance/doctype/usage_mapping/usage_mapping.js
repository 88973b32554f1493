frappe.ui.form.on("Usage Mapping", {
	file_layout(frm) {
		if (!frm.is_new()) return;
		const focus = frm.doc.file_layout === "FOCUS";
		frm.set_value({
			number_repeated_keys: focus ? 1 : 0,
			offering_source: focus ? "Fixed" : "Column",
			offering_column: focus ? "" : "offering",
			customer_source: "Column",
			customer_column: focus ? "SubAccountId" : "customer",
		});
	},
});
