"""The funds of a business case: judge, reserve, release (FM-6).

They are judged when they are secured, and again, under a lock, by the approval, which reserves them.
"""

from collections.abc import Mapping
from decimal import Decimal

from frappe.model.document import Document

from itil_strategy.domain.funds import Funds
from itil_strategy.it_finance.business_case.transitions import DOCTYPE
from itil_strategy.utils.funds import FundingLine, release_funds, require_funds, reserve_funds

EVIDENCE = ("budget", "actual", "committed", "reserved", "available")


def line_of(case: Document) -> FundingLine:
	"""The cost center that is named, else the budget of the service; spent is what the service costs."""
	return FundingLine(case.it_service or None, case.funding_cost_center or None)


def judge(case: Document, planned: Mapping[str, Decimal]) -> None:
	"""Keep on the case what is there per fiscal year, or refuse naming the year and what is missing."""
	note(case, require_funds(case.company, line_of(case), planned, (DOCTYPE, case.name)))


def reserve(case: Document, planned: Mapping[str, Decimal]) -> None:
	"""Judge anew and set the planned spend aside, in every year or in none."""
	note(case, reserve_funds(case.company, line_of(case), planned, (DOCTYPE, case.name)))


def release(case: Document) -> int:
	"""Give back what the case has reserved."""
	return release_funds(DOCTYPE, case.name)


def note(case: Document, judged: Mapping[str, Funds]) -> None:
	"""The evidence per fiscal year; none where nothing was judged."""
	for row in case.spend:
		funds = judged.get(row.fiscal_year)
		for field in EVIDENCE:
			row.set(field, float(getattr(funds, field)) if funds else 0)
