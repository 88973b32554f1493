import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.exceptions import LedgerSetupError, StageChangeError
from itil_strategy.utils.ledger import validate_cost_center

# Written by a decision only (SP-1): the code that submits one says so in `flags.stage_set_by`.
DECISION_FIELDS = ("stage", "decision_state", "operational_from", "last_day")


class ITService(Document):
	"""A service through its whole life: pipeline, catalogue, retired."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from itil_strategy.service_portfolio.doctype.service_company.service_company import ServiceCompany
		from itil_strategy.service_portfolio.doctype.service_condition.service_condition import ServiceCondition
		from itil_strategy.service_portfolio.doctype.service_dependency.service_dependency import ServiceDependency
		from itil_strategy.service_portfolio.doctype.service_entitlement.service_entitlement import ServiceEntitlement
		from itil_strategy.service_portfolio.doctype.service_fit_assessment.service_fit_assessment import ServiceFitAssessment
		from itil_strategy.service_portfolio.doctype.service_outcome.service_outcome import ServiceOutcome
		from itil_strategy.service_portfolio.doctype.service_stage_log.service_stage_log import ServiceStageLog
		from itil_strategy.service_portfolio.doctype.service_stage_plan.service_stage_plan import ServiceStagePlan

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
		phase: DF.Data | None
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

	def validate(self):
		self.validate_decision_fields()
		self.validate_companies()

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
		self.decision_state = self.decision_state or "Active"

	def validate_decision_fields(self):
		"""Refuse a changed stage from form, import, API and `db_set` alike."""
		if self.flags.stage_set_by:
			return
		before = self.get_doc_before_save() or frappe._dict(stage=get_first_stage(), decision_state="Active")
		for fieldname in DECISION_FIELDS:
			if cstr(self.get(fieldname)) != cstr(before.get(fieldname)):
				frappe.throw(
					_("{0} of {1} changes only by submitting a Portfolio Decision.").format(
						frappe.bold(_(self.meta.get_label(fieldname))), frappe.bold(self.name)
					),
					StageChangeError,
					title=_("Decision Needed"),
				)

	def validate_companies(self):
		companies = set()
		for row in self.companies:
			if row.company in companies:
				frappe.throw(
					_("Row #{0}: {1} is listed twice under Delivered By. Keep one row per company.").format(
						row.idx, frappe.bold(row.company)
					),
					LedgerSetupError,
					title=_("Company Listed Twice"),
				)
			companies.add(row.company)
			validate_cost_center(row.provider_cost_center, row.company, row.idx)

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
