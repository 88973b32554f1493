frappe.listview_settings["Strategic Objective"] = {
	add_fields: ["is_active"],
	onload(listview) {
		if (!frappe.model.can_write("Strategic Objective")) return;
		listview.page.add_inner_button(__("Set Weights"), () => set_weights(listview));
	},
	get_indicator(doc) {
		return doc.is_active ? [__("Active"), "green", "is_active,=,1"] : [__("Inactive"), "gray", "is_active,=,0"];
	},
};

async function set_weights(listview) {
	const objectives = await frappe.db.get_list("Strategic Objective", {
		filters: { is_active: 1 },
		fields: ["name", "weight"],
		order_by: "weight desc, name asc",
		limit: 0,
	});
	if (!objectives.length) {
		frappe.msgprint(__("There is no active objective. Create one first."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Weights of the Active Objectives"),
		fields: [
			...objectives.map(({ name, weight }, index) => ({
				fieldname: `weight_${index}`,
				fieldtype: "Percent",
				label: frappe.utils.escape_html(name),
				default: weight,
				onchange: () => show_total(),
			})),
			{ fieldname: "total", fieldtype: "HTML" },
		],
		primary_action_label: __("Save"),
		primary_action() {
			const weights = Object.fromEntries(objectives.map(({ name }, index) => [name, weight_of(index)]));
			frappe
				.xcall(
					"itil_strategy.service_portfolio.doctype.strategic_objective.strategic_objective.set_weights",
					{ weights }
				)
				.then(() => {
					dialog.hide();
					frappe.show_alert({ message: __("Weights saved."), indicator: "green" });
					listview.refresh();
				});
		},
	});
	const weight_of = (index) => flt(dialog.fields_dict[`weight_${index}`].$input.val());
	const show_total = () => {
		const total = flt(objectives.reduce((sum, objective, index) => sum + weight_of(index), 0), 2);
		const is_full = total === 100;
		const rest = total < 100 ? __("{0} % are left.", [flt(100 - total, 2)]) : __("{0} % too much.", [flt(total - 100, 2)]);
		dialog.fields_dict.total.$wrapper.html(`<p role="status" aria-live="polite" class="${is_full ? "text-success" : "text-danger"}">
			${__("Total: {0} of 100 %", [`<b>${total}</b>`])}${is_full ? " ✓" : `. ${rest}`}</p>`);
		dialog.get_primary_btn().prop("disabled", !is_full);
	};
	dialog.show();
	dialog.$wrapper.on("input", "input", show_total);
	show_total();
}
