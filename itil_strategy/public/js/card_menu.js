frappe.provide("itil_strategy");

// One menu for all cards, outside the scrolling board so that nothing cuts it off.
itil_strategy.CardMenu = class {
	constructor(choose) {
		this.choose = choose;
		this.$menu = $(`<div class="dropdown-menu service-board-menu" role="menu"></div>`).appendTo(document.body);
		this.$menu.on("keydown", (event) => this.keydown(event));
		this.$menu.on("click", "[role=menuitem]", (event) => {
			const outcome = this.outcomes[$(event.currentTarget).index("[role=menuitem]")];
			const card = this.card;
			this.close();
			this.choose(card, outcome);
		});
		$(document).on("mousedown", (event) => {
			if (this.button && !this.$menu[0].contains(event.target) && !this.button.contains(event.target)) this.close();
		});
		$(window).on("resize hashchange popstate", () => this.close());
	}

	open(card, outcomes, button) {
		const is_open = this.button === button;
		this.close();
		if (is_open) return;
		Object.assign(this, { card, outcomes, button });
		const items = outcomes.map(({ outcome, to_stage }) => {
			const leads = to_stage && to_stage !== card.stage ? `<span class="text-muted">→ ${itil_strategy.escape(__(to_stage))}</span>` : "";
			return `<button class="dropdown-item" role="menuitem" tabindex="-1">${itil_strategy.escape(__(outcome))} ${leads}</button>`;
		});
		this.$menu
			.attr("aria-label", __("Decide about {0}", [card.service_name]))
			.html(`<h6 class="dropdown-header" role="presentation">${__("Decide…")}</h6>${items.join("")}`)
			.addClass("show");
		const place = button.getBoundingClientRect();
		const { offsetWidth, offsetHeight } = this.$menu[0];
		this.$menu.css({
			left: Math.max(8, Math.min(place.right - offsetWidth, window.innerWidth - offsetWidth - 8)),
			top: Math.max(8, Math.min(place.bottom + 4, window.innerHeight - offsetHeight - 8)),
		});
		button.setAttribute("aria-expanded", "true");
		this.$menu.find("[role=menuitem]").first().trigger("focus");
	}

	close(focus = false) {
		if (!this.button) return;
		this.$menu.removeClass("show");
		this.button.setAttribute("aria-expanded", "false");
		if (focus) this.button.focus();
		this.button = null;
	}

	keydown(event) {
		const items = [...this.$menu[0].querySelectorAll("[role=menuitem]")];
		const position = items.indexOf(document.activeElement);
		const moves = { ArrowDown: position + 1, ArrowUp: position - 1, Home: 0, End: items.length - 1 };
		if (event.key in moves) items[(moves[event.key] + items.length) % items.length].focus();
		else if (event.key === "Escape") this.close(true);
		else if (event.key === "Tab") return this.close(true);
		else return;
		event.preventDefault();
		event.stopPropagation();
	}
};
