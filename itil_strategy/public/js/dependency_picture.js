// The network around one service: what it needs to the left, who is hit when it fails to the right.
frappe.provide("itil_strategy");

itil_strategy.DependencyPicture = class {
	constructor(wrapper, it_service) {
		this.$wrapper = $(wrapper);
		this.it_service = it_service;
	}

	async load() {
		this.$wrapper.html(`<p class="text-muted">${__("Loading…")}</p>`);
		const picture = await frappe.xcall(
			"itil_strategy.service_portfolio.dependency_picture.get_picture",
			{ it_service: this.it_service },
			"GET"
		);
		Object.assign(this, picture);
		this.$wrapper.html(this.nodes.length > 1 ? this.summary() + this.draw() + this.legend() + this.list() : this.nothing());
		this.$wrapper.find("[data-service]").on("click keydown", (event) => {
			if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
			event.preventDefault();
			frappe.set_route("Form", "IT Service", event.currentTarget.dataset.service);
		});
		this.center();
	}

	nothing() {
		return `<p class="text-muted">${__("It depends on no service, and no service depends on it.")}</p>`;
	}

	side(name) {
		return this.nodes.filter((node) => node.side === name);
	}

	summary() {
		const hit = this.side("hit");
		const critical = hit.filter((node) => node.is_critical).length;
		const lines = [
			hit.length
				? __("When it fails, {0} services are hit, {1} of them critically.", [`<b>${hit.length}</b>`, `<b>${critical}</b>`])
				: __("No service depends on it."),
			__("{0} customers of the last {1} months use it or one of these.", [`<b>${this.customers}</b>`, this.months]),
		];
		if (this.hidden) lines.push(__("{0} services are drawn without name: you may not read them.", [this.hidden]));
		return `<p class="mb-2">${lines.join(" ")}</p>`;
	}

	// Columns by layer; an edge over several layers takes a free place in each, so that it crosses no box.
	place() {
		const [width, height, lane, gap_x, gap_y] = [152, 46, 10, 40, 14];
		const layers = {};
		const put = (key, layer, size) => (layers[layer] ||= []).push({ key, size, y: 0 });
		this.nodes.forEach((node, index) => put(index, node.layer, height));
		const steps = [];
		this.edges.forEach((edge, number) => {
			let before = edge.from;
			for (let layer = this.nodes[edge.from].layer + 1; layer < this.nodes[edge.to].layer; layer++) {
				const key = `${number}/${layer}`;
				put(key, layer, lane);
				steps.push([before, key]);
				before = key;
			}
			steps.push([before, edge.to]);
		});
		const order = Object.keys(layers).map(Number).sort((a, b) => a - b);
		const room = (column) => column.reduce((sum, item) => sum + item.size + gap_y, -gap_y);
		const tallest = Math.max(...order.map((layer) => room(layers[layer])));
		const places = {};
		// From the middle outwards: each item stands near those that it is tied to and that have a place.
		for (const layer of [...order].sort((a, b) => Math.abs(a) - Math.abs(b))) {
			const column = layers[layer];
			column.forEach((item) => {
				const tied = steps
					.filter((step) => step.includes(item.key))
					.map(([from, to]) => places[from === item.key ? to : from]?.middle)
					.filter((middle) => middle != null);
				item.y = tied.reduce((sum, middle) => sum + middle, 0) / (tied.length || 1);
			});
			column.sort((a, b) => a.y - b.y);
			let y = 26 + (tallest - room(column)) / 2;
			for (const item of column) {
				places[item.key] = { x: 4 + order.indexOf(layer) * (width + gap_x), y, middle: y + item.size / 2 };
				y += item.size + gap_y;
			}
		}
		return { places, width, height, full: [8 + order.length * (width + gap_x) - gap_x, tallest + 32] };
	}

	edge(edge, number, places, width) {
		let [x, y] = [places[edge.from].x + width, places[edge.from].middle];
		let path = `M${x},${y}`;
		const go = (to_x, to_y) => {
			const bend = (to_x - x) / 2;
			path += ` C${x + bend},${y} ${to_x - bend},${to_y} ${to_x},${to_y}`;
			[x, y] = [to_x, to_y];
		};
		for (let layer = this.nodes[edge.from].layer + 1; layer < this.nodes[edge.to].layer; layer++) {
			const lane = places[`${number}/${layer}`];
			go(lane.x, lane.middle);
			path += ` H${(x = lane.x + width)}`;
		}
		go(places[edge.to].x - 7, places[edge.to].middle);
		return `<path class="dependency-edge ${edge.is_critical ? "" : "is-loose"}" marker-end="url(#dependency-arrow)" d="${path}" />`;
	}

	draw() {
		const { places, width, height, full } = this.place();
		const label = __("Dependencies of {0}; the same as a list below", [this.nodes[0].label]);
		return `<div class="dependency-scroll" style="overflow-x: auto; max-width: 100%">
			<svg class="dependency-picture" role="group" aria-label="${itil_strategy.escape(label)}" width="${full[0]}"
				viewBox="0 0 ${full[0]} ${full[1]}" style="font-size: 12px; display: block; max-width: 100%; min-width: ${full[0] * 0.75}px">
			<style>${this.style()}</style>
			<defs><marker id="dependency-arrow" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" orient="auto"
				markerUnits="userSpaceOnUse"><path d="M0,0 L8,4 L0,8 Z" fill="var(--gray-600)" /></marker></defs>
			${this.heads(places, width)}${this.edges.map((edge, number) => this.edge(edge, number, places, width)).join("")}
			${this.nodes.map((node, index) => this.node(node, places[index], width, height)).join("")}
		</svg></div>`;
	}

	style() {
		return `.dependency-edge { fill: none; stroke: var(--gray-600); stroke-width: 1.6 } .dependency-edge.is-loose { stroke-dasharray: 4 4 }
			.dependency-node { outline: none } .dependency-node[data-service] { cursor: pointer }
			.dependency-node rect.box { fill: var(--card-bg); stroke: var(--gray-400) }
			.dependency-node.is-center rect.box { stroke: var(--text-color); stroke-width: 2 }
			.dependency-node:hover rect.box, .dependency-node:focus rect.box { stroke: var(--blue-500); stroke-width: 2.5 }
			.dependency-node text, .dependency-picture text { fill: var(--text-color) } .dependency-picture text.muted { fill: var(--text-muted) }`;
	}

	heads(places, width) {
		const head = (side, text) => {
			const columns = this.nodes.flatMap((node, index) => (node.side === side ? [places[index].x] : []));
			if (!columns.length) return "";
			const middle = (Math.min(...columns) + Math.max(...columns) + width) / 2;
			return `<text class="muted" x="${middle}" y="14" text-anchor="middle" aria-hidden="true">${text}</text>`;
		};
		return head("needed", __("Needs")) + head("hit", __("Is hit when it fails"));
	}

	node(node, place, width, height) {
		const name = node.is_shown ? node.label : __("Not shown");
		const detail = [node.name, node.stage && __(node.stage)].filter(Boolean).join(" · ");
		const colors = { Pipeline: "blue", Catalogue: "green", Retired: "gray" };
		const color = { "On Hold": "orange", Rejected: "red" }[node.decision_state] || colors[node.phase] || "gray";
		const attributes = node.is_shown
			? `tabindex="0" role="link" data-service="${itil_strategy.escape(node.name)}" aria-label="${itil_strategy.escape(this.describe(node))}"`
			: "";
		const line = (text, dy, css, length) =>
			`<text x="${place.x + 14}" y="${place.y + dy}" class="${css}">${itil_strategy.escape(frappe.ellipsis(text, length))}</text>`;
		return `<g class="dependency-node ${node.side ? "" : "is-center"}" ${attributes}>
			<title>${itil_strategy.escape(this.describe(node))}</title>
			<rect class="box" x="${place.x}" y="${place.y}" width="${width}" height="${height}" rx="6" />
			<rect x="${place.x + 1}" y="${place.y + 8}" width="4" height="${height - 16}" rx="2" fill="var(--${color}-500)" />
			${line(name, 19, "", 18)}${line(detail, 36, "muted", 17)}</g>`;
	}

	describe(node) {
		if (!node.is_shown) return __("A service that you may not read");
		const parts = [node.label, node.name, __(node.stage)];
		if (node.decision_state !== "Active") parts.push(__(node.decision_state));
		if (node.side) parts.push(node.is_critical ? __("critical") : __("not critical"));
		if (node.side !== "needed" && node.customers) parts.push(__("{0} customers", [node.customers]));
		return parts.join(", ");
	}

	legend() {
		const line = (dash) =>
			`<svg width="28" height="8" aria-hidden="true"><line x1="0" y1="4" x2="28" y2="4" stroke="var(--gray-600)" stroke-width="1.6" ${dash} /></svg>`;
		return `<p class="text-muted small mt-2">${line("")} ${__("critical")} &nbsp; ${line('stroke-dasharray="4 4"')} ${__("not critical")}
			&nbsp; ${__("An arrow leads from a service to the one that depends on it.")}</p>`;
	}

	list() {
		const items = (side) =>
			this.side(side)
				.map((node) => `<li>${node.is_shown
					? `<a href="#" data-service="${itil_strategy.escape(node.name)}">${itil_strategy.escape(node.label)}</a> ${itil_strategy.escape(this.describe(node).slice(node.label.length))}`
					: this.describe(node)}, ${__("step {0}", [Math.abs(node.layer)])}</li>`)
				.join("");
		const part = (title, side) => (this.side(side).length ? `<p class="mb-1"><b>${title}</b></p><ul>${items(side)}</ul>` : "");
		return `<details class="small"><summary>${__("As a list")}</summary><div class="mt-2">
			${part(__("Is hit when it fails"), "hit")}${part(__("Needs"), "needed")}</div></details>`;
	}

	// A wide picture opens with the service itself in view; in a hidden tab that waits until it is shown.
	center() {
		const scroll = this.$wrapper.find(".dependency-scroll")[0];
		const own = scroll?.querySelector(".is-center");
		if (!own) return;
		const observer = new IntersectionObserver(([entry]) => {
			if (!entry.isIntersecting) return;
			observer.disconnect();
			const [box, frame] = [own.getBoundingClientRect(), scroll.getBoundingClientRect()];
			scroll.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
		});
		observer.observe(scroll);
	}
};
