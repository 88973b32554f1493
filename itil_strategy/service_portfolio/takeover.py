"""Take over services that were in use before they were recorded here: one decision each, in one go."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.gates import open_stops
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.gates.judge import judge_services

MAX_SERVICES = 200


@frappe.whitelist(methods=["POST"])
def take_over_services(
	services: list[str] | str,
	to_stage: str,
	rationale: str,
	operational_from: str | None = None,
	waive_until: str | None = None,
	waiver_reason: str | None = None,
) -> dict:
	"""Submit a decision for each service that brings it to the stage where it is.

	`waive_until` and `waiver_reason` set aside what a service does not show yet, up to that day. Answers
	{"done": [decision], "failed": [{"service", "message"}]}; a service that fails does not hold up others.
	"""
	frappe.has_permission("Portfolio Decision", "submit", throw=True)
	names = list(dict.fromkeys(frappe.parse_json(services)))
	if not names or len(names) > MAX_SERVICES:
		frappe.throw(
			_("Choose 1 to {0} services at a time; there are {1}.").format(MAX_SERVICES, len(names)),
			ServiceStrategyError,
			title=_("Take Over"),
		)
	missing = _missing_checks(names, to_stage) if waive_until else {}
	done, failed = [], []
	for name in names:
		waivers = [
			{"gate_check": check, "reason": waiver_reason, "expires_on": waive_until}
			for check in missing.get(name, ())
		]
		frappe.db.savepoint("take_over")
		try:
			done.append(_take_over(name, to_stage, rationale, operational_from, waivers))
		except (frappe.ValidationError, frappe.PermissionError) as error:
			frappe.db.rollback(save_point="take_over")
			failed.append({"service": name, "message": str(error)})
			frappe.clear_last_message()
	return {"done": done, "failed": failed}


def _take_over(
	service: str, to_stage: str, rationale: str, operational_from: str | date | None, waivers: list[dict]
) -> str:
	decision = frappe.get_doc(
		{
			"doctype": "Portfolio Decision",
			"it_service": service,
			"outcome": "Proceed",
			"is_existing": 1,
			"to_stage": to_stage,
			"operational_from": operational_from,
			"rationale": rationale,
			"waivers": waivers,
		}
	)
	decision.insert()
	decision.submit()
	return decision.name


def _missing_checks(services: list[str], to_stage: str) -> dict[str, list[str]]:
	"""What each service lacks for the stage; unknown services are left for the decision to refuse."""
	known = frappe.get_all("IT Service", {"name": ("in", services)}, pluck="name", limit=0)
	gates = judge_services(dict.fromkeys(known, to_stage), getdate())
	return {name: [result.check for result in open_stops(gate.results)] for name, gate in gates.items()}
