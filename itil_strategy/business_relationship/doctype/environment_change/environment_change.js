frappe.ui.form.on("Environment Change", {
	refresh(frm) {
		frm.dashboard.clear_headline();
		if (frm.is_new() || frm.doc.status === "Closed") return;
		const today = frappe.datetime.get_today();
		const overdue = frm.doc.impacts.filter((row) => row.action && !row.is_done && row.due_on < today).length;
		if (overdue) {
			frm.dashboard.set_headline_alert(__("{0} actions are overdue.", [overdue]), "red");
		} else if (frm.doc.watch_date && frm.doc.watch_date <= today) {
			frm.dashboard.set_headline_alert(
				__("Look at it again: the watch date was {0}. Enter the next one or close the change.", [
					frappe.datetime.str_to_user(frm.doc.watch_date),
				]),
				"orange"
			);
		}
	},

	kind(frm) {
		if (frm.doc.kind !== "Customer") frm.set_value("customer", null);
	},
});
