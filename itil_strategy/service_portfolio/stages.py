"""The pipeline stages and their requirements, as plain values."""

from collections import defaultdict

import frappe

from itil_strategy.domain.gates import Requirement
from itil_strategy.domain.portfolio import Stage, StageBook


def load_stage_book() -> StageBook:
	"""All stages in their order."""
	rows = frappe.get_all(
		"Service Pipeline Stage", fields=["name", "phase", "stage_order"], order_by="stage_order asc", limit=0
	)
	return StageBook([Stage(row.name, row.phase, row.stage_order) for row in rows])


def lock_service(name: str) -> None:
	"""Hold the row of the service until the end of the transaction."""
	frappe.db.get_value("IT Service", name, "name", for_update=True)


def load_requirements() -> dict[str, list[Requirement]]:
	"""Requirements per stage in their order."""
	requirements: dict[str, list[Requirement]] = defaultdict(list)
	for row in frappe.get_all(
		"Stage Requirement",
		{"parenttype": "Service Pipeline Stage"},
		["parent", "gate_check", "level"],
		order_by="parent asc, idx asc",
		limit=0,
	):
		requirements[row.parent].append(Requirement(row.gate_check, row.level))
	return requirements
