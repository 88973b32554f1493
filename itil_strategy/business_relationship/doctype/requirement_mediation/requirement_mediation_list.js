frappe.listview_settings["Requirement Mediation"] = {
	add_fields: ["status", "review_date"],
	get_indicator(doc) {
		if (doc.status === "Closed" && doc.review_date && doc.review_date <= frappe.datetime.get_today()) {
			return [__("Review Due"), "orange", `status,=,Closed|review_date,<=,${frappe.datetime.get_today()}`];
		}
		const colors = { Open: "red", Closed: "green", Withdrawn: "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
	onload(listview) {
		if (!frappe.model.can_create("Requirement Mediation")) return;
		listview.page.add_inner_button(__("Find Conflicts"), () =>
			frappe
				.call({
					method: "itil_strategy.business_relationship.conflicts.find_now",
					type: "POST",
					freeze: true,
					freeze_message: __("Comparing needs."),
				})
				.then(({ message }) => {
					const count = (message || []).length;
					frappe.show_alert({
						message: count ? __("{0} mediations opened or widened.", [count]) : __("No new conflicts."),
						indicator: count ? "orange" : "green",
					});
					listview.refresh();
				})
		);
	},
};
