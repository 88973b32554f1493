"""The funds of a business case: reserve, release (FM-6). The one place that knows `utils.funds`.

Where the site has no funds check, nothing is ever secured: the step is refused.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib import import_module
from types import ModuleType

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.exceptions import FundsCheckMissingError

DOCTYPE = "Business Case"


def reserve(case: Document, planned: Mapping[str, Decimal]) -> None:
	"""Set the planned spend aside per fiscal year, or refuse naming the year and what is missing.

	What the case has reserved already is judged anew and replaced.
	"""
	funds = _funds_check()
	line = funds.FundingLine(case.it_service or None, case.funding_cost_center or None)
	funds.reserve_funds(case.company, line, planned, (DOCTYPE, case.name))


def release(case: Document) -> None:
	"""Give back what the case has reserved; without a funds check nothing ever was."""
	if is_available():
		_funds_check().release_funds(DOCTYPE, case.name)


def is_available() -> bool:
	try:
		import_module("itil_strategy.utils.funds")
	except ModuleNotFoundError:
		return False
	return True


def _funds_check() -> ModuleType:
	if not is_available():
		frappe.throw(
			_(
				"Funds cannot be judged on this site yet, so none are secured. Leave the case In Review until budgets are kept here."
			),
			FundsCheckMissingError,
			title=_("Funds Not Secured"),
		)
	return import_module("itil_strategy.utils.funds")


def find_shortfall(case: Document, years: Iterable[str]) -> str:
	"""What the budgets of the years no longer cover of an approved case, in a sentence; empty where they do.

	Judged by what is not spent yet: what the case itself has spent no longer needs funds.
	"""
	if not is_available():
		return ""
	funds = _funds_check()
	line = funds.FundingLine(case.it_service or None, case.funding_cost_center or None)
	reference = (DOCTYPE, case.name)
	still_open = {
		year: sum(
			(
				item.open_amount
				for item in funds.open_reservations(case.company, funds.load_year(year))
				if item.reference == reference
			),
			Decimal(0),
		)
		for year in years
	}
	judged = funds.judge_funds(case.company, line, still_open, reference)
	short = [
		_("{0}: {1} are missing").format(year, f"{found.shortfall:,.2f}")
		for year, found in judged.items()
		if not found.is_secured
	]
	return _("The budget no longer covers it. {0}.").format("; ".join(short)) if short else ""
