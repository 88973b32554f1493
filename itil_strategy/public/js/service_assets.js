// The assets that carry a service, on its form (FM-17).
frappe.ui.form.on("IT Service", {
	refresh(frm) {
		const is_shown =
			!frm.is_new() &&
			(frappe.session.user === "Administrator" ||
				frm.doc.service_owner === frappe.session.user ||
				["System Manager", "Service Portfolio Manager", "IT Financial Manager"].some((role) => frappe.user.has_role(role)));
		frm.toggle_display("section_assets", is_shown);
		if (is_shown) show_service_assets(frm);
	},
});

async function show_service_assets(frm) {
	const name = frm.doc.name;
	const wrapper = frm.get_field("assets_html").$wrapper;
	const assets = await frappe.xcall("itil_strategy.it_finance.stewardship.get_service_assets", { it_service: name }, "GET");
	if (frm.doc.name !== name) return;
	if (!assets.length) {
		wrapper.html(
			`<p class="text-muted">${__("No asset carries this service. Choose the service under Accounting Dimensions of an asset.")}</p>`
		);
		return;
	}
	const escape = itil_strategy.escape;
	const money = (row, field) => `<td class="text-right text-nowrap">${format_currency(row[field], row.currency)}</td>`;
	const colors = { "In Use": "green", "Ends Within a Year": "orange", "Past Its End": "red" };
	const label = (row) =>
		row.is_linked
			? `<a href="${frappe.utils.get_form_link("Asset", row.asset)}">${escape(row.asset_name)}</a>`
			: escape(row.asset_name);
	const rows = assets.map(
		(row) => `<tr><td>${label(row)}</td>${["cost", "book_value", "booked", "coming"].map((field) => money(row, field)).join("")}
			<td class="text-nowrap">${row.end_of_life ? frappe.datetime.str_to_user(row.end_of_life) : ""}</td>
			<td>${itil_strategy.pill(__(row.state), colors[row.state] || "gray")}</td></tr>`
	);
	const heads = [__("Purchase Amount"), __("Book Value"), __("Depreciation, Last Year"), __("Depreciation, Next Year")];
	wrapper.html(`<div class="table-responsive" tabindex="0"><table class="table table-sm">
		<thead><tr><th>${__("Asset")}</th>${heads.map((head) => `<th class="text-right">${head}</th>`).join("")}
		<th>${__("End of Life")}</th><th>${__("State")}</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>
		<p class="text-muted small">${__("Depreciation that is booked is in the direct cost of the service already.")}</p>`);
}
