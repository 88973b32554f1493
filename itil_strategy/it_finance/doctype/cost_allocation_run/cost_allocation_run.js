frappe.ui.form.on("Cost Allocation Run", {
	setup(frm) {
		show_as_text(frm, ["obstacles", "error_message", "unallocated_note", "unallocated_reason"]);
	},

	onload(frm) {
		if (!frm.is_new() || frm.doc.period_start) return;
		const this_month = frappe.datetime.month_start();
		frm.set_value({
			period_start: frappe.datetime.add_months(this_month, -1),
			period_end: frappe.datetime.add_days(this_month, -1),
		});
	},

	refresh(frm) {
		frm.toggle_display("version", !frm.is_new());
		set_headline(frm);
		if (frm.is_new()) return;
		add_actions(frm);
		if (frm.doc.docstatus === 0 && frm.doc.status !== "Calculated" && !frm.is_dirty()) {
			frm.page.clear_primary_action();
		}
		if (frm.is_dirty()) frm.enable_save();
	},
});

/** Plain text: Frappe would show it as HTML in a field that is read-only. */
function show_as_text(frm, fieldnames) {
	const as_text = (value) => frappe.utils.replace_newlines(frappe.utils.escape_html(value || ""));
	fieldnames.forEach((fieldname) => {
		frappe.meta.docfield_map[frm.doctype][fieldname].formatter = as_text;
		frm.get_docfield(fieldname).formatter = as_text;
	});
}

function set_headline(frm) {
	const { status, unallocated_note, unallocated_reason, error_message } = frm.doc;
	const headlines = {
		Calculating: ["blue", __("A background job is calculating. The form shows when it is done.")],
		Calculated:
			unallocated_note && !unallocated_reason
				? ["orange", __("Some cost found no service. Enter the missing drivers and calculate again, or accept it with a reason.")]
				: ["blue", __("Check the figures, then submit: reports and charges at cost use full cost from then on.")],
		Submitted: ["green", __("Submitted: its figures are frozen.")],
		Failed: ["red", frappe.utils.escape_html(error_message || "") || __("Mend what is listed, then calculate again.")],
	};
	frm.dashboard.clear_headline();
	if (headlines[status]) frm.dashboard.set_headline_alert(headlines[status][1], headlines[status][0]);
}

function add_actions(frm) {
	const { status, docstatus, unallocated_note, unallocated_reason, line_count } = frm.doc;
	if (docstatus === 0 && !frm.is_dirty()) {
		const label = status === "Draft" ? __("Calculate") : __("Calculate Again");
		const button = frm.add_custom_button(label, () =>
			frm.call("calculate").then(() => {
				frappe.show_alert({ message: __("Calculating."), indicator: "blue" });
				frm.reload_doc();
			})
		);
		if (status !== "Calculated") button.addClass("btn-primary");
		if (status === "Calculated" && unallocated_note && !unallocated_reason) {
			frm.add_custom_button(__("Accept Unallocated"), () => accept_unallocated(frm));
		}
	}
	if (!line_count) return;
	frm.add_custom_button(
		__("Lines"),
		() => frappe.set_route("List", "Service Cost", { allocation_run: frm.doc.name }),
		__("View")
	);
	if (docstatus === 1) {
		frm.add_custom_button(
			__("Service Cost Analysis"),
			() =>
				frappe.set_route("query-report", "Service Cost Analysis", {
					company: frm.doc.company,
					from_date: frm.doc.period_start,
					to_date: frm.doc.period_end,
				}),
			__("View")
		);
	}
}

function accept_unallocated(frm) {
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		({ reason }) => frm.call("accept_unallocated", { reason }).then(() => frm.reload_doc()),
		__("Accept Unallocated Cost"),
		__("Accept")
	);
}
