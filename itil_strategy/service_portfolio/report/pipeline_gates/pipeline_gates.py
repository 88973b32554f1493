"""Pipeline Gates: what each service lacks to move on, and waivers that expired or soon will (SP-2, SP-3)."""

from collections import Counter
from datetime import timedelta
from functools import cache

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.gates import CHECKS, FAILED, STOP, WAIVED, GateResult, open_stops
from itil_strategy.domain.portfolio import ACTIVE, PIPELINE, RETIRED
from itil_strategy.domain.stage_history import entered_on, is_overdue
from itil_strategy.service_portfolio.gates.judge import Gate, StoredWaiver, judge_services
from itil_strategy.service_portfolio.records import load_days_allowed, load_services, load_stage_changes
from itil_strategy.service_portfolio.stages import load_stage_book
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns
from itil_strategy.utils.translation import translate

EXPIRED, ENDS_SOON, NOTHING_ASKED = "Waiver expired", "Waiver ends soon", "Nothing asked"
MISSING = (FAILED, EXPIRED, ENDS_SOON)
SOON = timedelta(days=30)
SERVICE_FIELDS = ("name", "service_name", "service_owner", "stage", "phase", "decision_state", "creation")


def execute(filters: dict | None = None):
	return PipelineGates(plain_filters(filters)).run()


