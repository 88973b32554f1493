const TIERED_METHODS = ["Graduated", "Volume"];

frappe.ui.form.on("Charging Policy", {
	setup(frm) {
		frm.set_query("service_offering", () => ({
			filters: frm.doc.it_service ? { it_service: frm.doc.it_service } : {},
		}));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.currency) {
			frm.set_value("currency", frappe.boot.sysdefaults.currency);
		}
	},

	refresh(frm) {
		show_tiers(frm);
	},

	method(frm) {
		show_tiers(frm);
	},

	service_offering(frm) {
		if (!frm.doc.service_offering) return;
		frappe.db
			.get_value("Service Offering", frm.doc.service_offering, "it_service")
			.then(({ message }) => frm.set_value("it_service", message.it_service));
	},
});

function show_tiers(frm) {
	const wrapper = frm.get_field("tiers_html").$wrapper.empty();
	if (!TIERED_METHODS.includes(frm.doc.method)) return;
	if (frm.is_new()) {
		wrapper.html(`<p class="text-muted">${__("Save the policy, then enter its tiers.")}</p>`);
		return;
	}
	frm.call("get_tiers").then(({ message }) => {
		const tiers = message || [];
		wrapper.empty().append(tiers.length ? tier_table(frm, tiers) : no_tiers());
		if (frm.perm[0].write) {
			$(`<button class="btn btn-default btn-sm">${__("Edit Tiers")}</button>`)
				.appendTo(wrapper)
				.on("click", () => edit_tiers(frm, tiers));
		}
	});
}

function no_tiers() {
	return $(`<p class="text-danger">${__("This policy has no tiers yet and cannot price anything.")}</p>`);
}

function tier_table(frm, tiers) {
	const rows = tiers
		.map(
			(tier) => `<tr><td class="text-right">${format_number(tier.from_quantity, null, 0)}</td>
			<td class="text-right">${tier.to_quantity ? format_number(tier.to_quantity, null, 0) : "∞"}</td>
			<td class="text-right">${tier.unit_price} ${frappe.utils.escape_html(frm.doc.currency)}</td></tr>`
		)
		.join("");
	return $(`<table class="table table-bordered table-sm" style="max-width: 480px">
		<thead><tr><th class="text-right">${__("From (inclusive)")}</th><th class="text-right">${__("To (exclusive)")}</th>
		<th class="text-right">${__("Unit Price")}</th></tr></thead><tbody>${rows}</tbody></table>`);
}

function edit_tiers(frm, tiers) {
	const dialog = new frappe.ui.Dialog({
		title: __("Tiers of {0}", [frm.doc.name]),
		size: "large",
		fields: [
			{
				fieldname: "help",
				fieldtype: "HTML",
				options: `<p class="text-muted">${__(
					"Tiers start at 0 and leave no gap. A quantity equal to To falls in the next tier. To 0: no upper limit."
				)}</p>`,
			},
			{
				fieldname: "tiers",
				fieldtype: "Table",
				label: __("Tiers"),
				in_place_edit: true,
				data: tiers.map((tier) => ({ ...tier })),
				fields: [
					{ fieldname: "from_quantity", fieldtype: "Float", label: __("From"), in_list_view: 1, columns: 3, precision: 9 },
					{ fieldname: "to_quantity", fieldtype: "Float", label: __("To"), in_list_view: 1, columns: 3, precision: 9 },
					{ fieldname: "unit_price", fieldtype: "Float", label: __("Unit Price"), in_list_view: 1, columns: 4, precision: 9 },
				],
			},
		],
		primary_action_label: __("Save"),
		primary_action(values) {
			const rows = (values.tiers || []).map(({ from_quantity, to_quantity, unit_price }) => ({
				from_quantity: flt(from_quantity),
				to_quantity: flt(to_quantity),
				unit_price: flt(unit_price, 9),
			}));
			frm.call("replace_tiers", { tiers: rows }).then(() => {
				dialog.hide();
				show_tiers(frm);
			});
		},
	});
	dialog.show();
}
