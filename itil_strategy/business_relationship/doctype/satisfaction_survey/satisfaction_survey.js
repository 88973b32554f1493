frappe.ui.form.on("Satisfaction Survey", {
	setup(frm) {
		frm.set_query("it_service", "services", () => ({ filters: { phase: ["!=", "Retired"] } }));
		frm.set_query("contact", "contacts", () => ({ filters: { email_id: ["is", "set"] } }));
		frappe.realtime.on("survey_sent", ({ survey }) => {
			if (cur_survey(frm) === survey) frm.reload_doc();
		});
	},

	refresh(frm) {
		if (frm.is_new()) {
			frm.get_field("results_html").$wrapper.empty();
			return;
		}
		add_actions(frm);
		show_results(frm);
	},
});

function cur_survey(frm) {
	return frm.doc && !frm.is_dirty() && frm.doc.name;
}

function add_actions(frm) {
	const may_write = frm.perm[0].write;
	const call = (method) => frm.call(method).then(() => frm.reload_doc());
	if (may_write && frm.doc.state === "Draft") {
		frm.add_custom_button(__("Activate"), () => (frm.is_dirty() ? frm.save() : Promise.resolve()).then(() => call("activate")));
	}
	if (may_write && frm.doc.state === "Active") {
		frm.add_custom_button(__("Send Now"), () => confirm_sending(frm));
		frm.add_custom_button(__("Close"), () =>
			frappe.confirm(__("Nobody is asked or reminded any more, and open links end. Close the survey?"), () =>
				call("close")
			)
		);
	}
	if (frm.doc.state !== "Draft" && frappe.model.can_create(frm.doctype)) {
		frm.add_custom_button(__("New Version"), () =>
			frm
				.call("make_new_version")
				.then(({ message }) => frappe.set_route("Form", frm.doctype, message))
		);
	}
	if (frm.doc.state !== "Draft") {
		for (const doctype of ["Survey Invitation", "Survey Response"]) {
			frm.add_custom_button(
				__(doctype),
				() => frappe.set_route("List", doctype, { survey: frm.doc.name }),
				__("View")
			);
		}
	}
}

function confirm_sending(frm) {
	frm.call("preview_wave").then(({ message }) => {
		const labels = {
			known: __("invited before in this wave"),
			throttled: __("asked by a survey too recently"),
			unsubscribed: __("unsubscribed"),
			without_email: __("contacts without e-mail"),
			without_contact: __("customers without contact"),
		};
		const left_out = Object.keys(labels)
			.filter((reason) => message[reason])
			.map((reason) => `<li>${message[reason]} ${labels[reason]}</li>`);
		const text = `<p>${__("{0} contacts get an e-mail.", [message.invited.toString().bold()])}</p>
			${left_out.length ? `<p>${__("Left out:")}</p><ul>${left_out.join("")}</ul>` : ""}`;
		if (!message.invited) {
			frappe.msgprint({ title: __("Nobody to Ask Now"), message: text, indicator: "orange" });
			return;
		}
		frappe.confirm(text, () =>
			frm.call("send_now").then(() =>
				frappe.show_alert({ message: __("The survey is being sent in the background."), indicator: "blue" })
			)
		);
	});
}

function show_results(frm) {
	const $wrapper = frm.get_field("results_html").$wrapper;
	$wrapper.empty();
	if (frm.doc.state === "Draft") {
		$wrapper.html(`<p class="text-muted">${__("Results appear here once the survey was answered.")}</p>`);
		return;
	}
	frm.call("get_results").then(({ message }) => $wrapper.html((message || []).map(draw_question).join("")));
}

function draw_question(row) {
	const figures = [__("{0} answers", [row.answers])];
	if (row.score != null) figures.push(__("Score {0} of 100", [format_number(row.score, null, 1)]));
	if (row.nps != null) figures.push(__("NPS {0}", [format_number(row.nps, null, 1)]));
	const bars = row.kano
		? Object.entries(row.kano.rates).map(([name, rate]) => [__(name), rate || 0, `${format_number(rate || 0, null, 0)} %`])
		: row.choices.map(({ choice, answers }) => [
				row.kind === "Yes-No" ? __(choice) : choice,
				row.answers ? (100 * answers) / row.answers : 0,
				answers,
			]);
	if (row.kano && row.kano.category) {
		figures.push(__(row.kano.category));
		if (row.kano.better != null) {
			figures.push(
				__("better {0}, worse {1}", [
					format_number(row.kano.better, null, 2),
					format_number(row.kano.worse, null, 2),
				])
			);
		}
	}
	return `<div style="margin-bottom: var(--margin-lg); max-width: 640px">
		<div class="bold">${frappe.utils.escape_html(frappe.utils.unescape_html(row.question))}</div>
		<div class="text-muted small">${figures.join(" · ")}</div>
		<table style="width: 100%">${bars.map(draw_bar).join("")}</table></div>`;
}

function draw_bar([label, percent, value]) {
	return `<tr><td class="small" style="width: 8em">${frappe.utils.escape_html(String(label))}</td>
		<td><div style="background: var(--gray-200); border-radius: 3px"><div style="width: ${percent}%; height: 10px; border-radius: 3px; background: var(--blue-500, #2490ef)"></div></div></td>
		<td class="small text-right" style="width: 5em">${value}</td></tr>`;
}
