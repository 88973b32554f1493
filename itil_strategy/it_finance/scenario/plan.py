"""The changes of Strategy Scenarios as the domain reckons with them; a launch takes what its business case plans."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.case_errors import CaseError
from itil_strategy.domain.case_rows import OptionFlows
from itil_strategy.domain.money import split
from itil_strategy.domain.periods import month_start
from itil_strategy.domain.scenario_types import MONTHS_PER_YEAR, Change, LaunchFlows, Plan
from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.business_case.model import build_model, doing_nothing
from itil_strategy.utils.money import currency_precision, to_decimal
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate

ZERO = Decimal(0)
CASE = "Business Case"
CASE_FIELDS = ["name", "recommended_option", "discount_rate", "convention", "period_length"]
CASE_TABLES = {
	"options": ("Business Case Option", ["option_title", "is_doing_nothing"]),
	"flows": (
		"Business Case Flow",
		["option_title", "item", "kind", "first_period", "last_period", "amount", "formula"],
	),
	"assumptions": (
		"Business Case Assumption",
		["variable", "base_value", "low_value", "high_value", "distribution", "formula"],
	),
}


def build_plans(scenarios: Sequence[Document]) -> dict[str, Plan]:
	"""The plan of each scenario by its name; the cases of all of them are fetched together.

	Raises StrategyScenarioError for a case that plans nothing that can be launched.
	"""
	cases = load_cases({row.business_case for doc in scenarios for row in doc.changes if row.business_case})
	return {
		doc.name: Plan(
			month_start(getdate(doc.start_date)),
			int(doc.years),
			tuple(as_change(row, cases) for row in doc.changes),
		)
		for doc in scenarios
	}


def as_change(row: Document, cases: Mapping[str, frappe._dict] | None = None) -> Change:
	"""A row; without `cases` a launch has no flows yet."""
	flows = LaunchFlows()
	if cases is not None and row.business_case:
		flows = launch_flows(cases[row.business_case], row.idx)
	return Change(
		kind=row.kind,
		service=row.it_service or "",
		start=month_start(getdate(row.from_date)) if row.from_date else None,
		offering=row.service_offering or "",
		percent=to_decimal(row.percent),
		flows=flows,
		row=row.idx,
	)


def launch_flows(case: frappe._dict, row: int) -> LaunchFlows:
	"""What the recommended option costs and brings by month, less what doing nothing would: the base has that already.

	Period 0 falls in the first month. A later year is spread evenly over its months.
	"""
	try:
		model = build_model(case)
	except CaseError as error:
		_refuse(row, case.name, as_html(translate(error.text)))
	option = (case.recommended_option or "").strip()
	if option not in model.options:
		_refuse(row, case.name, _("It recommends none of its options. Choose one in the case."))
	flows = model.flows(option)
	reference = doing_nothing(case)
	if reference and reference != option:
		flows = _less(flows, model.flows(reference))
	in_months = _by_year if case.period_length == "Year" else _by_month
	return LaunchFlows(in_months(flows.opex), in_months(flows.capex), in_months(flows.benefits))


def load_cases(names: Iterable[str]) -> dict[str, frappe._dict]:
	"""The cases with their rows, as `build_model` reads them; one query per table."""
	names = sorted(names)
	if not names:
		return {}
	cases = {
		row.name: frappe._dict(row, risks=[])
		for row in frappe.get_all(CASE, {"name": ("in", names)}, CASE_FIELDS, limit=0)
	}
	for key, (doctype, fields) in CASE_TABLES.items():
		rows: dict[str, list[frappe._dict]] = defaultdict(list)
		for row in frappe.get_all(
			doctype,
			{"parenttype": CASE, "parent": ("in", names)},
			["parent", "idx", *fields],
			order_by="parent asc, idx asc",
			limit=0,
		):
			rows[row.parent].append(row)
		for name, case in cases.items():
			case[key] = rows[name]
	return cases


def _less(flows: OptionFlows, other: OptionFlows) -> OptionFlows:
	def difference(own: Sequence[Decimal], less: Sequence[Decimal]) -> tuple[Decimal, ...]:
		count = max(len(own), len(less))
		return tuple(
			(own[period] if period < len(own) else ZERO) - (less[period] if period < len(less) else ZERO)
			for period in range(count)
		)

	return OptionFlows(
		difference(flows.capex, other.capex),
		difference(flows.opex, other.opex),
		difference(flows.benefits, other.benefits),
	)


def _by_month(amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
	if not amounts:
		return ()
	months = [*amounts[1:]] or [ZERO]
	months[0] += amounts[0]
	return tuple(months)


def _by_year(amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
	"""Twelve parts that add up to each year."""
	places = {f"{number:02d}": Decimal(1) for number in range(MONTHS_PER_YEAR)}
	precision = currency_precision()
	months = [part for amount in amounts[1:] for part in split(amount, places, precision).values()]
	months = months or [ZERO]
	if amounts:
		months[0] += amounts[0]
	return tuple(months)


def _refuse(row: int, case: str, message: str) -> None:
	frappe.throw(
		_("Row {0}, {1}: {2}").format(row, bold(case), message),
		StrategyScenarioError,
		title=_("Strategy Scenario"),
	)
