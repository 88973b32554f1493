// What a stage asks for and what was found, as a list to read.
frappe.provide("itil_strategy");

itil_strategy.make_gate_results = function (results, can_waive = false) {
	const escape = itil_strategy.escape;
	const mark = (row) => {
		if (row.result === "Passed") return ["green", "✓", __("Passed")];
		if (row.result === "Waived") return ["blue", "↷", __("Waived")];
		return row.level === "Stop" ? ["red", "✕", __("Missing")] : ["orange", "!", __("Open, only a warning")];
	};
	const items = results.map((row) => {
		const [color, sign, text] = mark(row);
		const is_open = row.result === "Failed" && row.level === "Stop";
		const remedy = row.result !== "Passed" && row.remedy ? `<div class="text-muted">${escape(row.remedy)}</div>` : "";
		const waive = is_open && can_waive
			? `<button class="btn btn-xs btn-default gate-waive" style="align-self: flex-start" data-check="${escape(row.gate_check)}"
				aria-label="${escape(__("Waive {0}", [__(row.gate_check)]))}">${__("Waive")}</button>`
			: "";
		return `<li class="gate-result is-${color}" style="display: flex; gap: 12px; padding: 8px 0; border-bottom: 1px solid var(--border-color)">
			<span class="indicator-pill no-indicator-dot ${color}" style="flex: none; width: 24px; justify-content: center" aria-hidden="true">${sign}</span>
			<div style="flex: 1; min-width: 0"><div><b>${escape(__(row.gate_check))}</b> <span class="text-muted small">${text}</span></div>
				<div>${escape(row.evidence)}</div>${remedy}</div>${waive}</li>`;
	});
	return `<ul class="list-unstyled gate-results">${items.join("")}</ul>`;
};
