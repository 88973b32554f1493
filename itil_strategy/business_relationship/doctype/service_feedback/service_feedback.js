frappe.ui.form.on("Service Feedback", {
	setup(frm) {
		translate_descriptions(frm, ["received_on", "due_by"]);
		show_as_text(frm, ["response", "what_happened", "remedy_sought", "findings", "root_cause"]);
		frm.set_query("contact", () => ({
			query: "frappe.contacts.doctype.contact.contact.contact_query",
			filters: { link_doctype: "Customer", link_name: frm.doc.customer || "" },
		}));
		frm.set_query("service_offering", () => ({
			filters: frm.doc.it_service ? { it_service: frm.doc.it_service } : {},
		}));
		frm.set_query("credit_charge", () => ({ filters: { customer: frm.doc.customer || "" } }));
	},

	refresh(frm) {
		set_headline(frm);
		show_actions_progress(frm);
		if (!frm.is_new() && !frm.is_dirty() && frm.perm[0].write) add_steps(frm);
	},

	customer(frm) {
		frm.set_value("contact", null);
	},
});

/** Frappe adds the time zone to the description of a Datetime before it looks for a translation. */
function translate_descriptions(frm, fieldnames) {
	fieldnames.forEach((fieldname) => {
		for (const field of [frappe.meta.docfield_map[frm.doctype][fieldname], frm.get_docfield(fieldname)]) {
			if (field?.description) field.description = field.description.split("<br>").map((line) => __(line)).join("<br>");
		}
	});
}

/** Plain text: Frappe would show it as HTML in a field that is read-only. */
function show_as_text(frm, fieldnames) {
	const as_text = (value) => frappe.utils.replace_newlines(frappe.utils.escape_html(value || ""));
	fieldnames.forEach((fieldname) => {
		// The open record has a copy of the field already, later ones are copied from the map.
		frappe.meta.docfield_map[frm.doctype][fieldname].formatter = as_text;
		const field = frm.get_docfield(fieldname);
		if (field) field.formatter = as_text;
	});
}

function set_headline(frm) {
	frm.dashboard.clear_headline();
	if (frm.is_new()) return;
	const headline = deadline_headline(frm.doc);
	if (headline) frm.dashboard.set_headline_alert(headline[1], headline[0]);
}

/** Where the clock stands, as colour and text; null once nobody waits. */
function deadline_headline(doc) {
	const at = (moment) => frappe.datetime.str_to_user(moment);
	const ago = (moment) => frappe.datetime.comment_when(moment);
	if (doc.status === "Closed") return ["green", __("Closed on {0}.", [at(doc.closed_on)])];
	if (doc.status === "Responded") {
		return doc.customer_answer === "Accepted"
			? ["green", __("The customer accepted the response. Close it once it is complete.")]
			: ["blue", __("Responded on {0}; the customer has not answered yet.", [at(doc.last_response_on)])];
	}
	if (doc.status === "On Hold") {
		const hold = (doc.holds || []).find((row) => !row.held_until);
		return [
			"orange",
			hold
				? __("On hold since {0}: {1}", [at(hold.held_from), frappe.utils.escape_html(hold.reason)])
				: __("On hold."),
		];
	}
	if (!doc.due_by) return null;
	const now = frappe.datetime.now_datetime();
	if (doc.due_by <= now) return ["red", __("The response is overdue since {0} ({1}).", [at(doc.due_by), ago(doc.due_by)])];
	const is_near = doc.warn_by && doc.warn_by <= now;
	return [is_near ? "orange" : "blue", __("Respond by {0}.", [at(doc.due_by)])];
}

function show_actions_progress(frm) {
	const actions = frm.doc.actions || [];
	if (frm.is_new() || !actions.length) return;
	const done = actions.filter((row) => row.is_done).length;
	frm.dashboard.add_progress(
		__("Actions"),
		(100 * done) / actions.length,
		__("{0} of {1} actions are done", [done, actions.length])
	);
}

function add_steps(frm) {
	const { status } = frm.doc;
	const step = (label, action, group) => frm.add_custom_button(label, action, group);
	const is_waiting = ["New", "Acknowledged", "In Progress", "Reopened"].includes(status);
	if (is_waiting) step(__("Respond"), () => respond(frm)).addClass("btn-primary");
	if (status === "New") step(__("Acknowledge"), () => take_step(frm, "acknowledge"));
	if (is_waiting && status !== "In Progress") step(__("Start Work"), () => take_step(frm, "start_work"));
	if (is_waiting) step(__("Hold"), () => hold(frm));
	if (status === "On Hold") step(__("Resume"), () => resume(frm)).addClass("btn-primary");
	if (status === "Responded") {
		step(__("Close"), () => take_step(frm, "close")).addClass("btn-primary");
		if (!frm.doc.customer_answer) {
			step(__("Accepted"), () => answer(frm, "accept_response", __("Customer Accepted")), __("Customer's Answer"));
		}
	}
	if (["Responded", "Closed"].includes(status)) {
		step(__("Reopened"), () => answer(frm, "reopen", __("Customer Reopened")), __("Customer's Answer"));
	}
	if (!frm.doc.quality_action && frappe.model.can_create("Quality Action")) {
		step(__("Quality Action"), () => create_quality_action(frm), __("Create"));
	}
}

function take_step(frm, method, args = {}) {
	return frm.call(method, args).then(() => frm.reload_doc());
}

function respond(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Respond"),
		fields: [
			{
				fieldname: "medium",
				fieldtype: "Select",
				label: __("How"),
				options: ["E-mail", "Phone", "Meeting", "Letter"].map((value) => ({ value, label: __(value) })),
				default: "E-mail",
				reqd: 1,
				description: __("By e-mail it is sent now, with links to accept or reopen; otherwise it is recorded."),
			},
			{ fieldname: "message", fieldtype: "Text", label: __("Response"), reqd: 1 },
		],
		primary_action_label: __("Respond"),
		primary_action(values) {
			take_step(frm, "respond", values).then(() => dialog.hide());
		},
	});
	dialog.show();
}

function hold(frm) {
	frappe.prompt(
		[
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{
				fieldname: "held_from",
				fieldtype: "Datetime",
				label: __("Held From"),
				description: __("Empty: now."),
			},
		],
		(values) => take_step(frm, "hold", values),
		__("Hold"),
		__("Stop the Clock")
	);
}

function resume(frm) {
	frappe.prompt(
		{
			fieldname: "held_until",
			fieldtype: "Datetime",
			label: __("Held Until"),
			description: __("Empty: now."),
		},
		(values) => take_step(frm, "resume", values),
		__("Resume"),
		__("Start the Clock")
	);
}

function answer(frm, method, title) {
	frappe.prompt(
		{ fieldname: "comment", fieldtype: "Small Text", label: __("What the Customer Said") },
		(values) => take_step(frm, method, values),
		title,
		__("Record")
	);
}

function create_quality_action(frm) {
	frappe.prompt(
		{
			fieldname: "corrective_preventive",
			fieldtype: "Select",
			label: __("Kind"),
			options: ["Corrective", "Preventive"].map((value) => ({ value, label: __(value) })),
			default: frm.doc.nature === "Complaint" ? "Corrective" : "Preventive",
			reqd: 1,
		},
		(values) => take_step(frm, "create_quality_action", values),
		__("Create Quality Action"),
		__("Create")
	);
}
