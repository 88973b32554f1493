frappe.ui.form.on("IT Service", {
	setup(frm) {
		frm.set_query("provider_cost_center", "companies", (doc, cdt, cdn) => ({
			filters: { company: locals[cdt][cdn].company, is_group: 0, disabled: 0 },
		}));
		frm.set_query("strategic_objective", "outcomes", () => ({ filters: { is_active: 1 } }));
		const others = () => ({ filters: { name: ["!=", frm.doc.name || ""] } });
		frm.set_query("depends_on", "dependencies", others);
		frm.set_query("successor", others);
	},

	refresh(frm) {
		show_stage(frm);
		show_stage_log(frm);
		add_plan_button(frm);
		if (frm.is_new()) {
			frm.get_field("dependency_html").$wrapper.html(`<p class="text-muted">${__("Save the service to see its picture.")}</p>`);
			return;
		}
		add_views(frm);
		add_decisions(frm);
		new itil_strategy.DependencyPicture(frm.get_field("dependency_html").wrapper, frm.doc.name).load();
	},
});

function show_stage(frm) {
	if (frm.is_new()) {
		frm.set_intro(__("A new service starts at the first stage of the pipeline. Portfolio Decisions move it on."));
		return;
	}
	const log = frm.doc.stage_log || [];
	const entered = log.filter((row) => row.from_stage !== row.to_stage).at(-1);
	const last = log.at(-1);
	const stage = `<b>${itil_strategy.escape(__(frm.doc.stage))}</b> (${itil_strategy.escape(__(frm.doc.phase))})`;
	const parts = [
		entered
			? __("Stage {0} since {1}.", [stage, frappe.datetime.str_to_user(entered.changed_at.slice(0, 10))])
			: __("Stage {0}.", [stage]),
	];
	const colors = { Pipeline: "blue", Catalogue: "green", Retired: "gray" };
	let color = colors[frm.doc.phase] || "blue";
	if (frm.doc.decision_state !== "Active") {
		color = frm.doc.decision_state === "Rejected" ? "red" : "orange";
		const reason = last && last.decision_state === frm.doc.decision_state ? last.reason : "";
		parts.push(
			`<b>${__(frm.doc.decision_state)}</b>${reason ? `: ${itil_strategy.escape(reason)}` : ""}.`,
			__("Decide Proceed to take it up again.")
		);
	}
	if (frm.doc.last_day) {
		color = "orange";
		parts.push(__("Last day {0}.", [`<b>${frappe.datetime.str_to_user(frm.doc.last_day)}</b>`]));
	}
	frm.dashboard.set_headline(parts.join(" "), color);
}

function add_views(frm) {
	const company = (frm.doc.companies[0] || {}).company || frappe.defaults.get_user_default("Company");
	const report = (label, name, filters) =>
		frm.add_custom_button(label, () => frappe.set_route("query-report", name, filters), __("View"));
	report(__("Cost"), "Service Cost Analysis", { company, it_service: frm.doc.name });
	report(__("Charges"), "Charging Statement", { company, it_service: frm.doc.name });
	if (frm.doc.phase === "Catalogue") report(__("Retirement Analysis"), "Retirement Analysis", { company });
	report(__("Dependency Impact"), "Dependency Impact", { it_service: frm.doc.name });
	frm.add_custom_button(
		__("Service Board"),
		() => {
			frappe.route_options = { search: frm.doc.name };
			frappe.set_route("service-board");
		},
		__("View")
	);
}

