"""Change the facts of a base month as a scenario says (FM-15); the engines are then run on them unchanged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from itil_strategy.domain.allocation import without_service
from itil_strategy.domain.allocation_types import AllocationRequest, Pool
from itil_strategy.domain.charging_types import ChargingRequest, UsageGroup
from itil_strategy.domain.periods import month_period
from itil_strategy.domain.policies import Policy
from itil_strategy.domain.scenario_types import ZERO, BaseFacts, Change, ChangeKind

ONE = Decimal(1)
DIGITS = 100  # scaled quantities by day must add up exactly
Launches = Mapping[str, Decimal]  # running cost of the month by service
# Direct cost that no ledger row has yet has no account, and so no cost element.
NO_ELEMENT = ""


def change_allocation(
	facts: BaseFacts, month: date, changes: Sequence[Change], launches: Launches
) -> AllocationRequest:
	"""What the month's cost would be allocated from.

	Values of pools shared by usage, or by direct cost, move with what they are worked out from; counted values and
	those of charges stay. A launched service is in operation: it takes part in pools and in its dependencies.
	"""
	request = facts.allocations[month]
	with localcontext() as context:
		context.prec = DIGITS
		factors = {
			change.service: _product(changes, ChangeKind.COST, change.service)
			for change in changes
			if change.kind == ChangeKind.COST
		}
		pools = tuple(_changed_pool(facts, month, pool, changes, factors, launches) for pool in request.pools)
		direct = {
			service: {element: amount * factors.get(service, ONE) for element, amount in amounts.items()}
			for service, amounts in request.direct.items()
		}
	for service, running in launches.items():
		amounts = direct.setdefault(service, {})
		amounts[NO_ELEMENT] = amounts.get(NO_ELEMENT, ZERO) + running
	request = replace(
		request,
		direct=direct,
		pools=pools,
		receivers=tuple(sorted({*request.receivers, *launches})) if launches else request.receivers,
	)
	for service in _retired(changes):
		request = without_service(request, service)
	return request


def change_charging(
	facts: BaseFacts, month: date, changes: Sequence[Change], costs: Mapping[str, Decimal]
) -> list[ChargingRequest]:
	"""What the month's usage would be priced from, one request per change of price.

	A price changes in all that it is made of (unit price, tiers, fee, minimum, the outcome of a formula), so that it is
	rounded once; charges at cost follow the cost instead.
	"""
	base, gone = facts.charging, set(_retired(changes))
	factors = _price_factors(base, changes)
	requests = []
	for factor in sorted({ONE, *factors.values()}):
		offerings = {
			terms.offering
			for terms in base.offerings
			if terms.service not in gone and factors.get(terms.offering, ONE) == factor
		}
		requests.append(
			replace(
				base,
				period=month_period(month),
				groups=tuple(
					_scaled_usage(group, _usage_factor(changes, group.service, group.offering))
					for group in base.groups
					if group.month == month and group.offering in offerings
				),
				policies=tuple(
					_scaled_price(policy, factor)
					for policy in base.policies
					if policy.service not in gone
					and (policy.offering is None or policy.offering in offerings)
				),
				costs={(service, month): cost for service, cost in costs.items()},
				allocated_months=frozenset((month,)),
			)
		)
	return requests


def _changed_pool(
	facts: BaseFacts,
	month: date,
	pool: Pool,
	changes: Sequence[Change],
	cost_factors: Mapping[str, Decimal],
	launches: Launches,
) -> Pool:
	values = dict(pool.values)
	if pool.name in facts.cost_pools:
		for service, factor in cost_factors.items():
			if service in values:
				values[service] *= factor
		for service, running in launches.items():
			values[service] = values.get(service, ZERO) + running
	unit = facts.usage_pools.get(pool.name)
	if unit:
		for service, factor in _usage_factors(facts, month, unit, changes).items():
			if service in values:
				values[service] *= factor
	return replace(pool, values=values)


def _usage_factors(facts: BaseFacts, month: date, unit: str, changes: Sequence[Change]) -> dict[str, Decimal]:
	"""How much more of a unit each changed service is used: by the weight of its offerings in the month."""
	touched = {change.service for change in changes if change.kind == ChangeKind.USAGE}
	before: dict[str, Decimal] = defaultdict(Decimal)
	after: dict[str, Decimal] = defaultdict(Decimal)
	for group in facts.charging.groups:
		if group.month == month and group.uom == unit and group.service in touched:
			before[group.service] += group.quantity
			after[group.service] += group.quantity * _usage_factor(changes, group.service, group.offering)
	return {
		service: max(after[service] / quantity, ZERO) for service, quantity in before.items() if quantity > 0
	}


def _usage_factor(changes: Iterable[Change], service: str, offering: str) -> Decimal:
	return _product(changes, ChangeKind.USAGE, service, offering)


def _price_factors(base: ChargingRequest, changes: Sequence[Change]) -> dict[str, Decimal]:
	"""The factor of each offering whose price changes."""
	touched = {change.service for change in changes if change.kind == ChangeKind.PRICE}
	with localcontext() as context:
		context.prec = DIGITS
		return {
			terms.offering: _product(changes, ChangeKind.PRICE, terms.service, terms.offering)
			for terms in base.offerings
			if terms.service in touched
		}


def _product(changes: Iterable[Change], kind: str, service: str, offering: str = "") -> Decimal:
	factor = ONE
	for change in changes:
		if change.kind == kind and change.service == service and change.offering in ("", offering):
			factor *= change.factor
	return factor


def _scaled_usage(group: UsageGroup, factor: Decimal) -> UsageGroup:
	if factor == ONE:
		return group
	with localcontext() as context:
		context.prec = DIGITS
		days = None if group.by_day is None else tuple((day, units * factor) for day, units in group.by_day)
		return replace(group, quantity=group.quantity * factor, by_day=days)


def _scaled_price(policy: Policy, factor: Decimal) -> Policy:
	if factor == ONE:
		return policy
	with localcontext() as context:
		context.prec = DIGITS
		minimum = policy.minimum * factor
		if policy.method == "Formula":
			return replace(policy, formula=f"({policy.formula}) * {factor:f}", minimum=minimum)
		return replace(
			policy,
			unit_price=policy.unit_price * factor,
			fixed_fee=policy.fixed_fee * factor,
			minimum=minimum,
			tiers=tuple(replace(tier, unit_price=tier.unit_price * factor) for tier in policy.tiers),
		)


def _retired(changes: Iterable[Change]) -> list[str]:
	return sorted({change.service for change in changes if change.kind == ChangeKind.RETIRE})