class PipelineGates:
	"""Judges all services at once at the gate of their next stage."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.today = getdate()

	def run(self):
		self.fetch()
		rows = [row for service in self.services for row in self.make_rows(service)]
		if self.filters.gate_check:
			rows = [row for row in rows if row["gate_check"] == self.filters.gate_check]
		shown = [row for row in rows if row["result"] in MISSING] if self.filters.only_missing else rows
		columns = self.columns()
		return (
			readable_columns(columns),
			fold_hidden_rows(shown, link_columns(columns), (), "description", "IT Service"),
			None,
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def fetch(self) -> None:
		self.book = load_stage_book()
		services = load_services(
			{"stage": self.filters.stage, "service_owner": self.filters.service_owner}, SERVICE_FIELDS
		)
		order = {stage.name: stage.order for stage in self.book.stages}
		self.services = sorted(
			(
				service
				for service in services
				if service.phase != RETIRED
				and (service.decision_state == ACTIVE or self.filters.include_waiting)
			),
			key=lambda item: (order.get(item.stage, 0), item.name),
		)
		self.days_allowed = load_days_allowed()
		self.changes = load_stage_changes()
		leaving = set(
			frappe.get_all("Service Retirement", {"docstatus": ("<", 2)}, pluck="it_service", limit=0)
		)
		next_stage = cache(self.next_stage)
		targets = {
			service.name: next_stage(service.stage, service.phase, service.name in leaving)
			for service in self.services
		}
		self.gates = judge_services(targets, self.today)

	def next_stage(self, stage: str | None, phase: str, is_leaving: bool) -> str | None:
		"""The stage that a service would enter next; `is_leaving`: its retirement is planned.

		A service of the catalogue is no candidate for its retirement before somebody plans it; of such a
		one only expired waivers are told.
		"""
		if stage not in self.book.by_name:
			return None
		following = self.book.following(stage)
		if phase == PIPELINE or "Proceed" in self.book.possible_outcomes(stage):
			return following.name if following else None
		if stage == self.book.leaving_stage:
			return following.name if following else None
		return (self.book.leaving_stage or following.name) if is_leaving else None

	def make_rows(self, service: frappe._dict) -> list[dict]:
		gate = self.gates[service.name]
		if not (gate.to_stage or gate.waivers):
			return []
		valid = {waiver.check: waiver for waiver in gate.waivers if waiver.expires_on >= self.today}
		expired = {waiver.check: waiver for waiver in gate.reopened}
		rows = [self.make_result(result, expired, valid) for result in gate.results]
		told = {row["gate_check"] for row in rows}
		rows += [_waiver_row(EXPIRED, expired[check]) for check in expired if check not in told]
		rows += [
			_waiver_row(ENDS_SOON, waiver)
			for check, waiver in valid.items()
			if check not in told and self.ends_soon(waiver)
		]
		if not rows and gate.to_stage:
			rows = [{"gate_check": "", "result": NOTHING_ASKED}]
		if not rows:
			return []
		common = self.describe(service, gate)
		return [{**common, **row} for row in rows]

	def make_result(
		self, result: GateResult, expired: dict[str, StoredWaiver], valid: dict[str, StoredWaiver]
	) -> dict:
		row = {
			"gate_check": result.check,
			"level": result.level,
			"result": result.result,
			"evidence": translate(result.evidence),
			"remedy": translate(result.remedy),
		}
		if result.result == FAILED and result.check in expired:
			row.update(_waiver_row(EXPIRED, expired[result.check]))
		elif result.result == WAIVED:
			waiver = valid[result.check]
			row.update(_waiver_row(ENDS_SOON if self.ends_soon(waiver) else WAIVED, waiver))
		return row

	def ends_soon(self, waiver: StoredWaiver) -> bool:
		return waiver.expires_on <= self.today + SOON

	def describe(self, service: frappe._dict, gate: Gate) -> dict:
		entered = entered_on(service.stage, self.changes.get(service.name, ()), getdate(service.creation))
		days = (self.today - entered).days
		return {
			"description": service.service_name,
			"it_service": service.name,
			"service_owner": service.service_owner,
			"stage": service.stage,
			"decision_state": service.decision_state,
			"days_in_stage": days,
			"is_overdue": is_overdue(
				days, self.days_allowed.get(service.stage), service.decision_state == ACTIVE
			),
			"next_stage": gate.to_stage,
		}

	def columns(self) -> list[dict]:
		return [
			column("description", _("Service"), width=200),
			column("stage", _("Stage"), "Link", 110, "Service Pipeline Stage"),
			column("days_in_stage", _("Days in Stage"), "Int", 80),
			column("next_stage", _("Next Stage"), "Link", 110, "Service Pipeline Stage"),
			column("gate_check", _("Check"), width=160),
			column("level", _("Level"), width=70),
			column("result", _("Result"), width=130),
			column("evidence", _("Evidence"), width=260),
			column("remedy", _("Way Out"), width=260),
			column("action", _("Decide"), width=90),
			column("waiver", _("Waived In"), "Link", 140, "Portfolio Decision"),
			column("waived_by", _("Waived By"), "Link", 160, "User"),
			column("expires_on", _("Expires On"), "Date", 100),
			column("reason", _("Reason"), width=200),
			column("it_service", _("IT Service"), "Link", 110, "IT Service"),
			column("service_owner", _("Service Owner"), "Link", 160, "User"),
			column("decision_state", _("State"), width=90),
		]

	def chart(self, rows: list[dict]) -> dict | None:
		"""How many services each check holds up."""
		missing = [row for row in rows if row["result"] in (FAILED, EXPIRED)]
		stops = Counter(row["gate_check"] for row in missing if row.get("level") == STOP)
		warnings = Counter(row["gate_check"] for row in missing if row.get("level") != STOP)
		checks = [check for check in CHECKS if stops[check] or warnings[check]]
		return bar_chart(
			[_(check) for check in checks],
			{
				_("Stop"): [stops[check] for check in checks],
				_("Warn"): [warnings[check] for check in checks],
			},
			["#E24C4C", "#F5A623"],
			barOptions={"stacked": 1},
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		judged = [gate for gate in self.gates.values() if gate.to_stage]
		blocked = sum(bool(open_stops(gate.results)) for gate in judged)
		results = Counter(row["result"] for row in rows)
		return [
			card(_("Services With a Next Stage"), len(judged), "Blue"),
			card(_("Ready to Move"), len(judged) - blocked, "Green"),
			card(_("Held Up"), blocked, "Red" if blocked else "Green"),
			card(_("Waivers Expired"), results[EXPIRED], "Red" if results[EXPIRED] else "Green"),
			card(
				_("Waivers That End in 30 Days"),
				results[ENDS_SOON],
				"Orange" if results[ENDS_SOON] else "Green",
			),
		]


@frappe.whitelist()
def get_checks() -> list[dict[str, str]]:
	"""The checks that a stage can ask for, as options of the filter."""
	frappe.has_permission("IT Service", "read", throw=True)
	return [{"value": check, "label": _(check)} for check in CHECKS]


def _waiver_row(result: str, waiver: StoredWaiver) -> dict:
	return {
		"gate_check": waiver.check,
		"result": result,
		"waiver": waiver.decision,
		"waived_by": waiver.waived_by,
		"expires_on": waiver.expires_on,
		"reason": waiver.reason,
	}
