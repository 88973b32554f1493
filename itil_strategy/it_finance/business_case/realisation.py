"""Planned against actual of approved cases, set-wise: plan as stored, measures as entered, cost from the ledger (FM-14)."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.domain.investment import Basis
from itil_strategy.domain.periods import month_start
from itil_strategy.domain.realisation import Realisation, judge, months_of_period, realise
from itil_strategy.it_finance.business_case.model import fraction
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.utils.costing import direct_cost_by_month
from itil_strategy.utils.money import to_decimal

BENEFIT = "Benefit"
FIELDS = (
	"name",
	"case_title",
	"it_service",
	"status",
	"case_owner",
	"start_date",
	"approved_on",
	"approved_npv",
	"discount_rate",
	"convention",
	"period_length",
	"figures",
)
Measures = dict[str, dict[str, dict[int, Decimal]]]


@dataclass(frozen=True, slots=True)
class CaseRealisation:
	"""A case with its figures; `measured` counts the periods that are over with a benefit planned, and of them
	those with one entered."""

	case: frappe._dict
	realisation: Realisation
	verdict: str
	over: int
	measured: int


def load_realisations(company: str, names: Sequence[str] | None = None, **filters) -> list[CaseRealisation]:
	"""Realisation of the company's approved and lapsed cases; three queries and those of the ledger for any number."""
	wanted = {"company": company, "docstatus": 1, **filters}
	if names is not None:
		wanted["name"] = ("in", names)
	cases = frappe.get_all("Business Case", wanted, list(FIELDS), order_by="name asc", limit=0)
	plans = {case.name: json.loads(case.figures or "{}").get("plan") for case in cases}
	cases = [case for case in cases if plans[case.name]]
	measures = _load_measures([case.name for case in cases])
	over = {case.name: _periods_over(case, len(plans[case.name]["costs"])) for case in cases}
	ledger = _ledger_costs(company, cases, over)
	tolerance = load_settings().tolerance
	return [
		_realise(case, plans[case.name], measures[case.name], ledger[case.name], over[case.name], tolerance)
		for case in cases
	]


def _realise(
	case: frappe._dict,
	plan: dict,
	measures: Mapping[str, dict[int, Decimal]],
	ledger: dict[int, Decimal],
	over: dict[int, list[date]],
	tolerance: Decimal,
) -> CaseRealisation:
	benefits, costs = ([to_decimal(value) for value in plan[side]] for side in ("benefits", "costs"))
	found = realise(
		benefits,
		costs,
		measures.get(BENEFIT, {}),
		# What people entered for a period counts instead of the ledger.
		{**ledger, **measures.get("Cost", {})},
		basis_of(case),
		over,
	)
	due = [period for period in over if benefits[period]]
	measured = [period for period in due if period in measures.get(BENEFIT, {})]
	verdict = judge(found, to_decimal(case.approved_npv), tolerance)
	return CaseRealisation(case, found, verdict, len(due), len(measured))


def basis_of(case: frappe._dict) -> Basis:
	return Basis(fraction(case.discount_rate), case.convention, case.period_length)


def _load_measures(names: Sequence[str]) -> Measures:
	"""Sums per case, benefit or cost, and period."""
	found: Measures = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
	for row in frappe.get_all(
		"Benefit Measurement",
		{"business_case": ("in", names)},
		["business_case", "kind", "period", "amount"],
		limit=0,
	):
		side = BENEFIT if row.kind == BENEFIT else "Cost"
		found[row.business_case][side][row.period] += to_decimal(row.amount)
	return found


def _periods_over(case: frappe._dict, count: int) -> dict[int, list[date]]:
	"""Periods whose months are all complete, with these months; period 0 once the start has come."""
	start, basis, this_month = getdate(case.start_date), basis_of(case), month_start(getdate())
	found = {}
	for period in range(count):
		months = months_of_period(
			period, start, basis, getdate(case.approved_on) if case.approved_on else None
		)
		if (months and months[-1] < this_month) or (not months and start <= getdate()):
			found[period] = months
	return found


def _ledger_costs(
	company: str, cases: Sequence[frappe._dict], over: Mapping[str, dict[int, list[date]]]
) -> dict[str, dict[int, Decimal]]:
	"""Expense of the service per period that is over; a period without months has none of its own."""
	months = sorted({month for periods in over.values() for listed in periods.values() for month in listed})
	services = sorted({case.it_service for case in cases if case.it_service})
	booked = direct_cost_by_month(company, services, months)
	return {
		case.name: {
			period: sum((booked.get((case.it_service, month), Decimal(0)) for month in listed), Decimal(0))
			for period, listed in over[case.name].items()
			if listed and case.it_service
		}
		for case in cases
	}
