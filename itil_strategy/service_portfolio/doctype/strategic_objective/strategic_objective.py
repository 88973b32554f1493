import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt

from itil_strategy.exceptions import ServiceStrategyError, WeightTotalError
from itil_strategy.utils.text import bold

FULL_WEIGHT = 100


class StrategicObjective(Document):
	"""What the organisation wants to achieve; the weights of the active ones total 100 %."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.TextEditor | None
		horizon: DF.Literal["", "This year", "One to three years", "Beyond three years"]
		is_active: DF.Check
		objective_name: DF.Data
		objective_owner: DF.Link | None
		weight: DF.Percent
	# end: auto-generated types

	def validate(self):
		self.refuse_total_above_full()

	def on_update(self):
		self.warn_about_total_weight()

	@property
	def active_weight(self) -> float:
		return flt(self.weight) if self.is_active else 0.0

	def refuse_total_above_full(self):
		"""One objective alone may not push the total over 100 %; a lower weight is always possible."""
		before = self.get_doc_before_save()
		if self.flags.in_set_of_weights or self.active_weight <= (before.active_weight if before else 0):
			return
		others = sum(weight for name, weight in lock_weights().items() if name != self.name)
		total = flt(others + self.active_weight, 2)
		if total > FULL_WEIGHT:
			refuse_total(
				total,
				_(
					"Enter at most {0} % here, or change all weights at once with Set Weights in the list."
				).format(max(flt(FULL_WEIGHT - others, 2), 0)),
			)

	def warn_about_total_weight(self):
		"""Weights may be entered one by one, so a total below 100 is said, not refused."""
		if self.flags.in_set_of_weights:
			return
		table = frappe.qb.DocType("Strategic Objective")
		total = frappe.qb.from_(table).select(Sum(table.weight)).where(table.is_active == 1).run()[0][0]
		if flt(total, 2) != FULL_WEIGHT:
			frappe.msgprint(
				_("The weights of the active objectives total {0} %. They should total 100 %.").format(
					flt(total, 2)
				),
				indicator="orange",
				alert=True,
			)


@frappe.whitelist(methods=["POST"])
def set_weights(weights: dict | str) -> None:
	"""Replace the weights of all active objectives as one set that totals 100 %."""
	frappe.has_permission("Strategic Objective", "write", throw=True)
	stored = lock_weights()
	new = _read_weights(frappe.parse_json(weights), stored)
	total = flt(sum(new.values()), 2)
	if total != FULL_WEIGHT:
		refuse_total(total, _("Change them so that they total 100 %. No weight was changed."))
	for name, weight in new.items():
		if weight == flt(stored[name]):
			continue
		objective = frappe.get_doc("Strategic Objective", name)
		objective.weight = weight
		objective.flags.in_set_of_weights = True
		objective.save()


def lock_weights() -> dict[str, float]:
	"""Weights of the active objectives; two who change them at once wait for each other."""
	table = frappe.qb.DocType("Strategic Objective")
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.weight)
		.where(table.is_active == 1)
		.orderby(table.name)
		.for_update()
	).run()
	return {name: flt(weight) for name, weight in rows}


def refuse_total(total: float, way_out: str) -> None:
	frappe.throw(
		_("The weights of the active objectives would total {0} %.").format(frappe.bold(total))
		+ " "
		+ way_out,
		WeightTotalError,
		title=_("Weights Do Not Total 100 %"),
	)


def _read_weights(weights: dict, stored: dict[str, float]) -> dict[str, float]:
	"""Every active objective once, each with a number from 0 to 100."""
	if not isinstance(weights, dict) or weights.keys() != stored.keys():
		named = set(weights) if isinstance(weights, dict) else set()
		frappe.throw(
			_("Give one weight for each active objective. Missing: {0}. Not active: {1}.").format(
				bold(", ".join(sorted(stored.keys() - named)) or "–"),
				bold(", ".join(sorted(named - stored.keys())) or "–"),
			),
			ServiceStrategyError,
			title=_("Objectives Changed"),
		)
	return {name: _read_weight(name, value) for name, value in weights.items()}


def _read_weight(name: str, value: float | str) -> float:
	try:
		weight = float(value)
	except (TypeError, ValueError):
		weight = -1.0
	if not 0 <= weight <= FULL_WEIGHT:
		frappe.throw(
			_("The weight of {0} is {1}. Enter a number from 0 to 100.").format(bold(name), bold(str(value))),
			ServiceStrategyError,
			title=_("Weight"),
		)
	return weight
