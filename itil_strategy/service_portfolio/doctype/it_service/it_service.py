from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, flt, getdate, today

from itil_strategy.domain.dependencies import (
	Dependency,
	DependencyCycleError,
	DependencyShareError,
	check_dependencies,
)
from itil_strategy.domain.portfolio import ACTIVE
from itil_strategy.exceptions import (
	DependencyError,
	LedgerSetupError,
	ServiceOwnerError,
	ServiceStrategyError,
	StageChangeError,
)
from itil_strategy.service_portfolio.dependencies import load_network, lock_network
from itil_strategy.service_portfolio.doctype.it_service.history import (
	protect_actual_dates,
	protect_stage_log,
)
from itil_strategy.utils.ledger import validate_cost_center
from itil_strategy.utils.money import to_decimal

# Written by a decision only (SP-1): the code that submits one says so in `flags.stage_set_by`.
DECISION_FIELDS = ("stage", "decision_state", "operational_from", "last_day")
FIT_FIELDS = {"Technical": "technical_fit", "Functional": "functional_fit"}


class ITService(Document):
	"""A service through its whole life: pipeline, catalogue, retired."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.service_portfolio.doctype.service_company.service_company import ServiceCompany
		from itil_strategy.service_portfolio.doctype.service_condition.service_condition import (
			ServiceCondition,
		)
		from itil_strategy.service_portfolio.doctype.service_dependency.service_dependency import (
			ServiceDependency,
		)
		from itil_strategy.service_portfolio.doctype.service_entitlement.service_entitlement import (
			ServiceEntitlement,
		)
		from itil_strategy.service_portfolio.doctype.service_fit_assessment.service_fit_assessment import (
			ServiceFitAssessment,
		)
		from itil_strategy.service_portfolio.doctype.service_outcome.service_outcome import ServiceOutcome
		from itil_strategy.service_portfolio.doctype.service_stage_log.service_stage_log import (
			ServiceStageLog,
		)
		from itil_strategy.service_portfolio.doctype.service_stage_plan.service_stage_plan import (
			ServiceStagePlan,
		)

		category: DF.Link | None
		companies: DF.Table[ServiceCompany]
		conditions: DF.Table[ServiceCondition]
		decision_state: DF.Literal["Active", "On Hold", "Rejected"]
		dependencies: DF.Table[ServiceDependency]
		description: DF.TextEditor | None
		entitled_customers: DF.Table[ServiceEntitlement]
		fit_assessments: DF.Table[ServiceFitAssessment]
		functional_fit: DF.Int
		investment_class: DF.Literal["", "Run", "Grow", "Transform"]
		last_day: DF.Date | None
		operational_from: DF.Date | None
		outcomes: DF.Table[ServiceOutcome]
		phase: DF.Literal["", "Pipeline", "Catalogue", "Retired"]
		service_code: DF.Data
		service_name: DF.Data
		service_owner: DF.Link | None
		service_type: DF.Literal["Customer-facing", "Supporting"]
		stage: DF.Link | None
		stage_log: DF.Table[ServiceStageLog]
		stage_plan: DF.Table[ServiceStagePlan]
		successor: DF.Link | None
		technical_fit: DF.Int
		value_proposition: DF.SmallText | None
	# end: auto-generated types

	def before_validate(self):
		self.set_first_stage()
		self.set_fit()

	def validate(self):
		self.validate_decision_fields()
		self.validate_history()
		self.validate_owner()
		self.validate_companies()
		self.validate_outcomes()
		self.validate_entitled_customers()
		self.validate_successor()
		self.validate_dependencies()

	def before_change(self):
		self.validate_decision_fields()

	def on_trash(self):
		self.refuse_delete_with_ledger_entries()

	def set_first_stage(self):
		"""A new service starts the pipeline at its first stage."""
		if self.is_new() and not self.stage:
			self.stage = get_first_stage()
		self.phase = (
			frappe.db.get_value("Service Pipeline Stage", self.stage, "phase") if self.stage else None
		)
		self.decision_state = self.decision_state or ACTIVE

	def set_fit(self):
		"""The latest assessment of each kind counts; of two on one day the lower row."""
		before = {row.name: row for row in (self.get_doc_before_save() or {}).get("fit_assessments") or []}
		latest: dict[str, tuple] = {}
		for row in self.fit_assessments:
			row.assessed_on = row.assessed_on or today()
			if getdate(row.assessed_on) > getdate():
				self.refuse_row(
					row,
					_("Assessed On is in the future. Enter the day of the assessment."),
					ServiceStrategyError,
				)
			known = before.get(row.name)
			changed = not known or any(
				cstr(row.get(field)) != cstr(known.get(field)) for field in ("kind", "score", "assessed_on")
			)
			row.assessed_by = frappe.session.user if changed else known.assessed_by
			latest[row.kind] = max(
				latest.get(row.kind, (date.min, 0, 0)),
				(getdate(row.assessed_on), row.idx, int(row.score or 0)),
			)
		for kind, field in FIT_FIELDS.items():
			self.set(field, latest[kind][2] if kind in latest else 0)

	def validate_decision_fields(self):
		"""Refuse a changed stage from form, import, API and `db_set` alike."""
		if self.flags.stage_set_by:
			return
		before = self.get_doc_before_save() or frappe._dict(stage=get_first_stage(), decision_state=ACTIVE)
		for fieldname in DECISION_FIELDS:
			if cstr(self.get(fieldname)) != cstr(before.get(fieldname)):
				frappe.throw(
					_("{0} of {1} changes only by submitting a Portfolio Decision.").format(
						frappe.bold(_(self.meta.get_label(fieldname))), frappe.bold(self.name)
					),
					StageChangeError,
					title=_("Decision Needed"),
				)

	def validate_history(self):
		if not self.flags.stage_set_by:
			protect_stage_log(self)
			protect_actual_dates(self)

	def validate_owner(self):
		"""A new owner must be able to log in; one who left later does not block other edits."""
		if not self.service_owner or not self.has_value_changed("service_owner"):
			return
		if not frappe.db.get_value("User", self.service_owner, "enabled"):
			frappe.throw(
				_("{0}: user {1} is disabled. Choose another owner or enable the user.").format(
					_("Service Owner"), frappe.bold(self.service_owner)
				),
				ServiceOwnerError,
				title=_("Owner Is Disabled"),
			)

	def validate_companies(self):
		self.refuse_doubles("companies", "company", LedgerSetupError)
		for row in self.companies:
			validate_cost_center(row.provider_cost_center, row.company, row.idx)

	def validate_outcomes(self):
		self.refuse_doubles("outcomes", "strategic_objective", ServiceStrategyError)
		for row in self.outcomes:
			self.validate_percent(row, "contribution")

	def validate_entitled_customers(self):
		self.refuse_doubles("entitled_customers", "customer", ServiceStrategyError)

	def validate_successor(self):
		if self.successor and self.successor == self.name:
			frappe.throw(
				_("{0} cannot be its own successor. Choose another service.").format(frappe.bold(self.name)),
				ServiceStrategyError,
				title=_("Successor"),
			)

	def validate_dependencies(self):
		"""One writer at a time checks the whole network: two saves at once could close a circle (SP-5)."""
		self.refuse_doubles("dependencies", "depends_on", DependencyError)
		for row in self.dependencies:
			self.validate_percent(row, "share")
			if row.depends_on == self.name:
				self.refuse_row(
					row, _("A service cannot depend on itself. Choose another one."), DependencyError
				)
		if not self.dependencies or not self.has_changed_dependencies():
			return
		self.refuse_ended_providers()
		lock_network()
		try:
			check_dependencies([*load_network(without=self.name, latest=True), *self.own_dependencies()])
		except DependencyCycleError as error:
			frappe.throw(
				_(
					"Critical dependencies would form a circle: {0}. Make one of them not critical or remove it."
				).format(frappe.bold(" → ".join(error.cycle))),
				DependencyError,
				title=_("Circle of Dependencies"),
			)
		except DependencyShareError as error:
			frappe.throw(
				_("The shares of {0} would total {1} %. Lower one so that they total at most 100 %.").format(
					frappe.bold(error.provider), flt(error.total, 3)
				),
				DependencyError,
				title=_("Shares Above 100 %"),
			)

	def refuse_ended_providers(self):
		"""A service that ended cannot be needed any more; rows from before it ended stay."""
		before = self.get_doc_before_save()
		known = {row.depends_on for row in before.dependencies} if before else set()
		added = [row for row in self.dependencies if row.depends_on not in known]
		ended = set(
			frappe.get_all(
				"IT Service",
				[
					["name", "in", [row.depends_on for row in added] or [""]],
					["last_day", "is", "set"],
					["last_day", "<", today()],
				],
				pluck="name",
			)
		)
		for row in added:
			if row.depends_on in ended:
				self.refuse_row(
					row,
					_("{0} has ended. Choose its successor or another service.").format(
						frappe.bold(row.depends_on)
					),
					DependencyError,
				)

	def has_changed_dependencies(self) -> bool:
		before = self.get_doc_before_save()
		return not before or _dependency_values(before) != _dependency_values(self)

	def own_dependencies(self) -> list[Dependency]:
		return [
			Dependency(self.name, row.depends_on, bool(row.is_critical), to_decimal(row.share))
			for row in self.dependencies
		]

	def validate_percent(self, row: Document, fieldname: str):
		if not 0 <= flt(row.get(fieldname)) <= 100:
			self.refuse_row(
				row,
				_("{0} must be between 0 and 100 %; it is {1}.").format(
					_(row.meta.get_label(fieldname)), flt(row.get(fieldname), 3)
				),
				ServiceStrategyError,
			)

	def refuse_doubles(self, table: str, fieldname: str, exception: type[Exception]):
		seen = set()
		for row in self.get(table):
			value = row.get(fieldname)
			if value in seen:
				self.refuse_row(
					row,
					_("{0} is listed twice under {1}. Keep one row.").format(
						frappe.bold(value), _(self.meta.get_label(table))
					),
					exception,
				)
			seen.add(value)

	def refuse_row(self, row: Document, message: str, exception: type[Exception]):
		frappe.throw(_("Row #{0}: {1}").format(row.idx, message), exception, title=_("IT Service"))

	def refuse_delete_with_ledger_entries(self):
		if frappe.db.exists("GL Entry", {"it_service": self.name}):
			frappe.throw(
				_("{0} has ledger entries and cannot be deleted. Retire the service instead.").format(
					frappe.bold(self.name)
				),
				frappe.LinkExistsError,
				title=_("Service Has Ledger Entries"),
			)


def get_first_stage() -> str | None:
	"""The stage with the lowest order."""
	return frappe.db.get_value("Service Pipeline Stage", {}, "name", order_by="stage_order asc")


def _dependency_values(doc: Document) -> list[tuple]:
	return [(row.depends_on, bool(row.is_critical), flt(row.share, 9)) for row in doc.dependencies]
