import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, today

from itil_strategy.domain.gates import GateResult, Waiver
from itil_strategy.domain.portfolio import (
	BACK,
	LiveDecision,
	StageMoveError,
	find_deviations,
)
from itil_strategy.exceptions import (
	ServiceStrategyError,
	StageChangeError,
	StaleDecisionError,
)
from itil_strategy.service_portfolio.doctype.portfolio_decision.analysis import (
	compare_with_now,
	set_analysis,
)
from itil_strategy.service_portfolio.doctype.portfolio_decision.effects import apply_decision
from itil_strategy.service_portfolio.doctype.portfolio_decision.rules import (
	show_warnings,
	validate_back,
	validate_contradiction,
	validate_existing,
	validate_gate,
	validate_last_day,
)
from itil_strategy.service_portfolio.doctype.portfolio_decision.waivers import (
	refuse_waivers_not_asked,
	validate_waivers,
)
from itil_strategy.service_portfolio.gates.describe import result_row
from itil_strategy.service_portfolio.gates.judge import judge_services
from itil_strategy.service_portfolio.stages import load_stage_book, lock_service
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.submitted import TellsTransitions
from itil_strategy.utils.translation import translate

STAMPED_FIELDS = ("decision_date", "decided_by")
SERVICE_FIELDS = ["name", "stage", "phase", "decision_state", "last_day", "successor"]


