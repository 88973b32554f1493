frappe.listview_settings["IT Service"] = {
	add_fields: ["stage", "phase", "decision_state"],
	get_indicator(doc) {
		if (doc.decision_state === "On Hold") return [__("On Hold"), "orange", "decision_state,=,On Hold"];
		if (doc.decision_state === "Rejected") return [__("Rejected"), "red", "decision_state,=,Rejected"];
		const colors = { Pipeline: "blue", Catalogue: "green", Retired: "gray" };
		return [__(doc.stage), colors[doc.phase] || "gray", `stage,=,${doc.stage}`];
	},
};
