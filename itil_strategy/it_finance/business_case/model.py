"""A Business Case document as the values that the domain reckons with."""

from decimal import Decimal

from frappe.model.document import Document
from frappe.utils import cint, cstr

from itil_strategy.domain.assumptions import Assumption, make_book
from itil_strategy.domain.case_model import CaseModel, make_model
from itil_strategy.domain.case_rows import FlowLine, Risk
from itil_strategy.domain.investment import ZERO, Basis
from itil_strategy.utils.money import to_decimal

HUNDRED = Decimal(100)


def build_model(case: Document) -> CaseModel:
	"""The checked model; raises CaseError naming the row and field."""
	book = make_book([_assumption(row) for row in case.assumptions])
	basis = Basis(fraction(case.discount_rate), case.convention, case.period_length)
	return make_model(
		[cstr(row.option_title).strip() for row in case.options],
		book,
		[_flow(row) for row in case.flows],
		basis,
		[_risk(row) for row in case.risks],
		doing_nothing(case),
	)


def doing_nothing(case: Document) -> str | None:
	"""The option of doing nothing."""
	return next((cstr(row.option_title).strip() for row in case.options if row.is_doing_nothing), None)


def fraction(percent: float | None) -> Decimal:
	return to_decimal(percent) / HUNDRED


def _assumption(row: Document) -> Assumption:
	"""Low and high of 0 both mean that the value is certain: Frappe's numbers cannot be empty."""
	low, high = to_decimal(row.low_value), to_decimal(row.high_value)
	is_certain = bool(row.formula) or (not low and not high)
	return Assumption(
		name=cstr(row.variable).strip(),
		base=ZERO if row.formula else to_decimal(row.base_value),
		low=None if is_certain else low,
		high=None if is_certain else high,
		distribution=row.distribution or "Triangular",
		formula=cstr(row.formula).strip(),
		row=row.idx,
	)


def _flow(row: Document) -> FlowLine:
	first, last = cint(row.first_period), cint(row.last_period)
	return FlowLine(
		option=cstr(row.option_title).strip(),
		item=cstr(row.item).strip(),
		kind=row.kind,
		first=first,
		last=last or first,
		amount=to_decimal(row.amount),
		formula=cstr(row.formula).strip(),
		row=row.idx,
	)


def _risk(row: Document) -> Risk:
	return Risk(
		risk=cstr(row.risk),
		probability=fraction(row.probability),
		impact=to_decimal(row.impact),
		period=cint(row.period),
		reserve=to_decimal(row.reserve),
		row=row.idx,
	)
