frappe.query_reports["Strategic Alignment"] = {
	filters: [
		{
			fieldname: "phase",
			label: __("Phase"),
			fieldtype: "Select",
			options: [
				"",
				{ value: "Pipeline", label: __("Pipeline") },
				{ value: "Catalogue", label: __("Catalogue") },
			],
		},
		{
			fieldname: "strategic_objective",
			label: __("Strategic Objective"),
			fieldtype: "Link",
			options: "Strategic Objective",
			get_query: () => ({ filters: { is_active: 1 } }),
		},
		{ fieldname: "only_gaps", label: __("Only Gaps"), fieldtype: "Check" },
	],
	initial_depth: 2,

	formatter(value, row, column, data, default_formatter) {
		const formatted = default_formatter(value, row, column, data);
		if (!data) return formatted;
		if (column.fieldname === "gap" && value) {
			return `<span class="indicator-pill ${data.is_group ? "red" : "orange"}">${formatted}</span>`;
		}
		// A number that a heading or a total does not have is blank, not nought.
		if (["weight", "contribution", "value", "services"].includes(column.fieldname)) {
			if (value === undefined || value === null) return "";
		}
		if (data.is_total || data.is_group) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		return formatted;
	},
};
