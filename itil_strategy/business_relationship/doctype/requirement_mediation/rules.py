"""What a mediation must satisfy, one rule each; the controller calls them in their order."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, formatdate, getdate, now_datetime

from itil_strategy.domain.mediation import Party, find_partiality
from itil_strategy.exceptions import DateOrderError, MediationError, MediationPartyError
from itil_strategy.utils.customers import account_managers, contact_users
from itil_strategy.utils.text import bold
from itil_strategy.utils.translation import translate

MIN_PARTIES, MAX_SCORE = 2, 10
# What may still change once a mediation has ended: when to look at it again.
CHANGEABLE = {"review_date", "notified_on", "modified", "modified_by"}


def set_parties(mediation: Document) -> None:
	"""Two different needs at least; the customer is the one of the need."""
	names = [row.customer_need for row in mediation.parties if row.customer_need]
	needs = {
		row.name: row
		for row in frappe.get_all(
			"Customer Need",
			{"name": ("in", [*names, ""])},
			["name", "customer", "it_service"],
			limit=0,
		)
	}
	mediation.needs = needs
	for row in mediation.parties:
		if names.count(row.customer_need) > 1:
			_refuse_row(row, _("{0} is listed twice. Keep one row.").format(bold(row.customer_need)))
		if row.customer_need in needs:
			row.customer = needs[row.customer_need].customer
	if len(names) < MIN_PARTIES:
		_refuse(_("A mediation is between two needs at least. Add the other one."), _("Parties"))


def validate_parties_stay(mediation: Document) -> None:
	"""Taking a need out of the mediation would free it past BR-4."""
	before = mediation.get_doc_before_save()
	gone = {row.customer_need for row in before.parties} - set(mediation.needs) if before else set()
	if gone:
		_refuse(
			_("{0} is a party and stays. Withdraw the mediation if there is no conflict.").format(
				bold(", ".join(sorted(gone)))
			),
			_("Parties"),
		)


def set_service(mediation: Document) -> None:
	services = {need.it_service for need in mediation.needs.values()}
	if not mediation.it_service and len(services) == 1:
		mediation.it_service = services.pop()


def validate_ended(mediation: Document) -> None:
	"""History stays."""
	before = mediation.get_doc_before_save()
	if not before or before.status == "Open" or mediation.flags.moved_by:
		return
	stored, now = _content(before), _content(mediation)
	if stored != now:
		_refuse(
			_("{0} is {1} and stays as it is. Only the review date may change.").format(
				bold(mediation.name), _(before.status)
			),
			_("Mediation Ended"),
		)


def validate_options(mediation: Document) -> None:
	titles = [cstr(row.option_title).strip() for row in mediation.options]
	for row in mediation.options:
		if titles.count(cstr(row.option_title).strip()) > 1:
			_refuse_row(row, _("{0} is listed twice. Keep one row.").format(bold(row.option_title)))
	customers = {row.customer for row in mediation.parties}
	seen = set()
	for row in mediation.scores:
		if row.option_title not in titles:
			_refuse_row(
				row, _("{0} is not listed under Options. Add it there.").format(bold(row.option_title))
			)
		if row.customer not in customers:
			_refuse_row(row, _("{0} is no party. Choose one of them.").format(bold(row.customer)))
		if not 0 <= int(row.score or 0) <= MAX_SCORE:
			_refuse_row(row, _("Score {0} is not between 0 and {1}.").format(row.score, MAX_SCORE))
		if (row.option_title, row.customer) in seen:
			_refuse_row(row, _("{0} scored this option already. Keep one row.").format(bold(row.customer)))
		seen.add((row.option_title, row.customer))
	if mediation.chosen_option and mediation.chosen_option not in titles:
		_refuse(
			_("{0} is not listed under Options. Add it there or empty {1}.").format(
				bold(mediation.chosen_option), bold(_("Chosen Option"))
			),
			_("Chosen Option"),
		)


def clear_stale_answers(mediation: Document) -> None:
	"""An answer belongs to the decision it was given to: another decision is asked about again."""
	before = mediation.get_doc_before_save()
	if not before or _decision(before) == _decision(mediation):
		return
	given = {row.customer_need: row.answer for row in before.parties if row.answer}
	cleared = [row for row in mediation.parties if row.answer and row.answer == given.get(row.customer_need)]
	for row in cleared:
		row.answer = ""
	if cleared:
		frappe.msgprint(
			_("The decision changed, so {0} answers to the former one were removed.").format(len(cleared)),
			indicator="orange",
			alert=True,
		)


def stamp_answers(mediation: Document) -> None:
	before = {row.name: row for row in (mediation.get_doc_before_save() or {}).get("parties") or []}
	for row in mediation.parties:
		known = before.get(row.name)
		if row.answer and not cstr(mediation.decision).strip():
			_refuse_row(row, _("There is no decision yet to answer to. Write it down first."))
		if not row.answer:
			row.answered_on = row.answered_by = None
		elif not known or known.answer != row.answer:
			row.answered_on, row.answered_by = now_datetime(), frappe.session.user
		else:
			row.answered_on, row.answered_by = known.answered_on, known.answered_by


def validate_review_date(mediation: Document) -> None:
	if mediation.has_value_changed("review_date"):
		mediation.notified_on = None
	decided_on = mediation.decided_on or getdate()
	if (
		mediation.review_date
		and mediation.has_value_changed("review_date")
		and getdate(mediation.review_date) < getdate(decided_on)
	):
		frappe.throw(
			_("Review Date ({0}) is before the decision ({1}). Choose a later day.").format(
				formatdate(mediation.review_date), formatdate(decided_on)
			),
			DateOrderError,
			title=_("Dates the Wrong Way Round"),
		)


def validate_decision(mediation: Document) -> None:
	if not cstr(mediation.decision).strip():
		_refuse(
			_("Fill in {0}: it is what the parties answer to.").format(bold(_("Decision"))),
			_("Decision Missing"),
		)


def validate_decider(mediation: Document, decider: str) -> None:
	"""An enabled desk user on nobody's side (BR-3)."""
	user = frappe.db.get_value("User", decider, ["enabled", "user_type"], as_dict=True)
	if not user or not user.enabled or user.user_type != "System User":
		_refuse(
			_("{0} is no enabled desk user. Choose another person under Decided By.").format(bold(decider)),
			_("Decided By"),
		)
	partiality = find_partiality(decider, load_parties(mediation))
	if partiality:
		frappe.throw(
			_("{0} is a party and cannot decide: {1} Choose somebody else under Decided By.").format(
				bold(decider), frappe.utils.escape_html(translate(partiality))
			),
			MediationPartyError,
			title=_("Decider Is a Party"),
		)


