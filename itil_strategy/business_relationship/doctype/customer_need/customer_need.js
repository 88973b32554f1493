frappe.ui.form.on("Customer Need", {
	setup(frm) {
		frm.set_query("contact", () => ({
			query: "frappe.contacts.doctype.contact.contact.contact_query",
			filters: { link_doctype: "Customer", link_name: frm.doc.customer },
		}));
		frm.set_query("service_offering", () => ({
			filters: { disabled: 0, ...(frm.doc.it_service ? { it_service: frm.doc.it_service } : {}) },
		}));
		frm.set_query("it_service", () => ({ filters: { phase: ["!=", "Retired"] } }));
	},

	refresh(frm) {
		set_headline(frm);
		if (frm.is_new()) return;
		if (!frm.is_dirty()) {
			add_steps(frm);
			add_commitment(frm);
		}
		frm.add_custom_button(
			__("Mediations"),
			() => frappe.set_route("List", "Requirement Mediation", { "Mediation Party.customer_need": frm.doc.name }),
			__("View")
		);
		frm.add_custom_button(
			__("Rank"),
			() => frappe.set_route("query-report", "Need Prioritisation", { it_service: frm.doc.it_service }),
			__("View")
		);
	},

	service_offering(frm) {
		if (!frm.doc.service_offering) return frm.set_value("units_per_month", 0);
		frappe.db.get_value("Service Offering", frm.doc.service_offering, "it_service").then(({ message }) => {
			if (message?.it_service) frm.set_value("it_service", message.it_service);
		});
	},
});

const CONFIRMATION = {
	accept: () => __("Accept the need? What is accepted cannot be changed afterwards."),
	deliver: () => __("Delivered? The customer is asked to confirm."),
};

function set_headline(frm) {
	const { status, rejected_count } = frm.doc;
	const mediations = (frm.doc.__onload?.mediations || []).map((name) =>
		frappe.utils.get_form_link("Requirement Mediation", name, true)
	);
	const headlines = {
		Draft: ["gray", __("Describe the need, then submit it.")],
		Submitted: ["orange", __("Assess it: give every part of the score and the service that would meet it.")],
		Assessed: mediations.length
			? ["orange", __("In mediation: {0}. It cannot be accepted until that is closed.", [mediations.join(", ")])]
			: ["blue", __("Accept or decline it.")],
		Accepted: ["blue", __("Accepted. Start the delivery when work begins.")],
		"In Delivery": rejected_count
			? ["orange", __("The customer rejected the delivery {0} times. Mend it and deliver again.", [rejected_count])]
			: ["blue", __("In delivery.")],
		Delivered: ["orange", __("Waiting for the customer to confirm or reject.")],
		Confirmed: ["green", __("Confirmed by the customer after {0} days.", [frm.doc.days_to_confirmation])],
		Declined: ["gray", __("Declined.")],
	};
	frm.dashboard.clear_headline();
	if (!frm.is_new() && headlines[status]) frm.dashboard.set_headline_alert(headlines[status][1], headlines[status][0]);
}

function add_steps(frm) {
	const is_manager = frappe.user.has_role(["Business Relationship Manager", "System Manager"]);
	const steps = {
		submit_need: [__("Submit Need"), () => take(frm, "submit_need"), true],
		assess: [frm.doc.status === "Assessed" ? __("Assess Again") : __("Assess"), () => assess(frm), is_manager],
		accept: [__("Accept"), () => take(frm, "accept"), is_manager],
		decline: [__("Decline"), () => decline(frm), is_manager],
		start_delivery: [__("Start Delivery"), () => take(frm, "start_delivery"), is_manager],
		deliver: [__("Deliver"), () => take(frm, "deliver"), is_manager],
		confirm: [__("Customer Confirms"), () => answer(frm, "confirm"), is_manager],
		reject_delivery: [__("Customer Rejects"), () => answer(frm, "reject_delivery"), is_manager],
	};
	if (!frm.perm[0]?.write) return;
	frm.call("get_actions").then(({ message }) => {
		let is_first = true;
		(message || []).forEach((step) => {
			const [label, action, is_shown] = steps[step];
			if (!is_shown) return;
			const button = frm.add_custom_button(label, action);
			// Assessing again is possible, accepting is what comes next.
			if (is_first && !(step === "assess" && frm.doc.status === "Assessed")) {
				button.addClass("btn-primary");
				is_first = false;
			}
		});
	});
}

// An accepted need takes its share of the capacity until a commitment does.
async function add_commitment(frm) {
	const { doc } = frm;
	if (!["Accepted", "In Delivery"].includes(doc.status) || !doc.service_offering) return;
	if (!frappe.model.can_create("Service Commitment")) return;
	const made = await frappe.db.count("Service Commitment", { filters: { customer_need: doc.name } });
	if (made) {
		frm.add_custom_button(
			__("Commitments"),
			() => frappe.set_route("List", "Service Commitment", { customer_need: doc.name }),
			__("View")
		);
		return;
	}
	frm.add_custom_button(__("Make Commitment"), () =>
		frappe.new_doc("Service Commitment", {
			customer: doc.customer,
			service_offering: doc.service_offering,
			customer_need: doc.name,
			units_per_month: doc.units_per_month,
			valid_from: doc.needed_from,
			valid_to: doc.needed_to,
		})
	);
}

function take(frm, step) {
	const run = () => frm.call(step).then(() => frm.reload_doc());
	return CONFIRMATION[step] ? frappe.confirm(CONFIRMATION[step](), run) : run();
}

function assess(frm) {
	const part = (fieldname) => ({
		fieldname,
		fieldtype: "Int",
		label: __(frappe.meta.get_label("Customer Need", fieldname)),
		default: frm.doc[fieldname] || undefined,
		reqd: 1,
		description: __("1 to 100, relative to other needs."),
	});
	frappe.prompt(
		[
			{
				fieldname: "it_service",
				fieldtype: "Link",
				options: "IT Service",
				label: __("IT Service"),
				default: frm.doc.it_service,
				reqd: 1,
			},
			part("value"),
			part("time_criticality"),
			{ fieldtype: "Column Break" },
			part("risk_reduction"),
			part("size"),
			{ fieldtype: "Section Break" },
			{ fieldname: "assessment", fieldtype: "Small Text", label: __("Assessment"), default: frm.doc.assessment },
		],
		(values) => frm.call("assess", values).then(() => frm.reload_doc()),
		__("Assess"),
		__("Assess")
	);
}

function decline(frm) {
	frappe.prompt(
		[
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				description: __("The customer reads this."),
				reqd: 1,
			},
			{ fieldname: "notes", fieldtype: "Small Text", label: __("Internal Notes") },
		],
		(values) => frm.call("decline", values).then(() => frm.reload_doc()),
		__("Decline"),
		__("Decline")
	);
}

function answer(frm, step) {
	const fields = [
		{
			fieldname: "contact",
			fieldtype: "Link",
			options: "Contact",
			label: __("Contact Who Said So"),
			default: frm.doc.contact,
			reqd: 1,
			get_query: () => ({
				query: "frappe.contacts.doctype.contact.contact.contact_query",
				filters: { link_doctype: "Customer", link_name: frm.doc.customer },
			}),
		},
	];
	if (step === "reject_delivery") {
		fields.push({ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 });
	}
	frappe.prompt(
		fields,
		(values) => frm.call(step, values).then(() => frm.reload_doc()),
		__("The Customer's Answer"),
		__("Record")
	);
}
