"""Business cases of the sample organisation: one approved with its funds, others in review that compete for money."""

import json
from collections.abc import Iterable
from datetime import date

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_months, getdate, today

from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.people import acting_as

CASE, CEILING, ROUND = "Business Case", "Budget Ceiling", "Investment Round"
VALID_MONTHS = 6


def load_cases(files: SampleFiles) -> int:
	"""What is missing of them, with the years and ceilings that fund them and the round; answers how many were made."""
	content = json.loads(files.content("business_cases.json"))
	for row in carried_over(content["ceilings"], getdate()):
		_make_ceiling(files, row)
	made = sum(_make_case(files, row) for row in content["cases"])
	for row in content.get("rounds", ()):
		_make_round(files, row)
	return made


def carried_over(ceilings: Iterable[dict], today: date) -> list[dict]:
	"""The ceilings, those of years that are over added to the current one: so long the plan is funded from it."""
	rows = [dict(row) for row in ceilings]
	for service in dict.fromkeys(row["service"] for row in rows):
		own = [row for row in rows if row["service"] == service]
		late = sum(row["amount"] for row in own if int(row["year_start"][:4]) < today.year)
		current = next((row for row in own if int(row["year_start"][:4]) == today.year), None)
		if late and not current:
			current = {"service": service, "year_start": f"{today.year}-01-01", "amount": 0}
			rows.append(current)
		if late:
			current["amount"] += late
	return rows


def _make_ceiling(files: SampleFiles, row: dict) -> None:
	values = {
		"company": files.company["company"],
		"fiscal_year": ensure_year(row["year_start"]),
		"ceiling_for": "IT Service",
		"it_service": row["service"],
	}
	if not frappe.db.exists(CEILING, values):
		frappe.get_doc({"doctype": CEILING, **values, "amount": row["amount"], "action": "Warn"}).insert()


def _make_round(files: SampleFiles, row: dict) -> None:
	values = {"company": files.company["company"], "round_title": row["round_title"]}
	if not frappe.db.exists(ROUND, values):
		budgets = [
			{"fiscal_year": ensure_year(budget["year_start"]), "amount": budget["amount"]}
			for budget in row["budgets"]
		]
		frappe.get_doc(
			{"doctype": ROUND, **values, "budgets": budgets, "capacities": row["capacities"]}
		).insert()


def ensure_year(start: str) -> str:
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
	if row.get("reject"):
		frappe.db.set_value(CASE, case.name, "rejection_reason", row["reject"], update_modified=False)
		_take(case.name, "Reject", row["approved_by"])
	if row["approve"]:
		_take(case.name, "Secure Funds", row["submitted_by"])
		_take(case.name, "Approve", row["approved_by"])
	return True


def _take(case: str, action: str, user: str) -> None:
	with acting_as(user):
		apply_workflow(frappe.get_doc(CASE, case).as_json(), action)
