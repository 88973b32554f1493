frappe.ui.form.on("Relationship Review", {
	refresh(frm) {
		frm.dashboard.clear_headline();
		if (frm.is_new()) return;
		const { status, review_date, next_review, followed_by } = frm.doc;
		const today = frappe.datetime.get_today();
		const overdue = frm.doc.actions.filter((row) => !row.is_done && row.due_on < today).length;
		if (status === "Planned" && review_date < today) {
			frm.dashboard.set_headline_alert(__("Overdue: hold the review, move or cancel it."), "red");
		} else if (status === "Held" && !followed_by && next_review && next_review < today) {
			frm.dashboard.set_headline_alert(__("The next review is overdue. Plan it."), "red");
		} else if (overdue) {
			frm.dashboard.set_headline_alert(__("{0} actions are overdue.", [overdue]), "orange");
		}
		if (status === "Held" && !followed_by && !frm.is_dirty() && frappe.model.can_create("Relationship Review")) {
			frm.add_custom_button(__("Plan Next Review"), () =>
				frappe.new_doc("Relationship Review", {
					customer: frm.doc.customer,
					review_date: next_review > today ? next_review : today,
					cadence: frm.doc.cadence,
					attendees: frm.doc.attendees,
				})
			).addClass("btn-primary");
		}
		frm.add_custom_button(
			__("Needs"),
			() => frappe.set_route("List", "Customer Need", { customer: frm.doc.customer }),
			__("View")
		);
	},
});
