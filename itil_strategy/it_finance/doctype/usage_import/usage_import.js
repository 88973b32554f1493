frappe.ui.form.on("Usage Import", {
	setup(frm) {
		show_as_text(frm, ["error_message", "ignore_reason"]);
		frm.set_query("company", () => ({ filters: { is_group: 0 } }));
	},

	refresh(frm) {
		set_headline(frm);
		add_actions(frm);
		show_unmapped(frm);
		show_errors(frm);
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
	frm.dashboard.clear_headline();
	if (frm.doc.status === "Failed") {
		// As HTML in any case: set_headline would take escaped text without a tag for plain text and escape it again.
		frm.dashboard.set_headline_alert(
			__("Nothing was imported: {0}", [frappe.utils.escape_html(frm.doc.error_message || "")]),
			"red"
		);
	} else if (frm.doc.status === "Completed" && frm.doc.rows_unmapped) {
		frm.dashboard.set_headline_alert(
			__("{0} rows stand for no offering or customer yet. A chargeback run waits for them.", [frm.doc.rows_unmapped]),
			"orange"
		);
	}
}

function add_actions(frm) {
	if (frm.is_new() || frm.is_dirty()) return;
	if (["Draft", "Failed", "Queued", "Importing"].includes(frm.doc.status)) {
		const label = frm.doc.status === "Draft" ? __("Import") : __("Start Again");
		const button = frm.add_custom_button(label, () =>
			frm.call("start_import").then(() => {
				frappe.show_alert({ message: __("The import is queued."), indicator: "blue" });
				frm.reload_doc();
			})
		);
		if (frm.doc.status === "Draft") button.addClass("btn-primary");
	}
	if (frm.doc.status === "Completed") {
		frm.add_custom_button(__("Rows"), () =>
			frappe.set_route("List", "Service Usage", { usage_import: frm.doc.name })
		);
		if (frm.doc.rows_unmapped) {
			frm.add_custom_button(__("Map Now"), () => map_now(frm), __("Unmapped Rows"));
			frm.add_custom_button(__("Ignore"), () => ignore(frm), __("Unmapped Rows"));
		}
		if (frm.doc.rows_not_chargeable) {
			frm.add_custom_button(__("Check Again"), () => check_again(frm), __("Not Chargeable Rows"));
		}
	}
}

function map_now(frm) {
	frm.call("map_unmapped").then(({ message }) => {
		if (message) {
			frappe.show_alert({
				message: __("Mapped rows moved to {0}.", [frappe.utils.get_form_link("Usage Import", message, true)]),
				indicator: "green",
			});
		} else {
			frappe.msgprint(__("The mapping knows none of these values yet. Add them to the mapping, or create a customer or offering of that name."));
		}
		frm.reload_doc();
	});
}

function check_again(frm) {
	frm.call("recheck_not_chargeable").then(({ message }) => {
		if (message) {
			frappe.show_alert({
				message: __("Rows that can be charged now moved to {0}.", [frappe.utils.get_form_link("Usage Import", message, true)]),
				indicator: "green",
			});
		} else {
			frappe.msgprint(__("None of these rows can be charged yet: their services were not operational on those days."));
		}
		frm.reload_doc();
	});
}

function ignore(frm) {
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Why are these rows not charged?"), reqd: 1 },
		({ reason }) => frm.call("ignore_unmapped", { reason }).then(() => frm.reload_doc()),
		__("Ignore Unmapped Rows"),
		__("Ignore")
	);
}

function show_unmapped(frm) {
	const wrapper = frm.get_field("unmapped_html").$wrapper.empty();
	if (frm.is_new() || !frm.doc.rows_unmapped) return;
	frm.call("get_unmapped").then(({ message }) => {
		const rows = (message || []).map((row) => [
			row.offering_value,
			row.service_offering,
			row.customer_value,
			row.customer,
			row.rows,
			`${row.quantity} ${row.uom || ""}`,
		]);
		wrapper.html(
			html_table(
				[__("Offering in File"), __("Offering"), __("Customer in File"), __("Customer"), __("Rows"), __("Amount")],
				rows
			)
		);
	});
}

function show_errors(frm) {
	const wrapper = frm.get_field("errors_html").$wrapper.empty();
	if (frm.is_new() || frm.doc.status !== "Failed") return;
	frm.call("get_row_errors").then(({ message }) => {
		if ((message || []).length) {
			wrapper.html(html_table([__("Row"), __("Field"), __("What is wrong")], message));
		}
	});
}

function html_table(headers, rows) {
	const cells = (values, tag) =>
		values.map((value) => `<${tag}>${frappe.utils.escape_html(String(value ?? ""))}</${tag}>`).join("");
	return `<div class="table-responsive" tabindex="0"><table class="table table-bordered table-sm">
		<thead><tr>${cells(headers, "th")}</tr></thead>
		<tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>`;
}
