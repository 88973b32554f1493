"""Totals never depend on who looks; rows do (design: who sees what).

A desk report fetches the whole filtered set and sums it, then folds the rows outside the viewer's scope
into one row that says how many there are. Frappe would drop such rows silently and total the rest.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions

from itil_strategy.utils.costing import require_service_dimension
from itil_strategy.utils.money import to_decimal

MIN_RECORDS_SHOWN_AS_SUM = 3
Row = dict


def allowed_values(doctypes: set[str], report_doctype: str, user: str | None = None) -> dict[str, set[str]]:
	"""What user permissions restrict the viewer to, per doctype; unrestricted doctypes are left out."""
	permissions = get_user_permissions(user or frappe.session.user)
	allowed = {}
	for doctype in doctypes & permissions.keys():
		values = {
			permission.get("doc")
			for permission in permissions[doctype]
			if permission.get("applicable_for") in (None, "", report_doctype)
		}
		if values:
			allowed[doctype] = values
	return allowed


def require_company(company: str, report_doctype: str) -> None:
	"""A viewer who is limited to some companies gets no figures of another, totals included."""
	allowed = allowed_values({"Company"}, report_doctype).get("Company")
	if allowed is not None and company not in allowed:
		frappe.throw(
			_("You are not permitted to see {0}. Choose a company of yours.").format(frappe.bold(company)),
			frappe.PermissionError,
			title=_("Company Not Permitted"),
		)


def require_ledger(company: str, report_doctype: str) -> None:
	"""The same, of a report that reads what services cost: refused where the ledger does not tell."""
	require_company(company, report_doctype)
	require_service_dimension()


def readable_columns(columns: list[dict]) -> list[dict]:
	"""Links that the viewer may not open become text: Frappe refuses the whole report otherwise.

	What rows the viewer sees is decided by `fold_hidden_rows`, before.
	"""
	for column in columns:
		if column["fieldtype"] == "Link" and not frappe.has_permission(column["options"], "read"):
			column.update(fieldtype="Data", options="")
		elif column["fieldtype"] == "Dynamic Link" and not frappe.has_permission("Journal Entry", "read"):
			column.update(fieldtype="Data", options="")
	return columns


def fold_hidden_rows(
	rows: Sequence[Row],
	links: Mapping[str, str],
	measures: Sequence[str],
	label_field: str,
	report_doctype: str,
	services: set[str] | None = None,
) -> list[Row]:
	"""The visible rows, and one row for all others with their sums.

	`links` maps columns to their doctype; `services` names the visible ones where the caller knows better. The sums stay blank when fewer than three records are hidden:
	they would tell what one of them is.
	"""
	allowed = allowed_values(set(links.values()), report_doctype)
	if services is not None:
		allowed["IT Service"] = services
	if not allowed.keys() & set(links.values()):
		return list(rows)
	visible, hidden = [], []
	for row in rows:
		shown = all(
			not row.get(column) or row[column] in allowed[doctype]
			for column, doctype in links.items()
			if doctype in allowed
		)
		(visible if shown else hidden).append(row)
	if not hidden:
		return visible
	folded: Row = {label_field: _("Not shown ({0} records)").format(len(hidden)), "is_folded": 1}
	if len(hidden) >= MIN_RECORDS_SHOWN_AS_SUM:
		folded.update(sum_measures(hidden, measures))
	return [*visible, folded]


def permitted_rows(rows: Sequence[Row], links: Mapping[str, str], report_doctype: str) -> list[Row]:
	"""The rows within the viewer's user permissions, for files and papers that have no place for a folded row."""
	allowed = allowed_values(set(links.values()), report_doctype)
	return [
		row
		for row in rows
		if all(
			not row.get(column) or row[column] in allowed[doctype]
			for column, doctype in links.items()
			if doctype in allowed
		)
	]


def total_row(rows: Sequence[Row], measures: Sequence[str], label_field: str) -> Row:
	"""The total of all rows, whoever looks."""
	return {label_field: _("Total"), "is_total": 1, "bold": 1, **sum_measures(rows, measures)}


def sum_measures(rows: Sequence[Row], measures: Sequence[str]) -> Row:
	"""Exact sums by measure."""
	return {
		measure: float(sum(map(to_decimal, filter(None, [row.get(measure) for row in rows])), Decimal(0)))
		for measure in measures
	}
