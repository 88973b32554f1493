"""The cost allocation of the sample organisation (FM-1 to FM-4), from plain files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from itil_strategy.domain.allocation import allocate
from itil_strategy.domain.allocation_pools import LedgerSum, PoolFilter, sort_into_buckets
from itil_strategy.domain.allocation_types import (
	ZERO,
	Allocation,
	AllocationRequest,
	Basis,
	Kind,
	Method,
	Pool,
)
from itil_strategy.domain.charging import ServiceTerms
from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.periods import next_month
from itil_strategy.preview.tables import Problems, Row, read_table

COLUMNS = ("Service", "Direct", "From Pools", "Received", "Passed On", "Final Cost")
NUMBERS = frozenset(COLUMNS[1:])
KINDS = (Kind.DIRECT, Kind.POOL, Kind.RECEIVED, Kind.PASSED_ON, Kind.FINAL)
BASES = tuple(str(basis) for basis in (Basis.EQUAL, Basis.FIXED, Basis.DRIVER, Basis.DIRECT_COST))


@dataclass(slots=True)
class SampleCosts:
	"""Ledger sums by month, pools with their rules, counted values, and who takes which share of whom."""

	ledger: dict[date, list[LedgerSum]] = field(default_factory=lambda: defaultdict(list))
	filters: list[PoolFilter] = field(default_factory=list)
	rules: dict[str, Pool] = field(default_factory=dict)
	driver_of: dict[str, str] = field(default_factory=dict)
	values: dict[tuple[str, date], dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))
	dependencies: list[Dependency] = field(default_factory=list)


def read_sample_costs(folder: Path, problems: Problems) -> SampleCosts:
	"""direct_costs.csv, shared_costs.csv, cost_elements.csv, pools.csv, drivers.csv and dependencies.csv."""
	costs = SampleCosts()
	elements = {
		row.needed("account"): row.needed("element")
		for row in read_table(folder / "cost_elements.csv", ("element", "account"), (), problems)
	}
	for name in ("direct_costs.csv", "shared_costs.csv"):
		columns = ("month", "account", "cost_center", "amount")
		for row in read_table(folder / name, columns, ("service",), problems):
			if month := row.month("month"):
				account = row.needed("account")
				costs.ledger[month].append(
					LedgerSum(
						row.text("service"),
						account,
						row.text("cost_center"),
						elements.get(account, ""),
						row.number_in("amount", signed=True),
					)
				)
	for row in read_table(
		folder / "pools.csv",
		("pool", "order", "basis"),
		("accounts", "cost_centers", "driver", "services", "capacity"),
		problems,
	):
		_read_pool(row, costs)
	for row in read_table(folder / "drivers.csv", ("driver", "month", "service", "value"), (), problems):
		if month := row.month("month"):
			costs.values[(row.needed("driver"), month)][row.needed("service")] = row.number_in("value")
	for row in read_table(
		folder / "dependencies.csv", ("service", "depends_on"), ("share", "critical"), problems
	):
		costs.dependencies.append(
			Dependency(row.needed("service"), row.needed("depends_on"), share=row.number_in("share"))
		)
	return costs


def allocate_sample(
	costs: SampleCosts, services: Mapping[str, ServiceTerms], months: Sequence[date], precision: int
) -> dict[date, Allocation]:
	"""Each month with cost, reciprocal, as the site does it."""
	return {
		month: allocate(_request(costs, services, month, precision))
		for month in months
		if costs.ledger.get(month)
	}


def allocation_rows(
	allocations: Mapping[date, Allocation], names: Mapping[str, str]
) -> list[tuple[str, tuple[Decimal, ...]]]:
	"""Sums of all months: services by name, what no service bears, and the total, which is the ledger's expense."""
	sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(KINDS))
	others: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(KINDS))
	for allocation in allocations.values():
		for line in allocation.lines:
			if line.kind in KINDS:
				sums[line.service][KINDS.index(line.kind)] += line.amount
			elif line.service:
				others[f"Nobody takes it from {names.get(line.service, line.service)}"][-1] += line.amount
			else:
				place = KINDS.index(Kind.DIRECT if line.kind == Kind.UNASSIGNED else Kind.POOL)
				row = others[f"{line.kind}: {line.pool}" if line.pool else str(line.kind)]
				row[place] += line.amount
				row[-1] += line.amount
	rows = [(names.get(service, service), tuple(sums[service])) for service in sorted(sums)]
	rows += [(name, tuple(others[name])) for name in sorted(others)]
	total = tuple(sum((amounts[place] for _name, amounts in rows), ZERO) for place in range(len(KINDS)))
	return [*rows, ("Total", total)]


def describe_allocation(allocations: Mapping[date, Allocation]) -> str:
	"""Heading with the months."""
	months = sorted(allocations)
	return f"Cost allocation {months[0]:%Y-%m} to {months[-1]:%Y-%m} (reciprocal)"


def _read_pool(row: Row, costs: SampleCosts) -> None:
	name, basis = row.needed("pool"), row.choice("basis", BASES)
	costs.filters.append(
		PoolFilter(
			name, int(row.number_in("order")), _names(row.text("accounts")), _names(row.text("cost_centers"))
		)
	)
	listed = {}
	for entry in _names(row.text("services")):
		service, _space, share = entry.rpartition(" ")
		if not (service and share.isdecimal()):
			row.refuse("services", f'"{entry}" is not a service and its percent. Write it like STORAGE 60.')
			continue
		listed[service] = Decimal(share)
	costs.rules[name] = Pool(
		name, basis, {}, listed=listed, capacity=row.number_in("capacity") if row.text("capacity") else None
	)
	if basis == Basis.DRIVER:
		costs.driver_of[name] = row.needed("driver")


def _names(text: str) -> frozenset[str]:
	return frozenset(name.strip() for name in text.split(";") if name.strip())


def _request(
	costs: SampleCosts, services: Mapping[str, ServiceTerms], month: date, precision: int
) -> AllocationRequest:
	buckets = sort_into_buckets(costs.ledger[month], costs.filters)
	return AllocationRequest(
		method=Method.RECIPROCAL,
		direct=buckets.direct,
		receivers=tuple(
			name
			for name, terms in sorted(services.items())
			if (terms.operational_from is None or terms.operational_from < next_month(month))
			and (terms.last_day is None or terms.last_day >= month)
		),
		pools=tuple(
			Pool(
				name=name,
				basis=rule.basis,
				amounts=buckets.pools[name],
				listed=rule.listed,
				values=costs.values.get((costs.driver_of.get(name, ""), month), {}),
				capacity=rule.capacity,
			)
			for name, rule in sorted(costs.rules.items())
		),
		dependencies=tuple(costs.dependencies),
		unassigned=buckets.unassigned,
		precision=precision,
	)
