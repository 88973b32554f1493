frappe.listview_settings["Service Commitment"] = {
	add_fields: ["status", "capacity_note", "waiver_expires_on"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.status !== "Ended" && doc.capacity_note) {
			const over = `status,=,${doc.status}|capacity_note,is,set`;
			if (!doc.waiver_expires_on) return [__("Over Capacity"), "red", `${over}|waiver_expires_on,is,not set`];
			return doc.waiver_expires_on < today
				? [__("Waiver Expired"), "red", `${over}|waiver_expires_on,<,${today}`]
				: [__("Waived"), "orange", `${over}|waiver_expires_on,>=,${today}`];
		}
		const colors = { Active: "green", Draft: "gray", Ended: "darkgrey" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
