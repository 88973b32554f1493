frappe.ui.form.on("Survey Response", {
	refresh(frm) {
		// What customers wrote is plain text, whatever it looks like.
		const escape = (text) =>
			frappe.utils.replace_newlines(frappe.utils.escape_html(frappe.utils.unescape_html(text || "")));
		const rows = (frm.doc.answers || []).map(
			(row) => `<tr><td>${escape(row.question)}</td>
				<td>${escape(row.raw_value)}</td>
				<td class="text-right">${row.is_scored ? format_number(row.score, null, 1) : ""}</td>
				<td>${escape(row.comment)}</td></tr>`
		);
		frm.get_field("answers_html").$wrapper.html(`<div class="table-responsive" tabindex="0"><table class="table table-bordered">
			<thead><tr><th>${__("Question")}</th><th>${__("Answer")}</th><th class="text-right">${__("Score (of 100)")}</th><th>${__("Comment")}</th></tr></thead>
			<tbody>${rows.join("")}</tbody></table></div>`);
	},
});
