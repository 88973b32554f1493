"""Business cases of the sample organisation: one approved with its funds, one in review."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_months, today

from itil_strategy.setup.demo.files import SampleFiles

CASE, CEILING = "Business Case", "Budget Ceiling"
VALID_MONTHS = 6


def load_cases(files: SampleFiles) -> int:
	"""What is missing of them, with the years and ceilings that fund them; answers how many were made."""
	content = json.loads(files.content("business_cases.json"))
	for row in content["ceilings"]:
		_make_ceiling(files, row)
	return sum(_make_case(files, row) for row in content["cases"])


def _make_ceiling(files: SampleFiles, row: dict) -> None:
	values = {
		"company": files.company["company"],
		"fiscal_year": _ensure_year(row["year_start"]),
		"ceiling_for": "IT Service",
		"it_service": row["service"],
	}
	if not frappe.db.exists(CEILING, values):
		frappe.get_doc({"doctype": CEILING, **values, "amount": row["amount"], "action": "Warn"}).insert()


def _ensure_year(start: str) -> str:
	"""The fiscal year that starts on the day; a case spends in years that nobody has opened yet."""
	name = frappe.db.get_value("Fiscal Year", {"year_start_date": start})
	return name or (
		frappe.get_doc(
			{
				"doctype": "Fiscal Year",
				"year": start[:4],
				"year_start_date": start,
				"year_end_date": f"{start[:4]}-12-31",
			}
		)
		.insert()
		.name
	)


def _make_case(files: SampleFiles, row: dict) -> bool:
	"""By the steps that people take, each by somebody who may."""
	values = {"company": files.company["company"], **row["values"]}
	if frappe.db.exists(CASE, {key: values[key] for key in ("company", "case_title")}):
		return False
	case = frappe.get_doc(
		{
			"doctype": CASE,
			**values,
			"case_owner": "Administrator",
			"valid_until": max(values["start_date"], add_months(today(), VALID_MONTHS)),
		}
	).insert()
	_take(case.name, "Submit for Review", row["submitted_by"])
	if row["approve"]:
		_take(case.name, "Secure Funds", row["submitted_by"])
		_take(case.name, "Approve", row["approved_by"])
	return True


def _take(case: str, action: str, user: str) -> None:
	with _acting_as(user):
		apply_workflow(frappe.get_doc(CASE, case).as_json(), action)


@contextmanager
def _acting_as(user: str) -> Iterator[None]:
	before = frappe.session.user
	frappe.set_user(user)  # nosemgrep: nobody approves the own case
	try:
		yield
	finally:
		frappe.set_user(before)  # nosemgrep: as above
