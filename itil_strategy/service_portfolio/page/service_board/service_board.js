frappe.provide("itil_strategy");

frappe.pages["service-board"].on_page_load = function (wrapper) {
	wrapper.service_board = new itil_strategy.ServiceBoard(wrapper);
};

frappe.pages["service-board"].on_page_show = function (wrapper) {
	wrapper.service_board.show();
};

// Shows the stages as columns and never moves a card: a drop or the menu opens a Portfolio Decision.
itil_strategy.ServiceBoard = class {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Service Board"), single_column: true });
		this.$body = $(`<div class="service-board-page">
			<div class="service-board-note text-muted small" role="status" aria-live="polite"></div>
			<div class="service-board" role="group" aria-label="${__("Services by stage")}"></div>
		</div>`).appendTo(this.page.main);
		this.$board = this.$body.find(".service-board");
		this.$note = this.$body.find(".service-board-note");
		this.menu = new itil_strategy.CardMenu((card, outcome) => this.decide(card, outcome.outcome, outcome.to_stage));
		this.make_filters();
		this.make_actions();
		this.bind();
	}

	make_filters() {
		const change = () => this.load();
		const fields = [
			{ fieldname: "search", fieldtype: "Data", label: __("Search") },
			{ fieldname: "category", fieldtype: "Link", options: "IT Service Category", label: __("Category") },
			{ fieldname: "service_owner", fieldtype: "Link", options: "User", label: __("Service Owner") },
			{
				fieldname: "service_type",
				fieldtype: "Select",
				label: __("Service Type"),
				options: [
					{ value: "", label: "" },
					{ value: "Customer-facing", label: __("Customer-facing") },
					{ value: "Supporting", label: __("Supporting") },
				],
			},
			{ fieldname: "show_rejected", fieldtype: "Check", label: __("Show rejected services") },
		];
		this.fields = fields.map((df) => this.page.add_field({ ...df, change }));
		const search = this.page.fields_dict.search;
		search.$input.on("input", frappe.utils.debounce(change, 400));
	}

	make_actions() {
		this.page.set_secondary_action(__("Refresh"), () => this.load(true), "refresh");
		if (frappe.model.can_create("IT Service")) {
			this.page.set_primary_action(__("Propose Service"), () => frappe.new_doc("IT Service"), "add");
		}
		this.page.add_menu_item(__("List"), () => frappe.set_route("List", "IT Service", "List"));
		this.page.add_menu_item(__("Calendar of Planned Dates"), () =>
			frappe.set_route("List", "IT Service", "Calendar", "default")
		);
		this.page.add_menu_item(__("Decisions"), () => frappe.set_route("List", "Portfolio Decision"));
	}

	// Coming back from a form the board is read again; the place of the scroll bar stays.
	show() {
		if (frappe.route_options) {
			const values = frappe.route_options;
			frappe.route_options = null;
			Object.entries(values).forEach(([key, value]) => this.page.fields_dict[key]?.set_input(value));
		}
		this.load(true);
	}

	values() {
		const values = {};
		for (const field of this.fields) values[field.df.fieldname] = field.get_value() || "";
		values.show_rejected = values.show_rejected ? 1 : 0;
		return values;
	}

	load(force = false) {
		const values = this.values();
		const key = JSON.stringify(values);
		if (!force && key === this.loaded) return;
		this.loaded = key;
		frappe.call({
			method: "itil_strategy.service_portfolio.page.service_board.service_board.get_board",
			args: values,
			type: "GET",
		}).then(({ message }) => {
			if (key === this.loaded) this.draw(message);
		});
	}

	draw(board) {
		const in_menu = this.menu.button && this.menu.card.name;
		this.menu.close();
		this.columns = Object.fromEntries(board.columns.map((column) => [column.stage, column]));
		this.cards = Object.fromEntries(board.services.map((card) => [card.name, card]));
		this.can_decide = board.can_decide;
		const focused = in_menu || document.activeElement?.closest?.(".service-card")?.dataset.name;
		const phases = [...new Set(board.columns.map((column) => column.phase))];
		this.$board.html(
			phases
				.map((phase) => {
					const columns = board.columns.filter((column) => column.phase === phase);
					return `<section class="service-phase" data-phase="${itil_strategy.escape(phase)}" aria-label="${itil_strategy.escape(__(phase))}">
						<h2 class="service-phase-band"><span>${itil_strategy.escape(__(phase))}</span></h2>
						<div class="service-columns">${columns.map((column) => this.column(column, board.services)).join("")}</div>
					</section>`;
				})
				.join("")
		);
		// The focus of somebody who works by keyboard stays where it was.
		const $card = this.$board.find(".service-card").filter((i, element) => element.dataset.name === focused);
		(in_menu ? $card.find(".service-card-menu") : $card).trigger("focus");
		const found = board.services.length;
		this.say(
			!found
				? __("No service fits the filters.")
				: this.can_decide
					? __("{0} services. Drag a card or open its menu to decide; the card moves once the decision is submitted.", [found])
					: __("{0} services.", [found])
		);
	}

	column(column, services) {
		const cards = services.filter((card) => card.stage === column.stage);
		const stage = itil_strategy.escape(__(column.stage));
		const allowed = column.days_allowed
			? `<span class="service-column-days" title="${__("Days allowed in this stage")}">${__("≤ {0} days", [column.days_allowed])}</span>`
			: "";
		return `<div class="service-column ${cards.length ? "" : "is-empty"}" data-stage="${itil_strategy.escape(column.stage)}">
			<h3 class="service-column-head"><span class="service-column-name" title="${stage}">${stage}</span>
				<span class="service-column-count" aria-label="${__("{0} services", [cards.length])}">${cards.length}</span>${allowed}</h3>
			<ul class="service-cards" aria-label="${stage}">${cards.map((card) => this.card(card, column)).join("")}</ul>
		</div>`;
	}

	card(card, column) {
		const can_decide = this.can_decide && column.outcomes.length;
		const badges = [];
		const colors = { Run: "gray", Grow: "blue", Transform: "purple" };
		if (card.decision_state !== "Active") {
			badges.push(itil_strategy.pill(__(card.decision_state), card.decision_state === "Rejected" ? "red" : "orange"));
		}
		if (card.investment_class) badges.push(itil_strategy.pill(__(card.investment_class), colors[card.investment_class] || "gray"));
		if (card.missing?.length) {
			badges.push(itil_strategy.pill(__("{0} missing", [card.missing.length]), "yellow", __("Missing for the next stage: {0}", [card.missing.join(", ")])));
		}
		if (card.last_day) {
			badges.push(itil_strategy.pill(__("Last day {0}", [frappe.datetime.str_to_user(card.last_day)]), "gray"));
		}
		const days = __("{0} days", [card.days]);
		const days_title = card.is_overdue
			? __("{0} days in this stage, {1} allowed", [card.days, column.days_allowed])
			: __("{0} days in this stage", [card.days]);
		return `<li class="service-card" tabindex="0" data-name="${itil_strategy.escape(card.name)}" draggable="${Boolean(can_decide)}"
			aria-label="${itil_strategy.escape(this.describe(card, days_title))}">
			<div class="service-card-top"><span class="service-card-name">${itil_strategy.escape(card.service_name)}</span>${
				can_decide
					? `<button class="btn btn-xs service-card-menu" aria-haspopup="menu" aria-expanded="false" title="${__("Decide…")}"
						aria-label="${itil_strategy.escape(__("Decide about {0}", [card.service_name]))}">${frappe.utils.icon("dot-horizontal", "sm")}</button>`
					: ""
			}</div>
			<div class="service-card-code text-muted">${itil_strategy.escape(card.name)}</div>
			${badges.length ? `<div class="service-card-badges">${badges.join("")}</div>` : ""}
			<div class="service-card-foot">${this.owner(card.owner)}
				<span class="service-card-days ${card.is_overdue ? "is-overdue" : "text-muted"}" title="${itil_strategy.escape(days_title)}">${
					card.is_overdue ? "⚠ " : ""
				}${days}</span></div>
		</li>`;
	}

	owner(user) {
		if (!user) return `<span class="service-card-owner text-muted">${__("No owner")}</span>`;
		const name = itil_strategy.escape(user.name);
		const face = user.image
			? `<span class="avatar-frame" style="background-image: url('${encodeURI(user.image).replace(/'/g, "%27")}')"></span>`
			: `<span class="avatar-frame standard-image">${itil_strategy.escape(frappe.get_abbr(user.name))}</span>`;
		return `<span class="service-card-owner" title="${name}"><span class="avatar avatar-small" aria-hidden="true">${face}</span>
			<span class="ellipsis">${name}</span></span>`;
	}

	describe(card, days) {
		const parts = [card.service_name, card.name, card.owner ? card.owner.name : __("no owner"), days];
		if (card.decision_state !== "Active") parts.push(__(card.decision_state));
		if (card.missing?.length) parts.push(__("Missing for the next stage: {0}", [card.missing.join(", ")]));
		return parts.join(", ");
	}

	bind() {
		const of = (event) => this.cards[event.currentTarget.closest(".service-card").dataset.name];
		this.$board
			.on("click", ".service-card-menu", (event) => {
				event.stopPropagation();
				this.open_menu(of(event), event.currentTarget);
			})
			.on("click", ".service-card", (event) => this.open(of(event)))
			.on("keydown", ".service-card", (event) => {
				if (event.target !== event.currentTarget) return;
				const button = event.currentTarget.querySelector(".service-card-menu");
				if (event.key === "Enter") this.open(of(event));
				else if (button && (event.key === "ContextMenu" || event.key === " ")) this.open_menu(of(event), button);
				else if (!this.walk(event.currentTarget, event.key)) return;
				event.preventDefault();
			})
			.on("dragstart", ".service-card", (event) => this.start_drag(event, of(event)))
			.on("dragend", ".service-card", () => this.end_drag())
			.on("dragover", ".service-column", (event) => {
				if (!this.dragged) return;
				event.preventDefault();
				$(event.currentTarget).addClass("is-over");
			})
			.on("dragleave", ".service-column", (event) => {
				if (!event.currentTarget.contains(event.relatedTarget)) $(event.currentTarget).removeClass("is-over");
			})
			.on("drop", ".service-column", (event) => {
				event.preventDefault();
				const card = this.dragged;
				this.end_drag();
				if (card) this.drop(card, event.currentTarget.dataset.stage);
			})
			.on("scroll", () => this.menu.close());
	}

	// Arrow keys walk over the cards: up and down in a column, left and right to the next column with cards.
	walk(card, key) {
		const step = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 }[key];
		if (!step) return false;
		const own = card.parentElement;
		const position = [...own.children].indexOf(card);
		let target;
		if (key === "ArrowUp" || key === "ArrowDown") target = own.children[position + step];
		else {
			const lists = [...this.$board[0].querySelectorAll(".service-cards")].filter((list) => list.children.length);
			const list = lists[lists.indexOf(own) + step];
			target = list && list.children[Math.min(position, list.children.length - 1)];
		}
		target?.focus();
		return true;
	}

	start_drag(event, card) {
		this.menu.close();
		this.dragged = card;
		const transfer = event.originalEvent.dataTransfer;
		transfer.effectAllowed = "move";
		transfer.setData("text/plain", card.name);
		const { targets } = this.columns[card.stage];
		this.$board.addClass("is-dragging");
		this.$board.find(".service-column").each((i, column) => {
			$(column).toggleClass("is-target", Boolean(targets[column.dataset.stage]?.outcomes.length));
		});
	}

	end_drag() {
		this.dragged = null;
		this.$board.removeClass("is-dragging").find(".service-column").removeClass("is-target is-over");
	}

	drop(card, stage) {
		if (stage === card.stage) return;
		const { outcomes, reason } = this.columns[card.stage].targets[stage];
		if (!outcomes.length) {
			this.say(reason, true);
			frappe.show_alert({ message: itil_strategy.escape(reason), indicator: "orange" }, 7);
			return;
		}
		// Out of the catalogue there are two ways: with a successor that takes over, or without.
		const outcome = outcomes.includes("Replace") && outcomes.includes("Retire")
			? card.successor ? "Replace" : "Retire"
			: outcomes[0];
		this.decide(card, outcome, stage);
	}

	open_menu(card, button) {
		const column = this.columns[card.stage];
		this.menu.open(card, column.outcomes, button);
	}

	open(card) {
		this.menu.close();
		frappe.set_route("Form", "IT Service", card.name);
	}

	decide(card, outcome, to_stage) {
		itil_strategy.decide(card.name, outcome, to_stage);
	}

	say(text, is_warning = false) {
		this.$note.text(text).toggleClass("text-danger", is_warning).toggleClass("text-muted", !is_warning);
	}
};
