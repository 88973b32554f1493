"""Budgets of the sample organisation: a plan per service, ceilings, and one transfer between services."""

from itertools import groupby

import frappe
from frappe import _
from frappe.utils import flt

from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.utils.budget_ceilings import COST_CENTER, NAMED_BY


def load_budgets(files: SampleFiles) -> int:
	"""What is missing of them; answers how many budgets were made."""
	rows = sorted(files.table("budgets"), key=_key_of)
	made = sum(_make_budget(files, *key, list(group)) for key, group in groupby(rows, _key_of))
	for row in files.table("ceilings"):
		_make_ceiling(files, row)
	for row in files.table("budget_transfers"):
		_make_transfer(files, row)
	return made


def _key_of(row: dict[str, str]) -> tuple[str, str]:
	return row["service"], row.get("year_start", "")


def _of_year(files: SampleFiles, start: str = "") -> dict[str, str]:
	"""The fiscal year that starts on the day; the sample's own without one."""
	year = frappe.db.get_value(
		"Fiscal Year", {"year_start_date": start or files.company["fiscal_year"]["start"]}
	)
	return {"company": files.company["company"], "fiscal_year": year}


def _make_budget(files: SampleFiles, service: str, start: str, rows: list[dict[str, str]]) -> bool:
	values = {**_of_year(files, start), "it_service": service}
	if frappe.db.exists("Service Budget", {**values, "docstatus": ("<", 2)}):
		return False
	budget = frappe.get_doc({"doctype": "Service Budget", **values, "notes": _("Same amount every month")})
	for row in rows:
		budget.spread_amount(files.with_abbr(row["account"]), flt(row["amount"]))
	budget.insert()
	budget.submit()
	return True


def _make_ceiling(files: SampleFiles, row: dict[str, str]) -> None:
	name = files.with_abbr(row["name"]) if row["kind"] == COST_CENTER else row["name"]
	values = {**_of_year(files), "ceiling_for": row["kind"], NAMED_BY[row["kind"]]: name}
	if not frappe.db.exists("Budget Ceiling", values):
		frappe.get_doc(
			{"doctype": "Budget Ceiling", **values, "amount": flt(row["amount"]), "action": row["action"]}
		).insert()


def _make_transfer(files: SampleFiles, row: dict[str, str]) -> None:
	values = {**_of_year(files), "from_service": row["from_service"], "to_service": row["to_service"]}
	if frappe.db.exists("Budget Transfer", {**values, "docstatus": ("<", 2)}):
		return
	frappe.get_doc(
		{
			"doctype": "Budget Transfer",
			**values,
			"from_account": files.with_abbr(row["from_account"]),
			"to_account": files.with_abbr(row["to_account"]),
			"amount": flt(row["amount"]),
			"transfer_date": row["date"],
			"reason": row["reason"],
		}
	).insert().submit()
