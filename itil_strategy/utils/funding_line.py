"""Where the money of a plan comes from, and whose spending it is (FM-6)."""

from dataclasses import dataclass

import frappe
from frappe import _

from itil_strategy.exceptions import FundsError
from itil_strategy.utils.budget_ceilings import COST_CENTER, SERVICE
from itil_strategy.utils.text import bold


@dataclass(frozen=True, slots=True)
class FundingLine:
	"""Whose spending it is, and whose money; at least one is named."""

	it_service: str | None = None
	cost_center: str | None = None

	@property
	def source(self) -> tuple[str, str]:
		"""(doctype, name) of where the money comes from."""
		return (COST_CENTER, self.cost_center) if self.cost_center else (SERVICE, self.it_service or "")

	@property
	def spender(self) -> tuple[str, str]:
		"""(doctype, name) of whose spending uses a reservation up."""
		return (SERVICE, self.it_service) if self.it_service else (COST_CENTER, self.cost_center or "")


def require_line(company: str, line: FundingLine) -> None:
	kind, name = line.source
	if not name:
		frappe.throw(
			_("Choose the IT service or the cost center that the money comes from."),
			FundsError,
			title=_("Funding Line Missing"),
		)
	if kind == COST_CENTER and frappe.db.get_value("Cost Center", name, "company") != company:
		frappe.throw(
			_("Cost center {0} is not one of {1}. Choose another.").format(bold(name), bold(company)),
			FundsError,
			title=_("Funding Line"),
		)
	# A group has the money of those below it, which could be reserved there once more.
	if kind == COST_CENTER and frappe.db.get_value("Cost Center", name, "is_group"):
		frappe.throw(
			_("Cost center {0} is a group. Choose one of its children.").format(bold(name)),
			FundsError,
			title=_("Funding Line"),
		)
