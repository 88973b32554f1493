frappe.listview_settings["IT Service"] = {
	add_fields: ["stage", "phase", "decision_state"],
	onload(listview) {
		listview.page.add_inner_button(__("Service Board"), () => frappe.set_route("service-board"));
		listview.page.add_menu_item(__("Calendar of Planned Dates"), () =>
			frappe.set_route("List", "IT Service", "Calendar", "default")
		);
	},
	get_indicator(doc) {
		if (doc.decision_state === "On Hold") return [__("On Hold"), "orange", "decision_state,=,On Hold"];
		if (doc.decision_state === "Rejected") return [__("Rejected"), "red", "decision_state,=,Rejected"];
		const colors = { Pipeline: "blue", Catalogue: "green", Retired: "gray" };
		return [__(doc.stage), colors[doc.phase] || "gray", `stage,=,${doc.stage}`];
	},
};
