frappe.ui.form.on("Charging Run", {
	setup(frm) {
		show_as_text(frm, ["obstacles", "error_message", "reversal_reason"]);
		frm.set_query("company", () => ({ filters: { is_group: 0 } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.period_start) {
			const last_month = frappe.datetime.add_months(frappe.datetime.get_today(), -1);
			frm.set_value("period_start", moment(last_month).startOf("month").format("YYYY-MM-DD"));
			frm.set_value("period_end", moment(last_month).endOf("month").format("YYYY-MM-DD"));
		}
	},

	period_start(frm) {
		if (!frm.doc.period_start) return;
		frm.set_value("period_end", moment(frm.doc.period_start).endOf("month").format("YYYY-MM-DD"));
		frm.set_value("posting_date", null);
	},

	period_end(frm) {
		frm.set_value("posting_date", null);
	},

	refresh(frm) {
		set_headline(frm);
		if (!frm.is_new() && !frm.is_dirty()) add_actions(frm);
		// Publishing is the submission: only a calculated run offers it.
		if (frm.doc.docstatus === 0 && frm.doc.status !== "Calculated") frm.page.clear_primary_action();
		if (frm.doc.docstatus === 0 && frm.doc.status === "Calculated" && !frm.is_dirty()) {
			frm.page.set_primary_action(__("Publish"), () => frm.savesubmit());
		}
		if (frm.is_new() || frm.is_dirty()) frm.enable_save();
	},
});

/** Plain text: Frappe would show it as HTML in a field that is read-only. */
function show_as_text(frm, fieldnames) {
	const as_text = (value) => frappe.utils.replace_newlines(frappe.utils.escape_html(value || ""));
	fieldnames.forEach((fieldname) => {
		// The open record has a copy of the field already, later ones are copied from the map.
		frappe.meta.docfield_map[frm.doctype][fieldname].formatter = as_text;
		frm.get_docfield(fieldname).formatter = as_text;
	});
}

function set_headline(frm) {
	const headlines = {
		Calculated: ["blue", __("Check the charges, then publish them to the customers.")],
		Published: [
			"blue",
			frm.doc.mode === "Showback"
				? __("Published. Showback writes nothing to the ledger.")
				: frm.doc.dispute_until
					? __("Published. Customers may dispute until {0}; then post to the ledger.", [
							frappe.datetime.str_to_user(frm.doc.dispute_until),
						])
					: __("Published. Post it to the ledger when you are ready."),
		],
		Posted: ["green", __("Posted: charges are in the ledger.")],
		Failed: ["red", frappe.utils.escape_html(frm.doc.error_message || "")],
		Reversed: [
			"orange",
			__("Reversed as of {0}: {1}", [
				frappe.datetime.str_to_user(frm.doc.reversal_date),
				frappe.utils.escape_html(frm.doc.reversal_reason || ""),
			]),
		],
	};
	frm.dashboard.clear_headline();
	const headline = headlines[frm.doc.status];
	// As HTML in any case: set_headline would take escaped text without a tag for plain text and escape it again.
	if (headline) frm.dashboard.set_headline_alert(headline[1], headline[0]);
}

function add_actions(frm) {
	const { status, docstatus, mode } = frm.doc;
	if (docstatus === 0 && ["Draft", "Calculated", "Failed", "Calculating"].includes(status)) {
		const label = status === "Draft" ? __("Calculate") : __("Calculate Again");
		const button = frm.add_custom_button(label, () => queue(frm, "calculate", {}, __("Calculating.")));
		if (status !== "Calculated") button.addClass("btn-primary");
	}
	if (docstatus === 1 && mode === "Chargeback") {
		if (["Published", "Failed", "Posting"].includes(status) && !frm.doc.reversal_date) {
			frm.add_custom_button(status === "Published" ? __("Post to Ledger") : __("Resume Posting"), () => post(frm)).addClass(
				"btn-primary"
			);
		}
		if (status === "Published") add_acceptance(frm);
		if (status === "Posted" || (status === "Failed" && frm.doc.reversal_date)) {
			frm.add_custom_button(__("Reverse"), () => reverse(frm));
		}
	}
	if (frm.doc.charge_count) {
		frm.add_custom_button(__("Charging Statement"), () =>
			frappe.set_route("query-report", "Charging Statement", {
				company: frm.doc.company,
				charging_run: frm.doc.name,
				from_date: "",
				to_date: "",
				include_unpublished: 1,
			})
		);
		frm.add_custom_button(
			__("Charges"),
			() => frappe.set_route("List", "Service Charge", { charging_run: frm.doc.name }),
			__("View")
		);
	}
	if (docstatus === 1 && frm.doc.charge_count) {
		frm.add_custom_button(__("Statements of Customers"), () => print_statement(frm), __("View"));
		if (frm.perm[0]?.submit) {
			frm.add_custom_button(__("E-Mail Statements"), () => mail_statements(frm), __("Export"));
		}
	}
	if (docstatus === 1 && frm.doc.charge_count && frappe.model.can_export("Service Charge")) {
		frm.add_custom_button(
			__("FOCUS 1.2 File"),
			() =>
				open_url_post(`/api/method/itil_strategy.it_finance.charging.focus_export.download`, {
					charging_run: frm.doc.name,
				}),
			__("Export")
		);
	}
	if (frm.doc.posted_amount) {
		["Journal Entry", "Sales Invoice"].forEach((doctype) =>
			frm.add_custom_button(
				__(doctype),
				() => frappe.set_route("List", doctype, { it_charging_run: frm.doc.name }),
				__("View")
			)
		);
	}
}

function queue(frm, method, args, message) {
	return frm.call(method, args).then(() => {
		frappe.show_alert({ message, indicator: "blue" });
		frm.reload_doc();
	});
}

function post(frm) {
	frm.call("get_obstacles", { step: "post" }).then(({ message }) => {
		if ((message || []).length) {
			frappe.msgprint({
				title: __("Mend These First"),
				message: `<ul>${message.map((line) => `<li>${line}</li>`).join("")}</ul>`,
				indicator: "orange",
			});
			return;
		}
		const total = format_currency(
			frm.doc.chargeback_amount,
			frappe.get_doc(":Company", frm.doc.company)?.default_currency
		);
		frappe.confirm(
			__("Post charges of {0} to the ledger with the posting date {1}?", [
				total,
				frappe.datetime.str_to_user(frm.doc.posting_date),
			]),
			() => queue(frm, "post", {}, __("Posting."))
		);
	});
}

function add_acceptance(frm) {
	const waiting = frm.doc.customers.filter((row) => !row.accepted && row.chargeback_amount);
	if (!frm.doc.dispute_until || !waiting.length) return;
	frm.add_custom_button(__("Record Acceptance"), () =>
		frappe.prompt(
			{
				fieldname: "customer",
				fieldtype: "Select",
				label: __("Customer"),
				options: waiting.map((row) => row.customer),
				reqd: 1,
			},
			({ customer }) => frm.call("accept", { customer }).then(() => frm.reload_doc()),
			__("Record Acceptance"),
			__("Accepted")
		)
	);
}

function print_statement(frm) {
	frappe.prompt(
		{
			fieldname: "customer",
			fieldtype: "Select",
			label: __("Customer"),
			options: ["", ...frm.doc.customers.map((row) => row.customer)],
			description: __("Empty: one statement after the other."),
		},
		({ customer }) => {
			const query = new URLSearchParams({
				doctype: frm.doctype,
				name: frm.doc.name,
				format: "IT Charging Statement",
				customer: customer || "",
			});
			window.open(`/printview?${query}`, "_blank");
		},
		__("Statements of Customers"),
		__("Show")
	);
}

function mail_statements(frm) {
	const open = frm.doc.customers.filter((row) => !row.statement_sent_on).length;
	if (!open) {
		frappe.msgprint(__("Every customer of the run got its statement."));
		return;
	}
	frappe.confirm(__("Send {0} statements that were not sent yet?", [open]), () =>
		frappe
			.call({
				method: "itil_strategy.it_finance.charging.statement_mail.send_statements",
				type: "POST",
				args: { charging_run: frm.doc.name },
			})
			.then(() => frappe.show_alert({ message: __("Sending."), indicator: "blue" }))
	);
}

function reverse(frm) {
	frappe.prompt(
		[
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{
				fieldname: "reversal_date",
				fieldtype: "Date",
				label: __("Reversal Date"),
				description: __("Empty: today, or the first open day after it."),
			},
			{
				fieldname: "recharge",
				fieldtype: "Check",
				label: __("Free the usage to be charged again"),
				description: __("The next run charges it as late usage. To charge fixed fees of the month again, make a new run for it."),
			},
		],
		(values) => queue(frm, "reverse", values, __("Reversing.")),
		__("Reverse Charging Run"),
		__("Reverse")
	);
}
