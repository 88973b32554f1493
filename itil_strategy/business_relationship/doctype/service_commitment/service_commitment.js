frappe.ui.form.on("Service Commitment", {
	setup(frm) {
		frm.set_query("service_offering", () => ({ filters: { disabled: 0 } }));
		frm.set_query("customer_need", () => ({
			filters: {
				status: ["in", ["Accepted", "In Delivery"]],
				...(frm.doc.customer ? { customer: frm.doc.customer } : {}),
				...(frm.doc.service_offering ? { service_offering: frm.doc.service_offering } : {}),
			},
		}));
	},

	refresh(frm) {
		set_headline(frm);
		show_months(frm);
		if (frm.is_new() || frm.is_dirty()) return;
		if (frm.doc.status === "Draft" && frm.perm[0]?.write) {
			frm.add_custom_button(__("Activate"), () =>
				frappe.confirm(__("Promise it? What is promised stays on record."), () =>
					frm.call("activate").then(() => frm.reload_doc())
				)
			).addClass("btn-primary");
		}
		if (needs_waiver(frm.doc) && frappe.user.has_role(["Service Portfolio Manager", "System Manager"])) {
			frm.add_custom_button(__("Waive Capacity"), () => waive(frm));
		}
		frm.add_custom_button(
			__("Supply and Demand"),
			() =>
				frappe.set_route("query-report", "Supply and Demand", {
					service_offering: frm.doc.service_offering,
				}),
			__("View")
		);
	},

	service_offering(frm) {
		show_months(frm);
	},
});

function is_waived(doc) {
	return Boolean(doc.waiver_expires_on) && doc.waiver_expires_on >= frappe.datetime.get_today();
}

function needs_waiver(doc) {
	return doc.status !== "Ended" && Boolean(doc.capacity_note) && !is_waived(doc);
}

function set_headline(frm) {
	const { doc } = frm;
	const day = (value) => frappe.datetime.str_to_user(value);
	frm.dashboard.clear_headline();
	if (frm.is_new()) return;
	if (doc.status === "Ended") {
		frm.dashboard.set_headline_alert(__("Ended on {0}.", [day(doc.valid_to)]), "gray");
	} else if (doc.capacity_note && is_waived(doc)) {
		frm.dashboard.set_headline_alert(
			__("Over capacity; the limit is waived until {0}.", [day(doc.waiver_expires_on)]),
			"orange"
		);
	} else if (doc.capacity_note && doc.waiver_expires_on) {
		frm.dashboard.set_headline_alert(
			__("Over capacity; the waiver expired on {0}.", [day(doc.waiver_expires_on)]),
			"red"
		);
	} else if (doc.capacity_note) {
		frm.dashboard.set_headline_alert(
			__("Over capacity: promise less, or have a Service Portfolio Manager waive the limit."),
			"red"
		);
	} else if (doc.status === "Draft") {
		frm.dashboard.set_headline_alert(__("A draft: not promised yet."), "gray");
	}
}

function waive(frm) {
	frappe.prompt(
		[
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{ fieldname: "expires_on", fieldtype: "Date", label: __("Expires On"), reqd: 1 },
		],
		(values) => frm.call("waive_capacity", values).then(() => frm.reload_doc()),
		__("Waive Capacity"),
		__("Waive")
	);
}

// Capacity, promised and free of the offering in the months ahead, above the fields.
async function show_months(frm) {
	const offering = frm.doc.service_offering;
	frm.months_ahead?.remove();
	if (!offering) return;
	const method = "itil_strategy.business_relationship.commitment_desk.get_months_ahead";
	const found = await frappe.xcall(method, { service_offering: offering });
	if (offering !== frm.doc.service_offering) return;
	const number = (value) => (value === null ? __("No limit") : format_number(value, null, 2));
	const rows = found.months
		.map(
			(row) => `<tr><td>${row.month}</td>
				<td class="text-right">${number(row.capacity)}</td>
				<td class="text-right">${number(row.promised)}</td>
				<td class="text-right ${row.free < 0 ? "text-danger" : ""}">${number(row.free)}</td></tr>`
		)
		.join("");
	frm.months_ahead?.remove();
	frm.months_ahead = $(`<div class="mt-3"><p class="text-muted small">${__(
		"Units per month ({0}); accepted needs count as promised, drafts do not.",
		[frappe.utils.escape_html(found.uom || "")]
	)}</p><table class="table table-bordered table-sm"><thead><tr><th>${__("Month")}</th>
		<th class="text-right">${__("Capacity")}</th><th class="text-right">${__("Promised")}</th>
		<th class="text-right">${__("Free")}</th></tr></thead><tbody>${rows}</tbody></table></div>`);
	frm.get_field("capacity_note").$wrapper.after(frm.months_ahead);
}
