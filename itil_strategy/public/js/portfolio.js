// What the desk of the service portfolio shares: escaping, marks and the way to a decision.
frappe.provide("itil_strategy");

Object.assign(itil_strategy, {
	escape(value) {
		return frappe.utils.escape_html(String(value ?? ""));
	},

	pill(text, color, title = "") {
		const hint = title ? ` title="${itil_strategy.escape(title)}"` : "";
		return `<span class="indicator-pill no-indicator-dot ${color}"${hint}>${itil_strategy.escape(text)}</span>`;
	},

	// A new document with its fields filled, those too that a copy would leave out; nothing is stored yet.
	open_new(doctype, values) {
		return frappe.model.with_doctype(doctype, () => {
			const doc = frappe.model.get_new_doc(doctype, null, null, true);
			Object.assign(doc, values);
			frappe.set_route("Form", doctype, doc.name);
		});
	},

	decide(it_service, outcome, to_stage) {
		return itil_strategy.open_new("Portfolio Decision", { it_service, outcome, to_stage });
	},
});
