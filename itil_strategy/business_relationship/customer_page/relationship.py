"""What a customer asked for, where it conflicts, what changes around it, and when we meet."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from itil_strategy.business_relationship.customer_page.view import Row, Section, View
from itil_strategy.domain.needs import DRAFT, OPEN_STATES
from itil_strategy.utils.relationship import (
	find_changes_of_customer,
	find_mediations_of_customer,
	open_mediations_of,
)
from itil_strategy.utils.report_parts import card


def needs(view: View) -> Section:
	"""Open needs, and those that were answered since the window began."""
	found = [
		row
		for row in frappe.get_all(
			"Customer Need",
			{"customer": view.customer, "status": ("!=", DRAFT)},
			[
				"name",
				"need_title",
				"it_service",
				"status",
				"wsjf_score",
				"size",
				"submitted_on",
				"creation",
				"confirmed_on",
				"declined_on",
			],
			order_by="submitted_on desc, name desc",
			limit=0,
		)
		if view.sees([row.it_service])
	]
	mediations = open_mediations_of([row.name for row in found])
	rows = [
		{
			"label": row.need_title,
			"it_service": row.it_service,
			"status": row.status,
			"date": getdate(row.submitted_on or row.creation),
			"score": row.wsjf_score if row.size else None,
			"details": _("In mediation: {0}").format(", ".join(mediations[row.name]))
			if row.name in mediations
			else "",
			"reference_doctype": "Customer Need",
			"reference": row.name,
		}
		for row in sorted(found, key=lambda row: row.status not in OPEN_STATES)
		if not (closed := row.confirmed_on or row.declined_on) or getdate(closed) >= view.months[0]
	]
	opened = sum(row["status"] in OPEN_STATES for row in rows)
	return Section(_("Needs"), rows, [card(_("Open Needs"), opened, "Blue")])


def mediations(view: View) -> Section:
	"""Open mediations in which the customer has a need."""
	rows = [
		{
			"label": row.mediation_title,
			"it_service": next(filter(None, row.services), None),
			"status": row.kind,
			"date": getdate(row.creation),
			"details": row.conflict,
			"reference_doctype": "Requirement Mediation",
			"reference": row.name,
		}
		for row in find_mediations_of_customer(view.customer)
		if view.sees(row.services)
	]
	return Section(
		_("Open Mediations"), rows, [card(_("In Mediation"), len(rows), "Red" if rows else "Green")]
	)


def changes(view: View) -> Section:
	"""What changes around the customer, or touches its needs, until it is closed."""
	rows = [
		{
			"label": row.change_title,
			"it_service": next((name for name in row.services if view.sees([name])), None),
			"status": row.status,
			"date": row.watch_date,
			"is_overdue": int(bool(row.watch_date) and row.watch_date <= view.today),
			"details": ", ".join(_(text) for text in (row.likelihood, row.horizon) if text),
			"reference_doctype": "Environment Change",
			"reference": row.name,
		}
		for row in find_changes_of_customer(view.customer)
		if view.sees(row.services)
	]
	return Section(_("Environment Changes"), rows)


def reviews(view: View) -> Section | None:
	"""The last review and the next one; service owners do not read reviews."""
	if view.services is not None:
		return None
	found = frappe.get_all(
		"Relationship Review",
		{"customer": view.customer, "status": ("!=", "Cancelled")},
		["name", "status", "review_date", "next_review", "satisfaction"],
		order_by="review_date asc, creation asc",
		limit=0,
	)
	held = [row for row in found if row.status == "Held"]
	planned = next((row for row in found if row.status == "Planned"), None)
	rows, cards = [], []
	if held:
		said = _("Satisfaction {0} of 5").format(held[-1].satisfaction) if held[-1].satisfaction else ""
		rows.append(_review_row(_("Last Review"), held[-1].name, held[-1].review_date, details=said))
	due = planned.review_date if planned else held[-1].next_review if held else None
	if due:
		name = planned.name if planned else held[-1].name
		is_overdue = due < view.today
		details = _("Overdue") if is_overdue else "" if planned else _("Not planned yet")
		rows.append(_review_row(_("Next Review"), name, due, is_overdue, details))
		cards.append(card(_("Next Review"), formatdate(due), "Red" if is_overdue else "Green"))
	return Section(_("Reviews"), rows, cards)


def _review_row(label: str, name: str, day: date, is_overdue: bool = False, details: str = "") -> Row:
	return {
		"label": label,
		"date": day,
		"is_overdue": int(is_overdue),
		"details": details,
		"reference_doctype": "Relationship Review",
		"reference": name,
	}