class PortfolioDecision(TellsTransitions, Document):
	"""What is decided about a service; submitting it is the only way to change the stage (SP-1, SP-2, SP-4)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.service_portfolio.doctype.portfolio_gate_result.portfolio_gate_result import (
			PortfolioGateResult,
		)
		from itil_strategy.service_portfolio.doctype.portfolio_waiver.portfolio_waiver import PortfolioWaiver

		amended_from: DF.Link | None
		analysis_class: DF.Literal["", "Invest", "Migrate", "Tolerate", "Eliminate"]
		analysis_company: DF.Link | None
		analysis_evidence: DF.JSON | None
		decided_by: DF.Link | None
		decision_date: DF.Date | None
		deviation_reason: DF.SmallText | None
		deviations: DF.SmallText | None
		from_stage: DF.Link | None
		gate_results: DF.Table[PortfolioGateResult]
		is_existing: DF.Check
		it_service: DF.Link
		naming_series: DF.Literal["PD-.YYYY.-.#####"]
		new_service_code: DF.Data | None
		new_service_name: DF.Data | None
		operational_from: DF.Date | None
		outcome: DF.Literal[
			"Proceed",
			"Hold",
			"Reject",
			"Back",
			"Retain",
			"Replace",
			"Rationalise",
			"Refactor",
			"Renew",
			"Retire",
		]
		rationale: DF.SmallText
		review_date: DF.Date | None
		review_notes: DF.SmallText | None
		review_result: DF.Literal[
			"", "As expected", "Better than expected", "Worse than expected", "Reversed"
		]
		reviewed_on: DF.Date | None
		service_name: DF.Data | None
		successor: DF.Link | None
		to_stage: DF.Link | None
		waivers: DF.Table[PortfolioWaiver]
	# end: auto-generated types

	def save(self, *args, **kwargs):
		"""Submitting locks the service before Frappe locks the rows of the decision.

		Of two decisions at once the second one waits here with nothing in hand, and then sees the first.
		"""
		if self.is_submitting:
			lock_service(self.it_service)
		return super().save(*args, **kwargs)

	def validate(self):
		protect_job_fields(self, STAMPED_FIELDS)
		self.load_service()
		self.refuse_stale()
		validate_existing(self)
		self.set_stages()
		self.validate_successor()
		validate_waivers(self)
		self.set_gate_results()
		set_analysis(self, self.service.phase)
		self.set_deviations()

	def before_submit(self):
		self.stamp()
		validate_contradiction(self)
		validate_gate(self)
		validate_last_day(self)

	def on_submit(self):
		apply_decision(self, self.service, self.move)
		show_warnings(self)

	def before_update_after_submit(self):
		self.validate_review()

	def before_cancel(self):
		self.refuse_cancel_of_move()

	@property
	def is_submitting(self) -> bool:
		return self.docstatus.is_submitted()

	def load_service(self):
		self.service = frappe.db.get_value(
			"IT Service", self.it_service, SERVICE_FIELDS, as_dict=True, for_update=self.is_submitting
		)
		if not self.service:
			frappe.throw(
				_("There is no IT Service {0}. Choose one.").format(frappe.bold(self.it_service)),
				ServiceStrategyError,
			)

	def refuse_stale(self):
		"""A draft that was written before the last decision was written about another state."""
		if not self.is_submitting or self.is_new():
			return
		log = frappe.qb.DocType("Service Stage Log")
		rows = (
			frappe.qb.from_(log)
			.select(log.changed_at, log.portfolio_decision)
			.where((log.parent == self.it_service) & (log.parenttype == "IT Service"))
			.orderby(log.idx, order=frappe.qb.desc)
			.limit(1)
			.for_update()
		).run()
		moved = self.from_stage != self.service.stage
		if moved or (rows and get_datetime(rows[0][0]) > get_datetime(self._original_modified)):
			frappe.throw(
				_(
					"{0} was decided about meanwhile ({1}) and is in stage {2} now. Save this decision again and check it before you submit."
				).format(
					frappe.bold(self.it_service),
					rows[0][1] if rows else _("no decision"),
					frappe.bold(self.service.stage),
				),
				StaleDecisionError,
				title=_("Service Moved Meanwhile"),
			)

	def set_stages(self):
		book = load_stage_book()
		try:
			if self.is_existing:
				self.move = book.take_over(self.service.stage, self.to_stage, self.has_history())
			else:
				self.move = book.move(
					self.service.stage, self.outcome, self.to_stage, self.service.decision_state
				)
		except StageMoveError as error:
			frappe.throw(translate(error.text), StageChangeError, title=_("Outcome Not Possible"))
		self.from_stage, self.to_stage = self.move.from_stage, self.move.to_stage
		validate_back(self)

	def has_history(self) -> bool:
		return bool(frappe.db.exists("Service Stage Log", {"parent": self.it_service}))

	def validate_successor(self):
		if self.successor and self.successor == self.it_service:
			frappe.throw(
				_("{0} cannot be its own successor. Choose another service.").format(
					frappe.bold(self.it_service)
				),
				ServiceStrategyError,
				title=_("Successor"),
			)
		if self.outcome == "Replace" and not (self.successor or self.service.successor):
			frappe.throw(
				_("Replace needs a Successor. Choose the service that takes over, or decide Retire."),
				ServiceStrategyError,
				title=_("Successor"),
			)

	def set_gate_results(self):
		"""Check the requirements of the stage that the service would enter, as they stand now."""
		self.gate: list[GateResult] = []
		if self.move.is_forward:
			waivers = [Waiver(row.gate_check, getdate(row.expires_on)) for row in self.waivers]
			self.gate = judge_services(
				{self.it_service: self.move.to_stage},
				getdate(),
				{self.it_service: waivers},
				{self.it_service: self.successor} if self.successor else None,
			)[self.it_service].results
		refuse_waivers_not_asked(self, {result.check for result in self.gate})
		self.set("gate_results", [result_row(result) for result in self.gate])

	def set_deviations(self):
		texts = find_deviations(self.outcome, self.analysis_class, self.get_last_decision(), getdate())
		self.deviations = "\n".join(translate(text) for text in texts)

	def get_last_decision(self) -> LiveDecision | None:
		row = frappe.db.get_value(
			"Portfolio Decision",
			{"it_service": self.it_service, "docstatus": 1, "name": ("!=", self.name or "")},
			["name", "outcome", "review_date"],
			order_by="decision_date desc, creation desc",
			as_dict=True,
		)
		return LiveDecision(row.name, row.outcome, row.review_date) if row else None

	@frappe.whitelist()
	def compare_with_now(self) -> list[dict]:
		"""How the service changed since the decision: the basis of its review."""
		self.check_permission("read")
		return compare_with_now(self)

	def stamp(self):
		self.decision_date = today()
		self.decided_by = frappe.session.user

	def validate_review(self):
		if self.review_result and not self.reviewed_on:
			self.reviewed_on = today()
		if (
			self.reviewed_on
			and self.decision_date
			and getdate(self.reviewed_on) < getdate(self.decision_date)
		):
			frappe.throw(
				_("Reviewed On is before the decision. Correct it."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def refuse_cancel_of_move(self):
		"""History stays: what a decision changed is changed again by the next one (SP-1)."""
		if self.from_stage != self.to_stage or self.outcome not in ("Retain", "Rationalise"):
			frappe.throw(
				_(
					"{0} changed the service, so it stays on record. Submit another decision about {1} instead."
				).format(frappe.bold(self.name), frappe.bold(self.it_service)),
				StageChangeError,
				title=_("Decision Stays"),
			)


@frappe.whitelist()
def get_choices(it_service: str) -> dict:
	"""What can be decided about the service now: its stage, outcomes with the stage each leads to."""
	frappe.has_permission("IT Service", "read", doc=it_service, throw=True)
	service = frappe.db.get_value("IT Service", it_service, SERVICE_FIELDS, as_dict=True)
	book = load_stage_book()
	has_history = frappe.db.exists("Service Stage Log", {"parent": it_service})
	can_be_existing = service.stage == book.stages[0].name and not has_history
	return {
		"stage": service.stage,
		"decision_state": service.decision_state,
		"outcomes": [
			{"outcome": outcome, "to_stage": book.target_of(service.stage, outcome)}
			for outcome in book.possible_outcomes(service.stage)
			if outcome == BACK or book.target_of(service.stage, outcome)
		],
		"back_stages": book.back_stages(service.stage),
		"existing_stages": book.existing_stages() if can_be_existing else [],
	}
