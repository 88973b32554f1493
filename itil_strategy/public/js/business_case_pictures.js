// Pictures of a business case from its stored figures: cumulative cash flows, tornado, distribution, schedule.
frappe.provide("itil_strategy");

itil_strategy.BusinessCasePictures = class {
	constructor(doc) {
		this.doc = doc;
		this.figures = JSON.parse(doc.figures || "{}");
		this.money = (value) => format_currency(value, doc.currency, 0);
	}

	draw(pictures, schedule) {
		const { options = [], tornado = [], distribution } = this.figures;
		const with_flows = options.filter((option) => option.schedule.some((line) => line[1]));
		if (!with_flows.length) {
			$(pictures).html(`<p class="text-muted">${__("Enter options and flows, then save: the pictures come from them.")}</p>`);
			$(schedule).empty();
			return;
		}
		$(pictures).html(`
			<h5>${__("Cumulative cash flow per option")}</h5><div data-picture="cumulative"></div>
			${distribution ? this.tornado_table(tornado) + this.distribution_head(distribution) : ""}
		`);
		this.cumulative($(pictures).find("[data-picture=cumulative]")[0], with_flows);
		if (distribution) this.distribution($(pictures).find("[data-picture=distribution]")[0], distribution);
		$(schedule).html(with_flows.map((option) => this.schedule_table(option)).join(""));
	}

	chart(element, settings) {
		return new frappe.Chart(element, {
			height: 240,
			axisOptions: { xAxisMode: "tick", xIsSeries: 1, shortenYAxisNumbers: 1, numberFormatter: frappe.utils.format_chart_axis_number },
			tooltipOptions: { formatTooltipY: (value) => (value === null ? "" : this.money(value)) },
			...settings,
		});
	}

	cumulative(element, options) {
		const count = Math.max(...options.map((option) => option.schedule.length));
		const datasets = options.map((option) => ({
			name: option.option,
			chartType: "line",
			// A shorter life ends with its last sum.
			values: Array.from({ length: count }, (_value, period) => option.schedule[Math.min(period, option.schedule.length - 1)][4]),
		}));
		this.chart(element, {
			type: "line",
			data: {
				labels: Array.from({ length: count }, (_value, period) => `${period}`),
				datasets,
				yMarkers: [{ label: "0", value: 0 }],
			},
			colors: ["blue", "orange", "green", "purple", "cyan", "pink"],
			lineOptions: { dotSize: count > 24 ? 0 : 4 },
		});
	}

	label(variable) {
		const label = this.figures.labels?.[variable];
		return frappe.utils.escape_html(label && label !== variable ? `${label} (${variable})` : variable);
	}

	// Frappe's charts have no bars to both sides of a line; these are plain boxes.
	tornado_table(bars) {
		if (!bars.length) return `<p class="text-muted">${__("No assumption has a range, so nothing varies.")}</p>`;
		const values = bars.flatMap((bar) => [bar.at_low, bar.at_high]).concat(this.doc.advantage, 0);
		const [low, high] = [Math.min(...values), Math.max(...values)];
		const place = (value) => (100 * (value - low)) / (high - low || 1);
		const switching = Object.fromEntries((this.figures.switching || []).map((row) => [row.assumption, row]));
		const line = (value, color) =>
			`<span style="position:absolute;left:${place(value)}%;top:-3px;bottom:-3px;border-left:1px ${color}"></span>`;
		const box = (value, color) => {
			const [from, to] = [place(this.doc.advantage), place(value)];
			return `<span style="position:absolute;left:${Math.min(from, to)}%;width:${Math.abs(to - from)}%;top:0;bottom:0;background:var(${color})"></span>`;
		};
		const rows = bars.map((bar) => {
			const at = switching[bar.assumption];
			return `<tr>
				<td>${this.label(bar.assumption)}</td>
				<td class="text-right text-nowrap">${this.money(bar.at_low)}</td>
				<td style="width:45%"><div style="position:relative;height:18px" title="${__("Low to high")}">
					${box(bar.at_low, "--orange-300")}${box(bar.at_high, "--blue-400")}
					${line(0, "dashed var(--gray-600)")}${line(this.doc.advantage, "solid var(--text-color)")}
				</div></td>
				<td class="text-right text-nowrap">${this.money(bar.at_high)}</td>
				<td class="text-right">${at && at.value !== null ? format_number(at.value, null, 2) : __("none")}</td>
			</tr>`;
		});
		return `<h5 class="mt-4">${__("What the value hangs on")}</h5>
			<p class="text-muted small">${__("Net present value against doing nothing, with one assumption at low (orange) or high (blue) and all others at base. Solid line: at base; dashed: 0. The switching value makes it 0.")}</p>
			<div class="table-responsive" tabindex="0"><table class="table table-sm">
				<thead><tr><th>${__("Assumption")}</th><th class="text-right">${__("At Low")}</th><th></th><th class="text-right">${__("At High")}</th><th class="text-right">${__("Switching Value")}</th></tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table></div>`;
	}

	distribution_head(found) {
		const draws = format_number(found.draws, null, 0);
		return `<h5 class="mt-4">${__("Simulated net present value against doing nothing")}</h5>
			<p class="text-muted small">${__("{0} draws of all assumptions and risks. P10 {1}, P50 {2}, P90 {3}; mean {4}; chance of loss {5} %.", [
				draws,
				this.money(found.p10),
				this.money(found.p50),
				this.money(found.p90),
				this.money(found.mean),
				format_number(found.chance_of_loss * 100, null, 1),
			])}</p><div data-picture="distribution"></div>`;
	}

	distribution(element, found) {
		const middle = found.counts.map((_count, place) => (found.edges[place] + found.edges[place + 1]) / 2);
		// Frappe loses the sign of what it does not shorten.
		const short = (value) => `${value < 0 ? "−" : ""}${frappe.utils.shorten_number(Math.abs(value), null, 3)}`;
		this.chart(element, {
			type: "bar",
			data: {
				labels: middle.map(short),
				datasets: [{ name: __("Draws"), values: found.counts }],
			},
			colors: ["blue"],
			barOptions: { spaceRatio: 0.1 },
			tooltipOptions: { formatTooltipY: (value) => format_number(value, null, 0) },
		});
	}

	schedule_table(option) {
		const head = [__("Period"), __("Flow"), __("Factor"), __("Present Value"), __("Cumulative"), __("Cumulative Present Value")];
		const cell = (value) => `<td class="text-right text-nowrap">${value}</td>`;
		const money = (value) => format_currency(value, this.doc.currency, 2);
		const rows = option.schedule.map(
			([period, flow, factor, present, cumulative, cumulative_present]) =>
				`<tr>${cell(period)}${cell(money(flow))}${cell(format_number(factor, null, 6))}${[present, cumulative, cumulative_present]
					.map((value) => cell(money(value)))
					.join("")}</tr>`
		);
		return `<h6>${frappe.utils.escape_html(option.option)}</h6>
			<div class="table-responsive" style="max-height:420px" tabindex="0"><table class="table table-sm table-bordered">
				<thead><tr>${head.map((label) => `<th class="text-right">${label}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody>
			</table></div>`;
	}
};
