frappe.ui.form.on("Service Offering", {
	setup(frm) {
		frm.set_query("item", () => ({ filters: { is_stock_item: 0, disabled: 0, is_sales_item: 1 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Charging Policy"), () =>
			frappe.new_doc("Charging Policy", { it_service: frm.doc.it_service, service_offering: frm.doc.name }),
			__("Create")
		);
	},
});
