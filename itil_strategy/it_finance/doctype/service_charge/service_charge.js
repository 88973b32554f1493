frappe.ui.form.on("Service Charge", {
	refresh(frm) {
		frm.disable_save();
		add_actions(frm);
		const steps = JSON.parse(frm.doc.price_detail || "[]");
		if (!steps.length) return;
		const rows = steps
			.map(
				(step) =>
					`<tr>${[step.label, step.quantity, step.unit_price, step.amount]
						.map((value, index) => `<td class="${index ? "text-right" : ""}">${frappe.utils.escape_html(value)}</td>`)
						.join("")}</tr>`
			)
			.join("");
		frm.get_field("price_detail").$wrapper.html(
			`<label class="control-label">${__("How the Price Came About")}</label>
			<table class="table table-bordered table-sm"><thead><tr><th>${__("Step")}</th>
			<th class="text-right">${__("Quantity")}</th><th class="text-right">${__("Unit Price")}</th>
			<th class="text-right">${__("Amount")}</th></tr></thead><tbody>${rows}</tbody></table>`
		);
	},
});

function add_actions(frm) {
	const { status, mode, name, price_amount } = frm.doc;
	if (["Published", "Posted"].includes(status) && frappe.model.can_create("Charge Dispute")) {
		frm.add_custom_button(__("Dispute"), () => frappe.new_doc("Charge Dispute", { service_charge: name }));
	}
	const can_correct = status === "Posted" || (status === "Published" && mode === "Showback");
	if (can_correct && frappe.model.can_create("Charge Correction")) {
		frm.add_custom_button(__("Correct"), () =>
			frappe.new_doc("Charge Correction", {
				service_charge: name,
				currency: frm.doc.currency,
				price_amount: -price_amount,
			})
		);
	}
	["Charge Dispute", "Charge Correction"].forEach((doctype) => {
		if (frappe.model.can_read(doctype)) {
			frm.add_custom_button(__(doctype), () => frappe.set_route("List", doctype, { service_charge: name }), __("View"));
		}
	});
}
