"""Planned against actual of approved cases, set-wise (FM-14).

The plan is as stored. Benefits and costs are as entered; where no OpEx was entered it is the expense of the service
in the ledger, and where no CapEx was it is what the assets of the service cost, unless several cases share the service.
Depreciation is no expense here: the investment itself counts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

import frappe
from frappe.utils import getdate

from itil_strategy.domain.case_errors import CaseError
from itil_strategy.domain.case_rows import BENEFIT, CAPEX, OPEX
from itil_strategy.domain.investment import ZERO, Basis
from itil_strategy.domain.periods import month_start
from itil_strategy.domain.realisation import (
	Realisation,
	booked_opex,
	bought_capex,
	judge,
	months_of_period,
	realise,
)
from itil_strategy.it_finance.business_case.model import build_model, fraction
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.it_finance.business_case.transitions import APPROVED
from itil_strategy.utils.assets import bought_by_month
from itil_strategy.utils.costing import direct_cost_by_month
from itil_strategy.utils.money import to_decimal

FIELDS = (
	"name",
	"case_title",
	"it_service",
	"status",
	"case_owner",
	"start_date",
	"approved_npv",
	"discount_rate",
	"convention",
	"period_length",
	"recommended_option",
	"figures",
)
TABLES = {
	"options": "Business Case Option",
	"flows": "Business Case Flow",
	"assumptions": "Business Case Assumption",
}
Measures = dict[str, dict[str, dict[int, Decimal]]]


@dataclass(frozen=True, slots=True)
class CaseRealisation:
	"""A case with its figures; `measured` counts the periods that are over with a benefit planned, and of them
	those with one entered. `is_shared`: other cases share the service, so the ledger cannot tell their costs apart."""

	case: frappe._dict
	realisation: Realisation
	verdict: str
	over: int
	measured: int
	is_shared: bool


def load_realisations(company: str, names: Sequence[str] | None = None, **filters) -> list[CaseRealisation]:
	"""Realisation of the company's approved and lapsed cases; eight queries and those of the ledger for any number."""
	wanted = {"company": company, "docstatus": 1, **filters}
	if names is not None:
		wanted["name"] = ("in", names)
	cases = frappe.get_all("Business Case", wanted, list(FIELDS), order_by="name asc", limit=0)
	plans = {case.name: json.loads(case.figures or "{}").get("plan") for case in cases}
	cases = [case for case in cases if plans[case.name]]
	measures = _load_measures([case.name for case in cases])
	capex = _load_capex(cases, plans)
	over = {case.name: _periods_over(case, len(plans[case.name]["costs"])) for case in cases}
	shared = _find_shared(company, cases)
	alone = [case for case in cases if case.name not in shared]
	booked = _load_by_service(alone, over, partial(direct_cost_by_month, company, with_depreciation=False))
	bought = _load_by_service(alone, over, partial(bought_by_month, company))
	tolerance = load_settings().tolerance
	return [
		_realise(
			case,
			plans[case.name],
			capex[case.name],
			measures[case.name],
			booked[case.name],
			bought[case.name],
			over[case.name],
			tolerance,
			case.name in shared,
		)
		for case in cases
	]


def _realise(
	case: frappe._dict,
	plan: dict,
	capex: list[Decimal],
	measures: Mapping[str, dict[int, Decimal]],
	booked: Mapping[date, Decimal],
	bought: Mapping[date, Decimal],
	over: dict[int, list[date]],
	tolerance: Decimal,
	is_shared: bool,
) -> CaseRealisation:
	benefits, costs = ([to_decimal(value) for value in plan[side]] for side in ("benefits", "costs"))
	opex = [cost - invested for cost, invested in zip(costs, capex, strict=True)]
	start, basis = getdate(case.start_date), basis_of(case)
	ledger = booked_opex(booked, opex, start, basis, over)
	assets = bought_capex(bought, capex[: len(costs)], start, basis, over)
	found = realise(
		benefits,
		opex,
		measures.get(BENEFIT, {}),
		# What people entered for a period counts instead of ledger and assets.
		{**ledger, **measures.get(OPEX, {})},
		basis,
		over,
		capex,
		{**assets, **measures.get(CAPEX, {})},
	)
	due = [period for period in over if benefits[period]]
	measured = [period for period in due if period in measures.get(BENEFIT, {})]
	verdict = judge(found, to_decimal(case.approved_npv), tolerance)
	return CaseRealisation(case, found, verdict, len(due), len(measured), is_shared)


