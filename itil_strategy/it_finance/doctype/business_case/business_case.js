const DESK = "itil_strategy.it_finance.business_case.desk";
const OPTION_TEXTS = ["internal_rates", "payback", "benefit_cost"];
const OTHER_TEXTS = [
	"modified_rate",
	"return_on_investment",
	"discounted_payback",
	"chance_of_loss",
	"percentiles",
];

frappe.ui.form.on("Business Case", {
	setup(frm) {
		frm.set_query("funding_cost_center", () => ({ filters: { company: frm.doc.company, is_group: 0 } }));
		frm.set_query("customer_need", () => ({ filters: frm.doc.it_service ? { it_service: frm.doc.it_service } : {} }));
	},

	refresh(frm) {
		set_headline(frm);
		translate_figures(frm);
		freeze(frm);
		offer_options(frm);
		draw_pictures(frm);
		show_versions(frm);
		if (frm.is_new()) {
			frm.add_custom_button(__("Use a Template"), () => use_template(frm));
			return;
		}
		if (frm.doc.status === "Approved" && frm.perm[0]?.submit) {
			frm.add_custom_button(__("Withdraw Approval"), () => withdraw(frm));
		}
		if (["Lapsed", "Rejected"].includes(frm.doc.status) && frappe.model.can_create("Business Case")) {
			frm.add_custom_button(__("Renew"), () => renew(frm));
		}
		frm.add_custom_button(
			__("Compare Cases"),
			() => frappe.set_route("query-report", "Business Case Comparison", { company: frm.doc.company }),
			__("View")
		);
		frm.add_custom_button(
			__("Print for the Board"),
			() => frappe.utils.print(frm.doctype, frm.docname, "Business Case for the Board"),
			__("View")
		);
	},
});

frappe.ui.form.on("Business Case Option", {
	option_title: (frm) => offer_options(frm),
	options_remove: (frm) => offer_options(frm),
});

// What is reviewed stays as it is; the server refuses a change too.
function freeze(frm) {
	const frozen = !frm.is_new() && frm.doc.docstatus === 0 && frm.doc.status !== "Draft";
	const open = ["rejection_reason", "conditions", "status"];
	frm.meta.fields
		.filter((df) => frappe.model.is_value_type(df.fieldtype) || df.fieldtype === "Table")
		.filter((df) => !open.includes(df.fieldname))
		.forEach((df) => frm.set_df_property(df.fieldname, "read_only", frozen || df.read_only ? 1 : 0));
}

function set_headline(frm) {
	frm.dashboard.clear_headline();
	if (frm.is_new()) return;
	if (frm.doc.status === "Lapsed") {
		frm.dashboard.set_headline_alert(
			`${__("The approval lapsed:")} ${frappe.utils.escape_html(frm.doc.lapse_reason || "")}`,
			"red"
		);
	} else if (shown(frm).notes) {
		frm.dashboard.set_headline_alert(frappe.utils.escape_html(shown(frm).notes).replace(/\n/g, "<br>"), "orange");
	}
}

// Figures are stored in English once for all; the server sends them as this reader sees them.
function shown(frm) {
	return frm.doc.__onload?.shown || { texts: {}, notes: frm.doc.figure_notes };
}

function translate_figures(frm) {
	const formatter = (text) => frappe.utils.escape_html(shown(frm).texts[text] ?? text ?? "");
	[...OPTION_TEXTS, ...OTHER_TEXTS].forEach((field) => {
		const control = frm.get_field(field);
		control.df.formatter = formatter;
		control.refresh();
	});
	OPTION_TEXTS.forEach((field) => frm.fields_dict.options.grid.update_docfield_property(field, "formatter", formatter));
}

// A chart in a hidden tab has no width, so it is drawn when the tab is opened.
function draw_pictures(frm) {
	const draw = () =>
		new itil_strategy.BusinessCasePictures(frm.doc).draw(
			frm.get_field("pictures_html").wrapper,
			frm.get_field("schedule_html").wrapper
		);
	const tab = $(frm.wrapper).find("#business-case-tab_figures-tab");
	tab.off("shown.bs.tab.pictures").on("shown.bs.tab.pictures", draw);
	if (tab.hasClass("active")) draw();
}

