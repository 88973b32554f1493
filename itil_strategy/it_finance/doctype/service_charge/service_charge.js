frappe.ui.form.on("Service Charge", {
	refresh(frm) {
		frm.disable_save();
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