async function add_decisions(frm) {
	if (frappe.model.can_create("Service Retirement") && frm.doc.phase === "Catalogue" && !frm.doc.last_day) {
		frm.add_custom_button(__("Plan Retirement"), () =>
			itil_strategy.open_new("Service Retirement", {
				it_service: frm.doc.name,
				service_name: frm.doc.service_name,
				successor: frm.doc.successor,
				company: (frm.doc.companies[0] || {}).company,
			})
		);
	}
	if (!frappe.model.can_create("Portfolio Decision")) return;
	const choices = await frappe.xcall(
		"itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision.get_choices",
		{ it_service: frm.doc.name },
		"GET"
	);
	if (choices.stage !== frm.doc.stage) return;
	for (const { outcome, to_stage } of choices.outcomes) {
		frm.add_custom_button(
			__(outcome),
			() => itil_strategy.decide(frm.doc.name, outcome, to_stage || choices.back_stages.at(-1)),
			__("Decide")
		);
	}
	frm.page.set_inner_btn_group_as_primary(__("Decide"));
}

// The log as a list, newest first; the grid below it would show the oldest.
function show_stage_log(frm) {
	const field = frm.get_field("stage_log");
	$(field.wrapper).find(".stage-log-list").remove();
	field.grid.wrapper.toggle(false);
	const rows = [...(frm.doc.stage_log || [])].reverse();
	const escape = itil_strategy.escape;
	const colors = { Rejected: "red", "On Hold": "orange", Active: "green" };
	const items = rows.map((row) => {
		const moved = row.from_stage && row.from_stage !== row.to_stage;
		const stages = moved ? `${escape(__(row.from_stage))} → <b>${escape(__(row.to_stage))}</b>` : `<b>${escape(__(row.to_stage))}</b>`;
		const decision = row.portfolio_decision
			? `<a href="${frappe.utils.get_form_link("Portfolio Decision", row.portfolio_decision)}">${escape(row.portfolio_decision)}</a>`
			: "";
		const by = row.decided_by ? escape(frappe.user.full_name(row.decided_by)) : "";
		return `<tr><td class="text-nowrap">${frappe.datetime.str_to_user(row.changed_at)}</td>
			<td>${itil_strategy.pill(__(row.outcome || row.decision_state), colors[row.decision_state] || "gray")}</td>
			<td>${stages}</td><td>${by}</td><td>${escape(row.reason)}</td><td>${decision}</td></tr>`;
	});
	const heads = [__("Changed At"), __("Outcome"), __("Stage"), __("Decided By"), __("Reason"), __("Portfolio Decision")];
	$(field.wrapper).append(
		items.length
			? `<div class="stage-log-list table-responsive" tabindex="0"><table class="table table-sm">
				<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead><tbody>${items.join("")}</tbody></table></div>`
			: `<p class="stage-log-list text-muted">${__("Nothing was decided about this service yet.")}</p>`
	);
}

function add_plan_button(frm) {
	const { grid } = frm.get_field("stage_plan");
	if (!frm.perm[0].write) return;
	grid.add_custom_button(__("Add All Stages"), () => add_all_stages(frm));
}

// Missing stages join in their order; those ahead get a date from the days allowed in the stages before them.
async function add_all_stages(frm) {
	const stages = await frappe.db.get_list("Service Pipeline Stage", {
		fields: ["name", "phase", "stage_order", "days_allowed"],
		order_by: "stage_order asc",
		limit: 0,
	});
	const known = new Set(frm.doc.stage_plan.map((row) => row.stage));
	const current = frm.doc.stage ? stages.findIndex((stage) => stage.name === frm.doc.stage) : 0;
	let days = 0;
	stages.forEach((stage, position) => {
		const is_ahead = position > current && stages[position - 1].phase === "Pipeline";
		if (is_ahead) days += cint(stages[position - 1].days_allowed);
		if (known.has(stage.name)) return;
		frm.add_child("stage_plan", {
			stage: stage.name,
			planned_date: is_ahead ? frappe.datetime.add_days(frappe.datetime.get_today(), days) : null,
		});
	});
	frm.refresh_field("stage_plan");
	if (!days) return;
	frappe.show_alert(
		{ message: __("Planned dates follow from the days allowed. Change them as you need, then save."), indicator: "blue" },
		7
	);
}
