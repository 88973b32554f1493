const DECISION = "itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision";
const DESK = "itil_strategy.service_portfolio.decision_desk";

frappe.ui.form.on("Portfolio Decision", {
	setup(frm) {
		frm.set_query("to_stage", () => {
			const stages = frm.doc.is_existing ? frm.choices?.existing_stages : frm.choices?.back_stages;
			return { filters: { name: ["in", stages || []] } };
		});
		frm.set_query("successor", () => ({
			filters: { name: ["!=", frm.doc.it_service || ""], phase: ["!=", "Retired"], decision_state: ["!=", "Rejected"] },
		}));
		frm.all_outcomes = frm.get_field("outcome").df.options;
	},

	refresh(frm) {
		load_choices(frm);
		show_contradiction(frm);
		show_evidence(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Service"), () => frappe.set_route("Form", "IT Service", frm.doc.it_service), __("View"));
		frm.add_custom_button(__("Service Board"), () => frappe.set_route("service-board"), __("View"));
		if (frm.doc.docstatus === 1 && frm.doc.analysis_evidence) {
			frm.add_custom_button(__("Compare With Now"), () => compare_with_now(frm), __("View"));
		}
	},

	it_service(frm) {
		load_choices(frm);
	},

	outcome(frm) {
		set_to_stage(frm);
		show_gate(frm);
	},

	is_existing(frm) {
		set_to_stage(frm);
		show_gate(frm);
	},

	to_stage(frm) {
		show_gate(frm);
	},

	successor(frm) {
		show_gate(frm);
	},
});

// What can be decided about the service as it stands now. A submitted decision keeps what it says.
async function load_choices(frm) {
	const call = (frm.choices_call = {});
	frm.choices = null;
	frm.get_field("outcome").df.options = frm.all_outcomes;
	if (frm.doc.docstatus === 0 && frm.doc.it_service) {
		const service = frm.doc.it_service;
		const choices = await frappe.xcall(`${DECISION}.get_choices`, { it_service: service }, "GET");
		if (frm.choices_call !== call) return;
		frm.choices = choices;
		limit_outcomes(frm);
		set_to_stage(frm);
	}
	show_headline(frm);
	show_gate(frm);
}

function limit_outcomes(frm) {
	const possible = frm.choices.outcomes.map(({ outcome }) => outcome);
	if (frm.doc.outcome && !possible.includes(frm.doc.outcome)) {
		frm.doc.outcome = null;
		if (!frm.is_new()) frm.dirty();
	}
	frm.set_df_property("outcome", "options", ["", ...possible]);
	frm.refresh_field("outcome");
}

// Only Back and an existing service leave a choice; otherwise the stage follows from where the service is.
function set_to_stage(frm) {
	if (!frm.choices) return;
	const { stage, outcomes, back_stages, existing_stages } = frm.choices;
	if (frm.doc.outcome !== "Proceed") frm.doc.is_existing = 0;
	frm.toggle_display("is_existing", Boolean(frm.doc.outcome === "Proceed" && existing_stages.length));
	const chosen = outcomes.find(({ outcome }) => outcome === frm.doc.outcome);
	let to_stage = chosen?.to_stage || null;
	if (frm.doc.outcome === "Back") {
		to_stage = back_stages.includes(frm.doc.to_stage) ? frm.doc.to_stage : back_stages.at(-1);
	}
	if (frm.doc.is_existing && existing_stages.includes(frm.doc.to_stage)) to_stage = frm.doc.to_stage;
	for (const [fieldname, value] of [["from_stage", stage], ["to_stage", to_stage]]) {
		if ((frm.doc[fieldname] || null) !== value) {
			frm.doc[fieldname] = value;
			frm.refresh_field(fieldname);
		}
	}
	frm.refresh_field("to_stage");
}

function show_headline(frm) {
	if (!frm.choices) return;
	const state = frm.choices.decision_state;
	if (!frm.choices.outcomes.length) {
		frm.dashboard.set_headline(
			__("{0} is final: nothing can be decided any more. Propose a new service instead.", [itil_strategy.escape(__(frm.choices.stage))]),
			"orange"
		);
	} else if (state !== "Active") {
		frm.dashboard.set_headline(__("The service is {0}. Proceed takes it up again.", [`<b>${__(state)}</b>`]), "orange");
	}
}

function show_contradiction(frm) {
	if (frm.doc.docstatus !== 0 || !frm.doc.deviations) return;
	const text = itil_strategy.escape(frm.doc.deviations).replace(/\n/g, "<br>");
	const way_out = frm.doc.deviation_reason ? "" : ` ${__("Fill in the Reason for Contradicting, or choose another outcome.")}`;
	frm.set_intro(`${text}${way_out}`, "orange");
}

// Stored results, or, before the first save, what the gate says at this moment.
async function show_gate(frm) {
	let results = frm.doc.gate_results || [];
	let note = "";
	const is_stored = !frm.is_new() && !frm.is_dirty();
	if (frm.doc.docstatus === 0 && !is_stored && frm.doc.it_service && frm.doc.outcome) {
		const { it_service, outcome, to_stage, successor } = frm.doc;
		const is_existing = cint(frm.doc.is_existing);
		results = await frappe.xcall(`${DESK}.get_gate`, { it_service, outcome, to_stage, successor, is_existing }, "GET");
		if (outcome !== frm.doc.outcome || it_service !== frm.doc.it_service) return;
		const waived = new Set((frm.doc.waivers || []).map((row) => row.gate_check));
		results.forEach((row) => {
			if (row.result === "Failed" && waived.has(row.gate_check)) row.result = "Waived";
		});
		note = __("As it stands now; it is checked again when you submit.");
	}
	set_waiver_options(frm, results);
	draw_gate(frm, results, note);
}

function draw_gate(frm, results, note) {
	const can_waive = frm.doc.docstatus === 0 && frm.perm[0].submit && may_waive();
	const stops = results.filter((row) => row.level === "Stop" && row.result === "Failed").length;
	const moves = frm.doc.to_stage && frm.doc.to_stage !== frm.doc.from_stage;
	const stage = itil_strategy.escape(__(frm.doc.to_stage || ""));
	let head;
	if (!frm.doc.outcome || !frm.doc.it_service) head = __("Choose a service and an outcome to see what the stage asks for.");
	else if (!results.length) head = moves ? __("{0} asks for nothing.", [stage]) : __("The service stays in its stage, so nothing is asked for.");
	else if (stops) head = __("{0} of {1} requirements of {2} stand in the way.", [`<b>${stops}</b>`, results.length, `<b>${stage}</b>`]);
	else head = __("Nothing stands in the way of {0}.", [`<b>${stage}</b>`]);
	const $list = $(`<div><p class="mb-1">${head} <span class="text-muted small">${note}</span></p>
		${results.length ? itil_strategy.make_gate_results(results, can_waive) : ""}</div>`);
	$list.on("click", ".gate-waive", (event) => waive(frm, event.currentTarget.dataset.check));
	frm.get_field("gate_html").$wrapper.empty().append($list);
}

function may_waive() {
	return frappe.user.has_role(["Service Portfolio Manager", "System Manager"]);
}

function waive(frm, check) {
	const dialog = new frappe.ui.Dialog({
		title: __("Waive {0}", [__(check)]),
		fields: [
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{
				fieldname: "expires_on",
				fieldtype: "Date",
				label: __("Expires On"),
				reqd: 1,
				description: __("From the day after, the requirement is asked for again."),
			},
		],
		primary_action_label: __("Add Waiver"),
		primary_action({ reason, expires_on }) {
			if (expires_on < frappe.datetime.get_today()) {
				frappe.throw(__("Expires On is in the past. Choose today or a later day."));
			}
			dialog.hide();
			frm.add_child("waivers", { gate_check: check, reason, expires_on });
			frm.refresh_field("waivers");
			frm.dirty();
			show_gate(frm);
		},
	});
	dialog.show();
}

function set_waiver_options(frm, results) {
	const { grid } = frm.get_field("waivers");
	const options = results.map((row) => ({ value: row.gate_check, label: __(row.gate_check) }));
	grid.update_docfield_property("gate_check", "options", options);
	frm.toggle_display("waivers", Boolean((frm.doc.waivers || []).length));
}

async function show_evidence(frm) {
	const wrapper = frm.get_field("evidence_html").$wrapper.empty();
	frm.toggle_display("section_analysis", Boolean(frm.doc.analysis_evidence || frm.doc.analysis_class));
	if (!frm.doc.analysis_evidence) return;
	let snapshot;
	try {
		snapshot = JSON.parse(frm.doc.analysis_evidence);
	} catch {
		wrapper.html(`<p class="text-muted">${__("The evidence cannot be read.")}</p>`);
		return;
	}
	const indicators = await frappe.xcall(`${DESK}.get_indicators`, {}, "GET");
	const currency = frm.doc.analysis_company && erpnext.get_currency(frm.doc.analysis_company);
	wrapper.html(itil_strategy.make_decision_evidence(snapshot || {}, indicators, currency));
}

async function compare_with_now(frm) {
	const { message: changes } = await frm.call("compare_with_now");
	if (!changes?.length) {
		frappe.msgprint(__("The analysis shows the same as on the day of the decision."));
		return;
	}
	const escape = itil_strategy.escape;
	const indicators = await frappe.xcall(`${DESK}.get_indicators`, {}, "GET");
	const name = (key) => escape(indicators[key]?.label || __(frappe.unscrub(key)));
	const rows = changes.map(
		({ part, field, before, after }) => `<tr><td>${name(part)}</td><td>${escape(__(frappe.unscrub(field)))}</td>
			<td class="text-right">${escape(before ?? "–")}</td><td class="text-right">${escape(after ?? "–")}</td></tr>`
	);
	frappe.msgprint({
		title: __("Since the Decision"),
		wide: true,
		message: `<table class="table table-sm"><thead><tr><th>${__("Part")}</th><th>${__("Figure")}</th>
			<th class="text-right">${__("Then")}</th><th class="text-right">${__("Now")}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
	});
}