def basis_of(case: frappe._dict) -> Basis:
	return Basis(fraction(case.discount_rate), case.convention, case.period_length)


def _load_measures(names: Sequence[str]) -> Measures:
	"""Sums per case, kind and period."""
	found: Measures = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
	for row in frappe.get_all(
		"Benefit Measurement",
		{"business_case": ("in", names)},
		["business_case", "kind", "period", "amount"],
		limit=0,
	):
		found[row.business_case][row.kind][row.period] += to_decimal(row.amount)
	return found


def _load_capex(cases: Sequence[frappe._dict], plans: Mapping[str, dict]) -> dict[str, list[Decimal]]:
	"""What of the planned costs of each period is investment. A query per table."""
	names = [case.name for case in cases]
	rows: dict[str, dict[str, list]] = {name: {table: [] for table in TABLES} for name in names}
	for table, doctype in TABLES.items():
		for row in frappe.get_all(
			doctype,
			{"parenttype": "Business Case", "parent": ("in", names)},
			["*"],
			order_by="idx asc",
			limit=0,
		):
			rows[row.parent][table].append(row)
	found = {}
	for case in cases:
		costs = [to_decimal(value) for value in plans[case.name]["costs"]]
		try:
			model = build_model(frappe._dict({**case, **rows[case.name], "risks": []}))
			capex = model.flows(case.recommended_option).capex
		except CaseError:
			# Approved under older rules: what cannot be told apart is compared with what was entered only.
			capex = costs
		capex = [*capex, *[ZERO] * len(costs)]
		found[case.name] = [min(invested, cost) for invested, cost in zip(capex, costs, strict=False)]
	return found


def _find_shared(company: str, cases: Sequence[frappe._dict]) -> set[str]:
	"""Cases beside which another is approved on the same service; a lapsed one also where another lapsed. One query."""
	services = sorted({case.it_service for case in cases if case.it_service})
	states = Counter(
		frappe.get_all(
			"Business Case",
			{"company": company, "docstatus": 1, "it_service": ("in", [*services, ""])},
			["it_service", "status"],
			as_list=True,
			limit=0,
		)
	)
	shared = set()
	for case in cases:
		approved = states[case.it_service, APPROVED]
		others = (
			approved if case.status == APPROVED else approved + states[case.it_service, case.status]
		) - 1
		if case.it_service and others:
			shared.add(case.name)
	return shared


def _periods_over(case: frappe._dict, count: int) -> dict[int, list[date]]:
	"""Periods whose months are all complete, with these months."""
	start, basis, this_month = getdate(case.start_date), basis_of(case), month_start(getdate())
	months = {period: months_of_period(period, start, basis) for period in range(count)}
	return {period: listed for period, listed in months.items() if listed[-1] < this_month}


def _load_by_service(
	cases: Sequence[frappe._dict],
	over: Mapping[str, dict[int, list[date]]],
	load: Callable[[list[str], list[date]], Mapping[tuple[str, date], Decimal]],
) -> Mapping[str, dict[date, Decimal]]:
	"""What `load` finds for the service of each case, per month of the periods that are over."""
	months = sorted({month for case in cases for listed in over[case.name].values() for month in listed})
	services = sorted({case.it_service for case in cases if case.it_service})
	found: dict[str, dict[date, Decimal]] = defaultdict(dict)
	for (service, month), amount in load(services, months).items():
		found[service][month] = amount
	return defaultdict(dict, {case.name: found[case.it_service] for case in cases if case.it_service})
