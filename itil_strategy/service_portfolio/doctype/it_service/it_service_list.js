frappe.listview_settings["IT Service"] = {
	add_fields: ["stage", "phase", "decision_state"],
	onload(listview) {
		listview.page.add_inner_button(__("Service Board"), () => frappe.set_route("service-board"));
		listview.page.add_menu_item(__("Calendar of Planned Dates"), () =>
			frappe.set_route("List", "IT Service", "Calendar", "default")
		);
		if (frappe.model.can_submit("Portfolio Decision")) {
			listview.page.add_actions_menu_item(__("Take Over as Existing"), () => take_over(listview));
		}
	},
	get_indicator(doc) {
		if (doc.decision_state === "On Hold") return [__("On Hold"), "orange", "decision_state,=,On Hold"];
		if (doc.decision_state === "Rejected") return [__("Rejected"), "red", "decision_state,=,Rejected"];
		const colors = { Pipeline: "blue", Catalogue: "green", Retired: "gray" };
		return [__(doc.stage), colors[doc.phase] || "gray", `stage,=,${doc.stage}`];
	},
};

function take_over(listview) {
	const services = listview.get_checked_items(true);
	const dialog = new frappe.ui.Dialog({
		title: __("Take Over {0} Existing Services", [services.length]),
		fields: [
			{
				fieldname: "to_stage",
				fieldtype: "Link",
				options: "Service Pipeline Stage",
				label: __("Stage Where They Are"),
				reqd: 1,
				default: "Operational",
				get_query: () => ({ filters: { phase: ["!=", "Retired"] } }),
			},
			{
				fieldname: "operational_from",
				fieldtype: "Date",
				label: __("Operational From"),
				description: __("Usage counts from this day. Empty: from today."),
			},
			{
				fieldname: "rationale",
				fieldtype: "Small Text",
				label: __("Rationale"),
				reqd: 1,
				default: __("In use before it was recorded here."),
			},
			{ fieldtype: "Section Break", label: __("What They Lack for the Stage") },
			{
				fieldname: "waive_until",
				fieldtype: "Date",
				label: __("Waive Until"),
				description: __("Empty: services that lack something are left out and named."),
			},
			{
				fieldname: "waiver_reason",
				fieldtype: "Small Text",
				label: __("Reason of the Waiver"),
				mandatory_depends_on: "waive_until",
				depends_on: "waive_until",
			},
		],
		primary_action_label: __("Take Over"),
		async primary_action(values) {
			dialog.hide();
			const answer = await frappe.xcall(
				"itil_strategy.service_portfolio.takeover.take_over_services",
				{ services, ...values }
			);
			show_taken_over(answer);
			listview.clear_checked_items();
			listview.refresh();
		},
	});
	dialog.show();
}

function show_taken_over({ done, failed }) {
	const rows = failed.map(
		({ service, message }) => `<li><b>${frappe.utils.escape_html(service)}</b>: ${message}</li>`
	);
	frappe.msgprint({
		title: __("Taken Over"),
		indicator: failed.length ? "orange" : "green",
		message: `<p>${__("{0} services were taken over, one decision each.", [done.length])}</p>
			${rows.length ? `<p>${__("Left as they were:")}</p><ul>${rows.join("")}</ul>` : ""}`,
	});
}
