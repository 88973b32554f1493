frappe.query_reports["Pipeline Gates"] = {
	filters: [
		{
			fieldname: "only_missing",
			label: __("Only What Is Missing"),
			fieldtype: "Check",
			default: 1,
		},
		{
			fieldname: "stage",
			label: __("Stage"),
			fieldtype: "Link",
			options: "Service Pipeline Stage",
		},
		{ fieldname: "service_owner", label: __("Service Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "gate_check", label: __("Check"), fieldtype: "Autocomplete" },
		{
			fieldname: "include_waiting",
			label: __("On Hold and Rejected Too"),
			fieldtype: "Check",
		},
	],

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		if (column.fieldname === "action") {
			if (!data.it_service || !frappe.model.can_create("Portfolio Decision")) return "";
			return `<button class="btn btn-xs btn-default it-decide"
				data-service="${frappe.utils.escape_html(data.it_service)}"
				data-stage="${frappe.utils.escape_html(data.next_stage || "")}">${__("Decide")}</button>`;
		}
		if (column.fieldname === "result" && value) {
			const colors = {
				Passed: "green",
				Failed: data.level === "Warn" ? "orange" : "red",
				Waived: "blue",
				"Waiver expired": "red",
				"Waiver ends soon": "orange",
			};
			return `<span class="indicator-pill ${colors[value] || "gray"}">${__(value)}</span>`;
		}
		if (["gate_check", "level", "decision_state"].includes(column.fieldname)) {
			return value ? __(value) : "";
		}
		const formatted = default_formatter(value, row, column, data);
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "days_in_stage" && data.is_overdue) {
			return `<span class="text-danger" title="${__("Longer than allowed")}">${formatted}</span>`;
		}
		return formatted;
	},

	onload(report) {
		frappe
			.xcall("itil_strategy.service_portfolio.report.pipeline_gates.pipeline_gates.get_checks")
			.then((checks) => report.get_filter("gate_check").set_data(checks));
		report.page.main.on("click", ".it-decide", async (event) => {
			const { service, stage } = event.currentTarget.dataset;
			const choices = await frappe.xcall(
				"itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision.get_choices",
				{ it_service: service }
			);
			// The outcome that leads to the next stage; without one the form offers all.
			const choice = choices.outcomes.find((option) => option.to_stage === stage && stage) || {};
			frappe.new_doc("Portfolio Decision", {
				it_service: service,
				outcome: choice.outcome,
				from_stage: choices.stage,
				to_stage: choice.to_stage,
			});
		});
	},
};
