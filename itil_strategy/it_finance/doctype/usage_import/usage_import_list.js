frappe.listview_settings["Usage Import"] = {
	add_fields: ["status", "rows_unmapped"],
	get_indicator(doc) {
		if (doc.status === "Completed" && doc.rows_unmapped) {
			return [__("Unmapped Rows"), "orange", "rows_unmapped,>,0"];
		}
		const colors = { Draft: "gray", Queued: "blue", Importing: "blue", Completed: "green", Failed: "red" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
