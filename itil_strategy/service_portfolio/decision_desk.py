"""What the form of a decision asks before anything is stored."""

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.gates import CHECKS
from itil_strategy.domain.portfolio import StageMoveError
from itil_strategy.domain.retirement_settings import INDICATORS
from itil_strategy.service_portfolio.gates.describe import result_row
from itil_strategy.service_portfolio.gates.judge import judge_services
from itil_strategy.service_portfolio.stages import load_stage_book


@frappe.whitelist()
def get_gate(
	it_service: str,
	outcome: str,
	to_stage: str | None = None,
	successor: str | None = None,
	is_existing: bool = False,
) -> list[dict]:
	"""The requirements that the outcome would have to meet today; empty when no stage is entered."""
	frappe.has_permission("IT Service", "read", doc=it_service, throw=True)
	stage, state = frappe.db.get_value("IT Service", it_service, ["stage", "decision_state"])
	book = load_stage_book()
	try:
		if is_existing:
			move = book.take_over(stage, to_stage, has_history=False)
		else:
			move = book.move(stage, outcome, to_stage, state)
	except StageMoveError:
		return []
	if not move.is_forward:
		return []
	gate = judge_services(
		{it_service: move.to_stage},
		getdate(),
		named_successors={it_service: successor} if successor else None,
	)[it_service]
	return [result_row(result) for result in gate.results]


@frappe.whitelist()
def get_indicators() -> dict[str, dict]:
	"""Names, units and sources of the indicators in a retirement analysis."""
	frappe.has_permission("Portfolio Decision", "read", throw=True)
	return {
		key: {"label": _(indicator.label), "unit": _(indicator.unit), "source": _(indicator.source)}
		for key, indicator in INDICATORS.items()
	}


@frappe.whitelist()
def get_checks() -> list[str]:
	"""The checks that a stage can ask for."""
	frappe.has_permission("Service Pipeline Stage", "read", throw=True)
	return list(CHECKS)
