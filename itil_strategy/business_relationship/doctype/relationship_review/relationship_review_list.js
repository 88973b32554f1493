frappe.listview_settings["Relationship Review"] = {
	add_fields: ["status", "review_date", "next_review", "followed_by"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.status === "Planned" && doc.review_date < today) {
			return [__("Overdue"), "red", `status,=,Planned|review_date,<,${today}`];
		}
		if (doc.status === "Held" && !doc.followed_by && doc.next_review && doc.next_review < today) {
			return [__("Next Overdue"), "red", `status,=,Held|followed_by,is,not set|next_review,<,${today}`];
		}
		const colors = { Planned: "blue", Held: "green", Cancelled: "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