// Flows and the recommendation name one of the case's options.
function offer_options(frm) {
	const titles = (frm.doc.options || []).map((row) => row.option_title).filter(Boolean);
	const grid = frm.fields_dict.flows.grid;
	grid.update_docfield_property("option_title", "fieldtype", "Autocomplete");
	grid.update_docfield_property("option_title", "options", titles);
	const field = frm.get_field("recommended_option");
	if (field.df.fieldtype !== "Autocomplete") {
		frm.set_df_property("recommended_option", "fieldtype", "Autocomplete");
	}
	frm.set_df_property("recommended_option", "options", titles);
}

async function use_template(frm) {
	const templates = await frappe.xcall(`${DESK}.get_templates`, {}, "GET");
	const dialog = new frappe.ui.Dialog({
		title: __("Use a Template"),
		fields: [
			{
				fieldname: "template",
				fieldtype: "Select",
				label: __("Template"),
				options: templates.map((row) => row.name),
				default: templates[0].name,
				reqd: 1,
			},
			{
				fieldname: "purposes",
				fieldtype: "HTML",
				options: templates
					.map((row) => `<p><b>${__(row.name)}</b><br><span class="text-muted">${row.purpose}</span></p>`)
					.join(""),
			},
		],
		primary_action_label: __("Fill In"),
		async primary_action({ template }) {
			dialog.hide();
			await fill_in(frm, await frappe.xcall(`${DESK}.get_template`, { template }, "GET"));
		},
	});
	dialog.show();
}

async function fill_in(frm, values) {
	for (const [field, value] of Object.entries(values)) {
		if (!Array.isArray(value)) {
			await frm.set_value(field, value);
			continue;
		}
		frm.clear_table(field);
		value.forEach((row) => frm.add_child(field, row));
		frm.refresh_field(field);
	}
	offer_options(frm);
	frm.dirty();
}

function withdraw(frm) {
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		({ reason }) => frm.call("withdraw_approval", { reason }).then(() => frm.reload_doc()),
		__("Withdraw Approval"),
		__("Withdraw")
	);
}

async function renew(frm) {
	const name = await frappe.xcall(`${DESK}.renew`, { business_case: frm.doc.name });
	frappe.set_route("Form", "Business Case", name);
}

function show_versions(frm) {
	const wrapper = $(frm.get_field("versions_html").wrapper).empty();
	const versions = (frm.doc.versions || []).map((row) => row.version);
	if (versions.length < 2) return;
	const choose = (label, chosen) =>
		`<select class="form-control input-xs mx-2" style="width:auto;display:inline-block" aria-label="${label}">${versions
			.map((version) => `<option ${version === chosen ? "selected" : ""}>${version}</option>`)
			.join("")}</select>`;
	wrapper.html(`<div class="mb-3">${__("Compare version")} ${choose(__("First"), versions.at(-2))} ${__("with")}
		${choose(__("Second"), versions.at(-1))} <button class="btn btn-xs btn-default">${__("Compare")}</button></div><div></div>`);
	wrapper.find("button").on("click", async () => {
		const [first, second] = wrapper.find("select").get().map((select) => cint(select.value));
		const { message } = await frm.call("compare", { first, second });
		wrapper.children().last().html(differences(message || []));
	});
}

function differences(rows) {
	if (!rows.length) return `<p class="text-muted">${__("Nothing differs.")}</p>`;
	const text = (value) => frappe.utils.escape_html(value || "");
	return `<table class="table table-sm table-bordered"><thead><tr><th>${__("Where")}</th><th>${__("Field")}</th><th>${__("Before")}</th><th>${__("After")}</th></tr></thead>
		<tbody>${rows
			.map(
				(row) =>
					`<tr><td>${text(row.where)}</td><td>${text(row.field) || text(row.kind)}</td><td>${text(row.before)}</td><td>${text(row.after)}</td></tr>`
			)
			.join("")}</tbody></table>`;
}
