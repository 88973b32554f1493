"""Fetch set-wise what a scenario starts from (FM-15). The number of queries does not grow with the rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import get_last_day, getdate

from itil_strategy.domain.allocation_types import AllocationRequest
from itil_strategy.domain.charging import ChargingRequest, UsageGroup, needs_days
from itil_strategy.domain.periods import Period, add_months, month_start, next_month
from itil_strategy.domain.policies import PolicyBook
from itil_strategy.domain.scenario_types import BaseFacts
from itil_strategy.it_finance.allocation import gather as allocation
from itil_strategy.it_finance.allocation.drivers import DIRECT_COST, USAGE
from itil_strategy.it_finance.charging.gather import load_masters
from itil_strategy.it_finance.charging.policies import load_policies
from itil_strategy.utils.ledger import get_exchange_rates
from itil_strategy.utils.money import company_currency, currency_precision, exact_sum, join_quantity
from itil_strategy.utils.service_cost import latest_runs, load_inputs
from itil_strategy.utils.usage import usage_by_customer

GroupKey = tuple[str, str, date]  # customer, offering, month
ByDay = tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Base:
	"""The months that a scenario starts from, and by what method those are allocated that no run covers."""

	company: str
	until: date
	count: int
	method: str

	@property
	def months(self) -> list[date]:
		last = month_start(self.until)
		return [add_months(last, number - self.count + 1) for number in range(self.count)]


def load_base(base: Base) -> BaseFacts:
	"""The facts of the base months.

	What a month's cost is allocated from is that of the run submitted last, so that a scenario agrees with the reports;
	a month without a run is gathered as a run would do now. Raises DomainError.
	"""
	usage_pools, cost_pools = _pools_that_follow(base.company)
	return BaseFacts(
		_load_allocations(base), _load_charging(base.company, base.months), usage_pools, cost_pools
	)


def _load_allocations(base: Base) -> dict[date, AllocationRequest]:
	requests = load_inputs(latest_runs(base.company, base.months))
	missing = [month for month in base.months if month not in requests]
	if missing:
		run = frappe._dict(
			company=base.company,
			period_start=missing[0],
			period_end=get_last_day(missing[-1]),
			method=base.method,
			step_down_order="",
		)
		gathered = allocation.build_requests(run)
		requests.update({month: gathered[month] for month in missing})
	return requests


def _load_charging(company: str, months: Sequence[date]) -> ChargingRequest:
	"""All usage of the months as if none was charged yet."""
	policies = tuple(load_policies(company=company))
	masters = load_masters(company)
	terms = {item.offering: item for item in masters["offerings"]}
	usage = usage_by_customer(company, months)
	book = PolicyBook(policies)
	changing = {
		(customer, offering, month)
		for customer, offering, month in usage
		if needs_days(book, terms[offering].service, offering, customer, month)
	}
	days = _usage_by_day(company, changing)
	currency = company_currency(company)
	currencies = {policy.currency for policy in policies} | {currency}
	return ChargingRequest(
		period=Period(months[0], next_month(months[-1])),
		run_mode="Chargeback",
		company_currency=currency,
		precisions=dict.fromkeys(currencies, currency_precision()),
		rates=get_exchange_rates(currencies, currency, get_last_day(months[-1])),
		groups=tuple(
			UsageGroup(
				customer=customer,
				service=terms[offering].service,
				offering=offering,
				uom=terms[offering].uom,
				month=month,
				quantity=quantity,
				by_day=days.get((customer, offering, month)),
			)
			for (customer, offering, month), quantity in sorted(usage.items())
		),
		policies=policies,
		**masters,
	)


def _usage_by_day(company: str, groups: set[GroupKey]) -> dict[GroupKey, ByDay]:
	"""Daily sums of the groups whose policy changes within the month."""
	if not groups:
		return {}
	usage, delivered = frappe.qb.DocType("Service Usage"), frappe.qb.DocType("Usage Import")
	keys = (usage.customer, usage.service_offering, usage.usage_month, usage.usage_date)
	rows = (
		frappe.qb.from_(usage)
		.inner_join(delivered)
		.on(delivered.name == usage.usage_import)
		.select(*keys, exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(
			(delivered.company == company)
			& (delivered.status == "Completed")
			& (usage.mapping_status == "Mapped")
			& usage.service_offering.isin(sorted({offering for _customer, offering, _month in groups}))
			& usage.usage_month.isin(sorted({month for _customer, _offering, month in groups}))
		)
		.groupby(*keys)
		.orderby(usage.usage_date)
	).run()
	days: dict[GroupKey, list[tuple[date, Decimal]]] = defaultdict(list)
	for customer, offering, month, day, *columns in rows:
		key = (customer, offering, getdate(month))
		if key in groups:
			days[key].append((getdate(day), join_quantity(*columns)))
	return {key: tuple(found) for key, found in days.items()}


def _pools_that_follow(company: str) -> tuple[dict[str, str], frozenset[str]]:
	"""Pools shared by usage with its unit, and pools whose driver follows direct cost."""
	pool, driver = frappe.qb.DocType("Cost Pool"), frappe.qb.DocType("Cost Driver")
	rows = (
		frappe.qb.from_(pool)
		.left_join(driver)
		.on(driver.name == pool.cost_driver)
		.select(pool.name, pool.basis, pool.usage_unit, driver.source, driver.unit)
		.where((pool.company == company) & (pool.disabled == 0))
		.orderby(pool.name)
	).run()
	usage = {
		name: usage_unit if basis == "Usage" else unit
		for name, basis, usage_unit, source, unit in rows
		if basis == "Usage" or (basis == "Driver" and source == USAGE)
	}
	cost = (name for name, basis, _unit, source, _of in rows if basis == "Driver" and source == DIRECT_COST)
	return usage, frozenset(cost)
