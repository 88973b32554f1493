frappe.provide("itil_strategy.retirement");

// Colour and shape both tell the class, so neither is needed to read the chart.
itil_strategy.retirement.CLASSES = {
	Invest: { pill: "green", color: "#2f9d58", shape: "M0,-7 A7,7 0 1,1 0,7 A7,7 0 1,1 0,-7 Z" },
	Migrate: { pill: "orange", color: "#c76a00", shape: "M0,-8 L8,6 L-8,6 Z" },
	Tolerate: { pill: "blue", color: "#2579d9", shape: "M-6,-6 H6 V6 H-6 Z" },
	Eliminate: { pill: "red", color: "#c5302b", shape: "M0,-9 L9,0 L0,9 L-9,0 Z" },
};

frappe.query_reports["Retirement Analysis"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		{
			fieldname: "last_month",
			label: __("Last Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.month_start(), -1),
		},
		{ fieldname: "months", label: __("Months (Empty: as in the Settings)"), fieldtype: "Int" },
		{
			fieldname: "service_class",
			label: __("Class"),
			fieldtype: "Select",
			options: ["", ...Object.keys(itil_strategy.retirement.CLASSES), "No Class"],
		},
		{ fieldname: "service_owner", label: __("Service Owner"), fieldtype: "Link", options: "User" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		if (column.fieldname === "service_class" && data.it_service) {
			const known = itil_strategy.retirement.CLASSES[data.service_class];
			return `<a href="#" role="button" class="it-evidence indicator-pill ${known ? known.pill : "gray"}"
				data-service="${frappe.utils.escape_html(data.it_service)}"
				title="${__("Show the evidence")}">${__(data.service_class || "No Class")}</a>`;
		}
		// Frappe would print a missing number of the total as zero.
		if (value == null) return "";
		if (column.fieldname === "recommended") value = __(value);
		const formatted = default_formatter(value, row, column, data);
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		return formatted;
	},

	onload(report) {
		report.page.main.on("click", ".it-evidence", (event) => {
			event.preventDefault();
			itil_strategy.retirement.show_evidence(report, event.currentTarget.dataset.service);
		});
		report.page.main.on("keydown", "g.it-evidence", (event) => {
			if (!["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			itil_strategy.retirement.show_evidence(report, event.currentTarget.dataset.service);
		});
	},

	after_datatable_render() {
		const report = frappe.query_report;
		report.$chart.html(itil_strategy.retirement.draw(report.data)).show();
	},
};

itil_strategy.retirement.draw = function (rows) {
	const services = rows.filter((row) => row.it_service);
	if (!services.length) return "";
	const points = services.filter((row) => row.value_score != null && row.fitness_score != null);
	const missing = services.filter((row) => !points.includes(row)).map((row) => row.service_name);
	const note = missing.length
		? `<p class="text-muted small">${__("Without class, so not drawn: {0}", [
				missing.map(frappe.utils.escape_html).join(", "),
			])}</p>`
		: "";
	return `<div style="padding: var(--padding-md)">${itil_strategy.retirement.make_svg(points, services[0].cutoff)}${note}</div>`;
};

itil_strategy.retirement.make_svg = function (points, cutoff) {
	const [left, top, width, height] = [60, 16, 760, 320];
	const x = (score) => left + ((score - 1) / 9) * width;
	const y = (score) => top + height - ((score - 1) / 9) * height;
	const text = (px, py, label, attributes = "") =>
		`<text x="${px}" y="${py}" fill="currentColor" ${attributes}>${label}</text>`;
	const quadrant = (name, px, py, anchor) =>
		text(px, py, __(name), `text-anchor="${anchor}" font-weight="600" opacity="0.65" aria-hidden="true"`);
	const [right, bottom] = [left + width, top + height];
	const ticks = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
	return `<svg viewBox="0 0 850 384" role="group" style="width: 100%; max-width: 850px; font-size: 12px; color: var(--text-color)"
		aria-label="${__("Services by fitness (across) and business value (up)")}">
		<style>g.it-evidence { cursor: pointer } g.it-evidence:focus { outline: none }
		g.it-evidence:focus path { stroke: currentColor; stroke-width: 3 }</style>
		<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="currentColor" opacity="0.4" />
		<g stroke="currentColor" stroke-dasharray="4 4" opacity="0.5">
			<line x1="${x(cutoff)}" x2="${x(cutoff)}" y1="${top}" y2="${bottom}" />
			<line x1="${left}" x2="${right}" y1="${y(cutoff)}" y2="${y(cutoff)}" /></g>
		<g aria-hidden="true" opacity="0.7">
			${ticks.map((tick) => text(x(tick), bottom + 16, tick, 'text-anchor="middle"')).join("")}
			${ticks.map((tick) => text(left - 8, y(tick) + 4, tick, 'text-anchor="end"')).join("")}</g>
		${text(left + width / 2, bottom + 36, __("Fitness"), 'text-anchor="middle" aria-hidden="true"')}
		${text(0, 0, __("Business Value"), `text-anchor="middle" aria-hidden="true" transform="translate(18 ${top + height / 2}) rotate(-90)"`)}
		${quadrant("Migrate", left + 8, top + 18, "start")}${quadrant("Invest", right - 8, top + 18, "end")}
		${quadrant("Eliminate", left + 8, bottom - 8, "start")}${quadrant("Tolerate", right - 8, bottom - 8, "end")}
		${itil_strategy.retirement.make_points(points, x, y)}
	</svg>`;
};

itil_strategy.retirement.make_points = function (points, x, y) {
	const taken = [];
	return [...points]
		.sort((a, b) => b.value_score - a.value_score)
		.map((row) => {
			const { color, shape } = itil_strategy.retirement.CLASSES[row.service_class];
			const [px, py] = [x(row.fitness_score), y(row.value_score)];
			const name = frappe.utils.escape_html(frappe.ellipsis(row.service_name, 28));
			const is_left = row.fitness_score > 7.75;
			const span = 7 * Math.min(row.service_name.length, 28);
			const start = is_left ? px - 12 - span : px + 12;
			let line = py + 4;
			// A label gives way downwards to those above it.
			while (
				taken.some(
					(other) =>
						Math.abs(other.line - line) < 13 && other.start < start + span && start < other.end
				)
			) {
				line += 13;
			}
			taken.push({ line, start, end: start + span });
			const label = __("{0}: business value {1}, fitness {2}, {3}", [
				row.service_name,
				format_number(row.value_score, null, 2),
				format_number(row.fitness_score, null, 2),
				__(row.service_class),
			]);
			return `<g class="it-evidence" tabindex="0" role="button" data-service="${frappe.utils.escape_html(row.it_service)}"
				aria-label="${frappe.utils.escape_html(label)}"><title>${frappe.utils.escape_html(label)}</title>
				<path d="${shape}" transform="translate(${px} ${py})" fill="${color}" />
				<text x="${is_left ? px - 12 : px + 12}" y="${line}" fill="currentColor"
					text-anchor="${is_left ? "end" : "start"}">${name}</text></g>`;
		})
		.join("");
};

itil_strategy.retirement.show_evidence = async function (report, service) {
	const args = { company: report.get_filter_value("company"), service };
	for (const fieldname of ["last_month", "months"]) {
		if (report.get_filter_value(fieldname)) args[fieldname] = report.get_filter_value(fieldname);
	}
	const method = "itil_strategy.service_portfolio.retirement.evidence";
	const evidence = await frappe.xcall(`${method}.get_evidence`, args);
	const dialog = new frappe.ui.Dialog({
		title: __("Evidence: {0}", [evidence.service_name]),
		size: "extra-large",
		fields: [{ fieldtype: "HTML", fieldname: "evidence" }],
	});
	dialog.fields_dict.evidence.$wrapper.html(itil_strategy.retirement.make_evidence(evidence));
	if (frappe.model.can_create("Portfolio Decision")) {
		dialog.set_primary_action(__("Draft Portfolio Decision"), async () => {
			const doc = await frappe.xcall(`${method}.draft_decision`, args);
			dialog.hide();
			frappe.model.sync(doc);
			frappe.set_route("Form", doc.doctype, doc.name);
		});
	}
	dialog.show();
};

itil_strategy.retirement.make_evidence = function (evidence) {
	const escape = frappe.utils.escape_html;
	// Snapshots hold numbers as exact texts with a point, whatever the viewer's number format is.
	const number = (text, decimals = 2) => {
		if (text == null) return "–";
		const shown = Math.min(decimals, (text.split(".")[1] || "").length);
		return format_number(Number(text), null, shown);
	};
	const money = (text) => (text == null ? "–" : format_currency(Number(text), evidence.currency));
	const header = [
		__("Indicator"),
		__("Value"),
		__("Score"),
		__("Weight"),
		__("Worst"),
		__("Target"),
		__("Source"),
	];
	const cells = (values, tag = "td") =>
		values
			.map(
				(value, index) =>
					`<${tag} class="${index && index < 6 ? "text-right" : ""}">${value}</${tag}>`
			)
			.join("");
	const axis = (name, result) => {
		const rows = evidence.indicators
			.filter((row) => row.axis === name)
			.map(
				(row) =>
					`<tr>${cells([
						escape(row.label),
						row.value == null
							? `<span class="text-muted">${__("no figure")}</span>`
							: `${number(row.value)} ${escape(row.unit)}`,
						number(row.score),
						number(row.weight),
						number(row.worst),
						number(row.target),
						escape(row.source),
					])}</tr>`
			);
		const title = name === "Value" ? __("Business Value") : __("Fitness");
		const judged =
			result.score == null
				? __("too little to judge: {0} of 100 covered, {1} needed", [
						number(result.coverage),
						number(evidence.minimum_coverage),
					])
				: __("{0}, {1} (cut-off {2}, {3} of 100 covered)", [
						number(result.score, 6),
						result.is_high ? __("high") : __("low"),
						number(evidence.cutoff),
						number(result.coverage),
					]);
		return `<h5 class="mt-4">${title}: ${judged}</h5><div class="table-responsive" tabindex="0"><table class="table table-bordered table-sm">
			<thead><tr>${cells(header, "th")}</tr></thead>
			<tbody>${rows.join("")}</tbody></table></div>`;
	};
	const facts = [
		[__("Class"), evidence.service_class ? __(evidence.service_class) : __("No Class")],
		[__("Recommended Outcome"), evidence.recommended ? __(evidence.recommended) : "–"],
		[__("Successor"), escape(evidence.successor || "–")],
		[__("Window"), `${evidence.window[0]} – ${evidence.window.at(-1)}`],
		[evidence.money.stranded_cost == null ? __("Direct Cost") : __("Full Cost"), money(evidence.money.full_cost)],
		[__("Charged"), money(evidence.money.charged)],
		[__("Of Which External Income"), money(evidence.money.external_income)],
		[__("Stranded Cost per Year"), evidence.money.stranded_cost == null ? __("not known") : money(evidence.money.stranded_cost)],
		[
			__("Falls On"),
			evidence.falls_on.map((row) => `${escape(row.service)} ${money(row.amount)}`).join("<br>") || "–",
		],
		[__("Saving per Year"), money(evidence.money.net_saving)],
		[__("Exit Cost"), money(evidence.money.exit_cost)],
		[__("Payback (Months)"), number(evidence.money.payback)],
		[
			__("Issues"),
			__("{0} open, {1} past their service level, {2} in all", [
				evidence.issues.open,
				evidence.issues.breached,
				evidence.issues.opened,
			]),
		],
		[__("Dependents"), escape(evidence.dependents.join(", ") || "–")],
		[__("Commitments"), escape(evidence.commitments.join(", ") || "–")],
		[__("Blockers"), escape(evidence.blockers || "–")],
	];
	return `<dl class="row mb-0">${facts
		.map(([label, value]) => `<dt class="col-sm-3">${label}</dt><dd class="col-sm-3">${value}</dd>`)
		.join("")}</dl>${axis("Value", evidence.value)}${axis("Fitness", evidence.fitness)}`;
};
