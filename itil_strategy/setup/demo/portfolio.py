"""What the sample organisation says about its services: objectives, outcomes, dependencies, fit, successors."""

from collections import defaultdict

import frappe
from frappe.utils import cint, flt

from itil_strategy.setup.demo.files import SampleFiles


def load_portfolio(files: SampleFiles) -> None:
	"""Objectives that are missing, and the rows of services that have none of the kind yet."""
	for row in files.table("objectives"):
		if not frappe.db.exists("Strategic Objective", row["objective"]):
			frappe.get_doc(
				{
					"doctype": "Strategic Objective",
					"objective_name": row["objective"],
					"weight": flt(row["weight"]),
					"horizon": row["horizon"],
					"is_active": 1,
				}
			).insert(ignore_permissions=True)
	rows = _rows_by_service(files)
	successors = {row["service"]: row["successor"] for row in files.table("services") if row["successor"]}
	for service in sorted(rows.keys() | successors.keys()):
		_complete_service(service, rows.get(service, {}), successors.get(service))


def _rows_by_service(files: SampleFiles) -> dict[str, dict[str, list[dict]]]:
	"""Child rows per service and table."""
	rows: dict[str, dict[str, list[dict]]] = defaultdict(lambda: defaultdict(list))
	for row in files.table("outcomes"):
		rows[row["service"]]["outcomes"].append(
			{
				"strategic_objective": row["objective"],
				"contribution": flt(row["contribution"]),
				"evidence": row["evidence"],
			}
		)
	for row in files.table("dependencies"):
		rows[row["service"]]["dependencies"].append(
			{
				"depends_on": row["depends_on"],
				"share": flt(row["share"]),
				"is_critical": cint(row["critical"] == "yes"),
			}
		)
	for row in files.table("fits"):
		rows[row["service"]]["fit_assessments"].append(
			{field: row[field] for field in ("kind", "score", "assessed_on", "comment")}
		)
	return rows


def _complete_service(service: str, tables: dict[str, list[dict]], successor: str | None) -> None:
	"""Save the service only when something was missing."""
	doc = frappe.get_doc("IT Service", service)
	missing = {table: rows for table, rows in tables.items() if not doc.get(table)}
	if not missing and (doc.successor or not successor):
		return
	for table, rows in missing.items():
		doc.extend(table, rows)
	doc.successor = doc.successor or successor
	doc.save(ignore_permissions=True)
