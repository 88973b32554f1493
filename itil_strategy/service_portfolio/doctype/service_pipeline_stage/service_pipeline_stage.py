import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.gates import CHECKS
from itil_strategy.exceptions import ServiceStrategyError, StageChangeError


class ServicePipelineStage(Document):
	"""A step in the life of a service; its order is the way a service goes (SP-1)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.service_portfolio.doctype.stage_requirement.stage_requirement import (
			StageRequirement,
		)

		days_allowed: DF.Int
		description: DF.SmallText | None
		phase: DF.Literal["Pipeline", "Catalogue", "Retired"]
		requirements: DF.Table[StageRequirement]
		stage_name: DF.Data
		stage_order: DF.Int
	# end: auto-generated types

	def onload(self):
		self.set_onload("checks", list(CHECKS))

	def validate(self):
		self.validate_requirements()
		self.validate_phase_in_use()

	def validate_requirements(self):
		seen = set()
		for row in self.requirements:
			if row.gate_check not in CHECKS:
				self.refuse_row(
					row,
					_("There is no check {0}. Choose one of {1}.").format(
						frappe.bold(row.gate_check), ", ".join(_(name) for name in CHECKS)
					),
				)
			if row.gate_check in seen:
				self.refuse_row(
					row, _("{0} is listed twice. Keep one row.").format(frappe.bold(_(row.gate_check)))
				)
			seen.add(row.gate_check)

	def validate_phase_in_use(self):
		"""Services store the phase of their stage: it stays while one is here."""
		if self.is_new() or not self.has_value_changed("phase"):
			return
		if frappe.db.exists("IT Service", {"stage": self.name}):
			frappe.throw(
				_(
					"Services are in stage {0}, so its phase stays. Create another stage for the other phase."
				).format(frappe.bold(self.name)),
				StageChangeError,
				title=_("Stage In Use"),
			)

	def refuse_row(self, row: Document, message: str):
		frappe.throw(
			_("Row #{0}: {1}").format(row.idx, message), ServiceStrategyError, title=_("Requirements")
		)
