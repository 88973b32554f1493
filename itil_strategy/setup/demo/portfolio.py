"""What the sample organisation says about its services: objectives, outcomes, dependencies, fit, successors."""

from collections import defaultdict

import frappe
from frappe.utils import add_days, cint, flt, today

from itil_strategy.domain.gates import FAILED, STOP
from itil_strategy.setup.demo.files import SampleFiles

PAPER = "Decided on paper before the app was used; the evidence follows"
WAIVED_DAYS = 90
# Cost centers whose services have the same owner as ideas.
INFRASTRUCTURE, OTHERS = "Service Operations", "Applications"


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
	for row in files.table("pipeline"):
		_load_idea(row, files.company)


def _load_idea(row: dict[str, str], company: dict) -> None:
	"""A service of the pipeline, brought to its stage by a decision as anywhere else."""
	if frappe.db.exists("IT Service", row["service"]):
		return
	stages = frappe.get_all("Service Pipeline Stage", pluck="name", order_by="stage_order asc")
	doc = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": row["service"],
			"service_name": row["name"],
			"service_type": row["type"],
			"category": row["category"],
			"investment_class": row["investment_class"],
			"value_proposition": row["description"],
			"service_owner": company["owners"][
				INFRASTRUCTURE if row["category"] == "Infrastructure" else OTHERS
			],
			"stage_plan": [
				{"stage": stages[stages.index(row["stage"]) + 1], "planned_date": row["next_planned"]}
			],
		}
	)
	if row["objective"]:
		doc.append(
			"outcomes", {"strategic_objective": row["objective"], "contribution": flt(row["contribution"])}
		)
	doc.insert(ignore_permissions=True)
	if row["stage"] != stages[0]:
		decide(doc.name, "Proceed", f"Taken over from the plan of {company['company']}", row["stage"])
	if row["decision"]:
		decide(doc.name, row["decision"], row["reason"])


def decide(service: str, outcome: str, rationale: str, to_stage: str | None = None) -> None:
	"""Submit a decision; one that was taken on paper waives what the gate misses."""
	decision = frappe.get_doc(
		{
			"doctype": "Portfolio Decision",
			"it_service": service,
			"outcome": outcome,
			"rationale": rationale,
			"deviation_reason": None if to_stage else rationale,
			"is_existing": int(bool(to_stage)),
			"to_stage": to_stage,
		}
	)
	decision.insert(ignore_permissions=True)
	# What was decided on paper, before the app asked for evidence.
	for row in decision.gate_results:
		if row.result == FAILED and row.level == STOP:
			waiver = {"reason": PAPER, "expires_on": add_days(today(), WAIVED_DAYS)}
			decision.append("waivers", {"gate_check": row.gate_check, **waiver})
	decision.submit()


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
