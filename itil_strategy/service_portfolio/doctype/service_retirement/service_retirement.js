frappe.ui.form.on("Service Retirement", {
	setup(frm) {
		frm.set_query("it_service", () => ({ filters: { phase: "Catalogue" } }));
		frm.set_query("successor", () => ({
			filters: { name: ["!=", frm.doc.it_service || ""], phase: ["!=", "Retired"], decision_state: ["!=", "Rejected"] },
		}));
		frm.set_query("company", () => ({ filters: { is_group: 0 } }));
		frm.set_query("data_owner", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	async it_service(frm) {
		if (!frm.doc.it_service || frm.doc.successor) return;
		const { message } = await frappe.db.get_value("IT Service", frm.doc.it_service, "successor");
		if (message?.successor && !frm.doc.successor) frm.set_value("successor", message.successor);
	},

	refresh(frm) {
		show_days_left(frm);
		show_progress(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Service"), () => frappe.set_route("Form", "IT Service", frm.doc.it_service), __("View"));
		frm.add_custom_button(
			__("Dependency Impact"),
			() => frappe.set_route("query-report", "Dependency Impact", { it_service: frm.doc.it_service }),
			__("View")
		);
		add_decision(frm);
	},
});

frappe.ui.form.on("Retirement Task", {
	is_done: (frm) => show_progress(frm),
	checklist_add: (frm) => show_progress(frm),
	checklist_remove: (frm) => show_progress(frm),
});

function show_days_left(frm) {
	if (frm.doc.docstatus !== 1 || !frm.doc.last_day) return;
	const days = frappe.datetime.get_diff(frm.doc.last_day, frappe.datetime.get_today());
	const day = `<b>${frappe.datetime.str_to_user(frm.doc.last_day)}</b>`;
	if (days < 0) frm.dashboard.set_headline(__("The last day was {0}. Nothing is charged for later usage.", [day]), "gray");
	else if (days === 0) frm.dashboard.set_headline(__("Today is the last day."), "red");
	else frm.dashboard.set_headline(__("{0} days left: the last day is {1}.", [`<b>${days}</b>`, day]), days <= 30 ? "orange" : "blue");
}

// The refresh of the form clears the dashboard; a tick in the grid does not.
function show_progress(frm) {
	const field = frm.get_field("checklist");
	const tasks = frm.doc.checklist || [];
	const done = tasks.filter((task) => task.is_done).length;
	const overdue = tasks.filter((task) => !task.is_done && task.due_on && task.due_on < frappe.datetime.get_today()).length;
	$(field.wrapper).find(".checklist-progress").remove();
	if (!tasks.length) return;
	const percent = Math.round((done / tasks.length) * 100);
	const late = overdue ? ` <span class="text-danger">${__("{0} overdue", [overdue])}</span>` : "";
	field.grid.wrapper.before(`<div class="checklist-progress" style="margin-bottom: var(--margin-sm)">
		<div class="small text-muted mb-1">${__("{0} of {1} done", [done, tasks.length])}${late}</div>
		<div class="progress" style="height: 6px"><div class="progress-bar bg-success" role="progressbar" style="width: ${percent}%"
			aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100" aria-label="${__("Checklist")}"></div></div></div>`);
}

async function add_decision(frm) {
	if (frm.doc.docstatus !== 1 || !frappe.model.can_create("Portfolio Decision")) return;
	const choices = await frappe.xcall(
		"itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision.get_choices",
		{ it_service: frm.doc.it_service },
		"GET"
	);
	const retire = choices.outcomes.find(({ outcome }) => outcome === "Retire");
	if (!retire) return;
	frm.add_custom_button(__("Decide: Retire"), () =>
		itil_strategy.open_new("Portfolio Decision", {
			it_service: frm.doc.it_service,
			service_name: frm.doc.service_name,
			outcome: "Retire",
			to_stage: retire.to_stage,
			successor: frm.doc.successor,
		})
	);
}
