"""What a service costs in full: final cost of the latest submitted allocation run (FM-2), and what it would strand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.allocation import allocate, stranded_by_sums, stranded_cost, stranded_totals
from itil_strategy.domain.allocation_snapshot import unpack
from itil_strategy.domain.allocation_types import AllocationRequest, Kind
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import next_month
from itil_strategy.utils.costing import direct_cost_by_month, expense_accounts, live_ledger_criterion
from itil_strategy.utils.money import currency_precision, exact_sum, to_decimal

ZERO = Decimal(0)
MONTHS_PER_YEAR = 12
CostByMonth = dict[tuple[str, date], Decimal]  # by service and first of the month


def latest_runs(company: str, months: Iterable[date]) -> dict[date, str]:
	"""Per month the run that was submitted last; months that none covers are left out."""
	wanted = sorted(months)
	if not wanted:
		return {}
	rows = frappe.get_all(
		"Cost Allocation Run",
		{
			"company": company,
			"docstatus": 1,
			"period_start": ("<=", wanted[-1]),
			"period_end": (">=", wanted[0]),
		},
		["name", "period_start", "period_end"],
		order_by="submitted_on asc, name asc",
		limit=0,
	)
	return {
		month: row.name
		for row in rows
		for month in wanted
		if getdate(row.period_start) <= month <= getdate(row.period_end)
	}


def final_cost_by_month(company: str, services: Sequence[str], months: Sequence[date]) -> CostByMonth:
	"""Final cost per service and month in company currency, for all months that a submitted run covers.

	A pair that is missing is of a month that no run covers; a service without cost in a covered one has 0.
	"""
	runs = latest_runs(company, months)
	sums = _sum_lines(runs, (Kind.FINAL,), services)
	return {
		(service, month): sums.get((Kind.FINAL, month, service), ZERO)
		for month in runs
		for service in services
	}


def cost_by_month(
	company: str, services: Sequence[str], months: Sequence[date]
) -> tuple[CostByMonth, frozenset[date]]:
	"""Cost to charge: final cost in covered months, direct cost in the others; and which are covered."""
	final = final_cost_by_month(company, services, months)
	covered = frozenset(latest_runs(company, months))
	rest = [month for month in months if month not in covered]
	# Direct cost is summed from the first to the last of the months, covered ones between them included.
	return {**direct_cost_by_month(company, services, rest), **final}, covered


def allocated_by_month(
	company: str, services: Sequence[str], months: Sequence[date]
) -> tuple[CostByMonth, frozenset[date]]:
	"""What allocation adds to the direct cost of each service in covered months, or takes from it; and which are.

	Final cost less what the ledger booked on the service, so that the two add up to the final cost. What it adds
	in all was on no service in the ledger.
	"""
	final = final_cost_by_month(company, services, months)
	covered = frozenset(latest_runs(company, months))
	direct = direct_cost_by_month(company, services, sorted(covered))
	return {key: amount - direct.get(key, ZERO) for key, amount in final.items()}, covered


def describe_cost(months: Sequence[date], covered: Iterable[date]) -> str:
	"""One sentence for people: which cost is shown."""
	full = len(set(covered).intersection(months))
	if not full:
		return _("Cost is direct cost: no submitted allocation run covers these months.")
	if full == len(months):
		return _("Cost is full cost: submitted allocation runs cover all months.")
	return _(
		"Cost is full cost in the {0} of {1} months that submitted allocation runs cover, and direct cost in the others."
	).format(full, len(months))


def is_fully_allocated(company: str, months: Sequence[date], runs: Mapping[date, str]) -> bool:
	"""Whether runs cover every one of the months in which a service of the company had cost."""
	if not runs:
		return False
	missing = [month for month in months if month not in runs]
	return not missing or not _has_service_cost(company, missing)


def stranded_cost_per_year(
	company: str, services: Sequence[str], months: Sequence[date]
) -> dict[str, Decimal]:
	"""What would fall on other services in a year without each service (SP-7), from the runs of the months.

	A re-run of what each month was calculated from; the months are scaled to a year.
	"""
	runs = latest_runs(company, months)
	sums = _sum_lines(runs, (Kind.DIRECT, Kind.FINAL))
	by_kind: dict[tuple[str, date], dict[str, Decimal]] = defaultdict(dict)
	for (kind, month, service), amount in sums.items():
		by_kind[(kind, month)][service] = amount
	stuck = _months_with_stuck_services(runs)
	total: dict[str, Decimal] = dict.fromkeys(services, ZERO)
	for month, request in load_inputs(runs).items():
		found = (
			stranded_totals(request, allocate(request), services)
			if month in stuck
			else stranded_by_sums(
				request, by_kind[(Kind.DIRECT, month)], by_kind[(Kind.FINAL, month)], services
			)
		)
		for service, amount in found.items():
			total[service] += amount
	return {service: amount * MONTHS_PER_YEAR / len(months) for service, amount in total.items()}


def stranded_by_receiver(company: str, service: str, months: Sequence[date]) -> dict[str, Decimal]:
	"""The same of one service, per service that it would fall on; negative where a part of its cost is spared."""
	total: dict[str, Decimal] = defaultdict(Decimal)
	for request in load_inputs(latest_runs(company, months)).values():
		for receiver, amount in stranded_cost(request, allocate(request), service).items():
			total[receiver] += amount
	precision = currency_precision()
	return {
		receiver: round_to_step(amount * MONTHS_PER_YEAR / len(months), precision)
		for receiver, amount in sorted(total.items())
		if amount
	}


def load_inputs(runs: Mapping[date, str]) -> dict[date, AllocationRequest]:
	"""What the run of each month was calculated from."""
	if not runs:
		return {}
	rows = frappe.get_all(
		"Cost Allocation Input",
		{"allocation_run": ("in", sorted(set(runs.values()))), "month": ("in", list(runs))},
		["allocation_run", "month", "inputs"],
		order_by="month asc",
		limit=0,
	)
	return {
		month: request
		for row in rows
		if runs.get(getdate(row.month)) == row.allocation_run
		for month, request in unpack(row.inputs).items()
	}


def _sum_lines(
	runs: Mapping[date, str], kinds: Sequence[str], services: Sequence[str] | None = None
) -> dict[tuple[str, date, str], Decimal]:
	"""Sums by kind, month and service; one query."""
	if not runs:
		return {}
	line = frappe.qb.DocType("Service Cost")
	keys = (line.allocation_run, line.kind, line.month, line.it_service)
	query = (
		frappe.qb.from_(line)
		.select(*keys, exact_sum(line.amount))
		.where(
			line.allocation_run.isin(sorted(set(runs.values())))
			& line.kind.isin([str(kind) for kind in kinds])
			& line.month.isin(list(runs))
		)
		.groupby(*keys)
	)
	if services is not None:
		query = query.where(line.it_service.isin(list(services) or [""]))
	return {
		(kind, getdate(month), service): to_decimal(amount)
		for run, kind, month, service, amount in query.run()
		if runs[getdate(month)] == run
	}


def _months_with_stuck_services(runs: Mapping[date, str]) -> set[date]:
	return {month for _kind, month, service in _sum_lines(runs, (Kind.UNALLOCATED,)) if service}


def _has_service_cost(company: str, months: Sequence[date]) -> bool:
	accounts = expense_accounts(company)
	gl = frappe.qb.DocType("GL Entry")
	wanted = [(gl.posting_date >= month) & (gl.posting_date < next_month(month)) for month in sorted(months)]
	any_month = wanted[0]
	for criterion in wanted[1:]:
		any_month |= criterion
	found = (
		frappe.qb.from_(gl)
		.select(gl.name)
		.where(live_ledger_criterion(gl, company, min(months), next_month(max(months))))
		.where(any_month & gl.account.isin(accounts or [""]) & (gl.it_service != ""))
		.limit(1)
	).run()
	return bool(found)
