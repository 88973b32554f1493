// The retirement analysis that a decision was taken on, as it was kept with it.
frappe.provide("itil_strategy");

// Any part may be missing: the snapshot is as old as the decision.
itil_strategy.make_decision_evidence = function (snapshot, indicators = {}, currency = null) {
	const escape = itil_strategy.escape;
	const number = (value, decimals = 2) => {
		if (value == null || value === "") return "–";
		const places = (String(value).split(".")[1] || "").length;
		// The snapshot holds texts with a point, whatever number format the viewer has.
		return isNaN(value) ? escape(value) : format_number(Number(value), null, Math.min(decimals, places));
	};
	const money = (value) => (value == null ? "–" : format_currency(Number(value), currency));
	const known = (row) => indicators[row.key] || {};
	const label = (row) => escape(known(row).label || __(row.label || frappe.unscrub(row.key || "")));
	const value = (row) =>
		row.value == null ? `<span class="text-muted">${__("no figure")}</span>` : `${number(row.value)} ${escape(known(row).unit || row.unit)}`;
	const axis = (name, title) => {
		const rows = (snapshot.indicators || []).filter((row) => (row.axis || name) === name);
		const result = snapshot[name.toLowerCase()] || {};
		if (!rows.length && result.score == null) return "";
		const side = result.is_high == null ? "" : `, ${result.is_high ? __("high") : __("low")}`;
		const judged = result.score == null ? __("too little to judge") : `${number(result.score)}${side}`;
		const covered = result.coverage == null ? "" : ` <span class="text-muted small">${__("{0} of 100 covered", [number(result.coverage)])}</span>`;
		const cells = rows.map((row) => `<tr><td>${label(row)}</td><td class="text-right">${value(row)}</td>
			${["score", "weight", "worst", "target"].map((field) => `<td class="text-right">${number(row[field])}</td>`).join("")}
			<td>${escape(known(row).source || __(row.source || ""))}</td></tr>`);
		const heads = [__("Indicator"), __("Value"), __("Score"), __("Weight"), __("Worst"), __("Target"), __("Source")];
		return `<p class="mt-3 mb-1"><b>${title}: ${judged}</b>${covered}</p><div class="table-responsive" tabindex="0"><table class="table table-bordered table-sm">
			<thead><tr>${heads.map((head, i) => `<th class="${i && i < 6 ? "text-right" : ""}">${head}</th>`).join("")}</tr></thead>
			<tbody>${cells.join("")}</tbody></table></div>`;
	};
	const window = snapshot.window || [];
	const amounts = snapshot.money || {};
	const facts = [
		[__("Class"), snapshot.service_class ? __(snapshot.service_class) : __("No Class")],
		[__("Recommended Outcome"), snapshot.recommended ? __(snapshot.recommended) : "–"],
		[__("Cut-off"), number(snapshot.cutoff)],
		[__("Window"), window.length ? `${escape(window[0])} – ${escape(window.at(-1))}` : "–"],
		[amounts.stranded_cost == null ? __("Direct Cost") : __("Full Cost"), money(amounts.full_cost)],
		[__("Charged"), money(amounts.charged)],
		[__("Saving per Year"), money(amounts.net_saving)],
		[__("Exit Cost"), money(amounts.exit_cost)],
	].map(([name, text]) => `<dt class="col-sm-3">${name}</dt><dd class="col-sm-3">${typeof text === "string" ? text : escape(text)}</dd>`);
	return `<dl class="row mb-0">${facts.join("")}</dl>${axis("Value", __("Business Value"))}${axis("Fitness", __("Fitness"))}`;
};
