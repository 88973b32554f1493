frappe.query_reports["Need Prioritisation"] = {
	filters: [
		{
			fieldname: "rank_by",
			label: __("Rank"),
			fieldtype: "Select",
			options: [
				{ value: "Needs", label: __("Needs") },
				{ value: "Services", label: __("Services") },
			],
			default: "Needs",
			reqd: 1,
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "it_service", label: __("IT Service"), fieldtype: "Link", options: "IT Service" },
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				"Open",
				"Submitted",
				"Assessed",
				"Accepted",
				"In Delivery",
				"Delivered",
				"Confirmed",
				"Declined",
				"All",
			].map((value) => ({ value, label: __(value) })),
			default: "Open",
			depends_on: "eval:doc.rank_by == 'Needs'",
		},
		{ fieldname: "in_mediation", label: __("In Mediation Only"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		// A number that is not there is not zero: a need without score, the rank of a total.
		if (value === null || value === undefined) return "";
		const is_text = column.fieldtype === "Data" && typeof value === "string";
		const formatted = default_formatter(is_text ? frappe.utils.escape_html(value) : value, row, column, data);
		if (!data) return formatted;
		if (data.is_total) return `<b>${formatted}</b>`;
		if (data.is_folded) return `<span class="text-muted">${formatted}</span>`;
		if (column.fieldname === "mediation" && value) {
			return value
				.split(", ")
				.map((name) => frappe.utils.get_form_link("Requirement Mediation", name, true))
				.join(", ");
		}
		if (column.fieldname === "disagreement" && value) {
			return `<span class="indicator-pill orange">${formatted}</span>`;
		}
		if (column.fieldname === "status" && value) {
			const color = frappe.query_reports["Need Prioritisation"].colors[value] || "gray";
			return `<span class="indicator-pill ${color}">${__(value)}</span>`;
		}
		if (column.fieldname === "needs" && data.it_service) {
			const open = new URLSearchParams({ it_service: data.it_service, rank_by: "Needs" });
			const report = frappe.router.make_url(["query-report", "Need Prioritisation"]);
			return `<a href="${report}?${open}">${formatted}</a>`;
		}
		return formatted;
	},

	colors: {
		Submitted: "orange",
		Assessed: "blue",
		Accepted: "cyan",
		"In Delivery": "blue",
		Delivered: "purple",
		Confirmed: "green",
		Declined: "gray",
	},
};