def load_parties(mediation: Document) -> list[Party]:
	"""The needs with the people on their side, in three queries."""
	customers = {row.customer for row in mediation.parties}
	users, managers = contact_users(customers), account_managers(customers)
	raisers = dict(
		frappe.get_all(
			"Customer Need",
			{"name": ("in", [row.customer_need for row in mediation.parties])},
			["name", "raised_by"],
			limit=0,
			as_list=True,
		)
	)
	return [
		Party(
			row.customer_need,
			row.customer,
			raisers.get(row.customer_need),
			frozenset(users.get(row.customer, ())),
			managers.get(row.customer),
		)
		for row in mediation.parties
	]


def validate_answers(mediation: Document) -> None:
	"""Read with a lock: the answers of this moment, not those of the start of the transaction."""
	party = frappe.qb.DocType("Mediation Party")
	rows = (
		frappe.qb.from_(party)
		.select(party.customer, party.customer_need, party.answer)
		.where((party.parent == mediation.name) & (party.parenttype == mediation.doctype))
		.orderby(party.idx)
		.for_update()
	).run()
	missing = [_("{0} ({1})").format(customer, need) for customer, need, answer in rows if not answer]
	if missing:
		_refuse(
			_("These parties have not answered to the decision yet: {0}. Record each answer.").format(
				bold(", ".join(missing))
			),
			_("Answers Missing"),
		)


def _decision(mediation: Document) -> tuple[str, str]:
	return cstr(mediation.decision).strip(), cstr(mediation.chosen_option).strip()


def _content(mediation: Document) -> dict:
	content = {}
	for df in mediation.meta.fields:
		if df.fieldname in CHANGEABLE or df.fieldtype in ("Section Break", "Column Break", "Tab Break"):
			continue
		value = mediation.get(df.fieldname)
		if df.fieldtype == "Table":
			fields = [field.fieldname for field in frappe.get_meta(df.options).fields]
			value = [tuple(cstr(row.get(field)) for field in fields) for row in value or []]
		content[df.fieldname] = value if isinstance(value, list) else cstr(value)
	return content


def _refuse(message: str, title: str) -> None:
	frappe.throw(message, MediationError, title=title)


def _refuse_row(row: Document, message: str) -> None:
	frappe.throw(_("Row #{0}: {1}").format(row.idx, message), MediationError, title=_("Mediation"))
