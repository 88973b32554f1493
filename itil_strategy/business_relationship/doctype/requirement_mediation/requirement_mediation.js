frappe.ui.form.on("Requirement Mediation", {
	setup(frm) {
		frm.set_query("decided_by", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("customer_need", "parties", () => ({
			filters: {
				status: ["in", ["Submitted", "Assessed", "Accepted", "In Delivery"]],
				...(frm.doc.it_service ? { it_service: frm.doc.it_service } : {}),
			},
		}));
		frm.set_query("customer", "scores", () => ({
			filters: { name: ["in", frm.doc.parties.map((row) => row.customer).filter(Boolean)] },
		}));
	},

	refresh(frm) {
		set_headline(frm);
		if (frm.doc.status !== "Open" || frm.is_new() || frm.is_dirty() || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Close With Decision"), () => close_mediation(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Withdraw"), () => withdraw(frm));
	},
});

function set_headline(frm) {
	frm.dashboard.clear_headline();
	if (frm.is_new()) return;
	const { status, decision, parties } = frm.doc;
	const missing = parties.filter((row) => !row.answer).length;
	const headlines = {
		Open: !decision
			? __("Until it is closed none of its needs can be accepted. Next: options, scores, a decision.")
			: missing
				? __("{0} of {1} parties have not answered to the decision yet.", [missing, parties.length])
				: __("Every party has answered. Close it with the decision."),
		Closed: __("Decided by {0} on {1}.", [
			frappe.utils.escape_html(frm.doc.decided_by || ""),
			frappe.datetime.str_to_user(frm.doc.decided_on),
		]),
		Withdrawn: __("Withdrawn: {0}", [frappe.utils.escape_html(frm.doc.withdrawal_reason || "")]),
	};
	const colors = { Open: "orange", Closed: "green", Withdrawn: "gray" };
	frm.dashboard.set_headline_alert(headlines[status], colors[status]);
}

function close_mediation(frm) {
	const decider = frm.doc.decided_by || frappe.session.user;
	frappe.confirm(
		__("Close the mediation with the decision of {0}? It stays as it is then.", [frappe.utils.escape_html(decider)]),
		() => frm.call("close_mediation").then(() => frm.reload_doc())
	);
}

function withdraw(frm) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Reason"),
			description: __("The same conflict is not opened again."),
			reqd: 1,
		},
		(values) => frm.call("withdraw", values).then(() => frm.reload_doc()),
		__("Withdraw"),
		__("Withdraw")
	);
}
