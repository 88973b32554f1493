"""Charging at cost (FM-9): the cost of a service and month, shared by the usage of its offering.

It is full cost where the month is allocated, else direct cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from itil_strategy.domain.charging_parts import Part
from itil_strategy.domain.charging_types import ChargingRequest, Obstacle
from itil_strategy.domain.money import round_to_step, split
from itil_strategy.domain.policies import Policy
from itil_strategy.domain.pricing import Price, PriceStep

ZERO = Decimal(0)
HUNDRED = Decimal(100)
SHOWN_DECIMALS = 9


def share_costs(
	request: ChargingRequest, parts: Iterable[Part]
) -> tuple[list[tuple[Part, Price]], list[Obstacle]]:
	"""Prices of the parts that are charged at cost, and what stands in the way.

	The month's cost with its markup is split over all customers of the offering by quantity, whatever
	their policy, so the shares add up to the cost to the last unit; those on a cost policy are charged.
	"""
	pools: dict[tuple, dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
	for part in parts:
		pools[(part.offering.service, part.month)][part.offering.offering].append(part)
	prices: list[tuple[Part, Price]] = []
	obstacles: list[Obstacle] = []
	for (service, month), by_offering in sorted(pools.items(), key=lambda item: item[0]):
		at_cost = {
			name: pool for name, pool in sorted(by_offering.items()) if any(part.is_at_cost for part in pool)
		}
		if not at_cost:
			continue
		found = list(_obstacles(request, service, at_cost))
		obstacles.extend(found)
		if not found:
			((_offering, pool),) = at_cost.items()
			prices.extend(_share(request, pool, request.costs.get((service, month))))
	return prices, obstacles


def _obstacles(request: ChargingRequest, service: str, at_cost: dict[str, list[Part]]) -> Iterator[Obstacle]:
	month = next(iter(at_cost.values()))[0].month
	if len(at_cost) > 1:
		yield Obstacle(
			"Policy",
			service,
			f"Service {service} has several offerings at cost in {month:%Y-%m}: {' and '.join(at_cost)}."
			" Its cost can be shared by the usage of one; give the others a price.",
		)
	for part in (part for pool in at_cost.values() for part in pool):
		policy = part.policy
		if part.quantity < 0:
			yield Obstacle(
				"Usage",
				part.offering.offering,
				f"Usage of {part.offering.offering} by {part.customer} in {month:%Y-%m} is negative in sum,"
				" so cost cannot be shared by it. Correct the usage.",
			)
		if part.is_at_cost and policy.currency != request.company_currency:
			yield Obstacle(
				"Policy",
				policy.name,
				f"Policy {policy.name} charges cost in {policy.currency}. Cost is kept in"
				f" {request.company_currency}; choose that currency.",
			)
		if part.is_at_cost and part.days != part.life_days:
			yield Obstacle(
				"Policy",
				policy.name,
				f"Policy {policy.name} charges cost and does not cover all of {month:%Y-%m} for {part.customer}."
				" A cost policy must start and end with a month.",
			)


def _share(request: ChargingRequest, pool: list[Part], cost: Decimal | None) -> Iterator[tuple[Part, Price]]:
	quantities: dict[str, Decimal] = defaultdict(Decimal)
	for part in pool:
		quantities[part.customer] += part.quantity
	total = sum(quantities.values(), ZERO)
	if not total:
		return
	shares: dict[str, dict[str, Decimal]] = {}
	for part in pool:
		policy = part.policy
		if not part.is_at_cost:
			continue
		if policy.name not in shares:
			precision = _precision(request, policy)
			shares[policy.name] = split(_with_markup(cost or ZERO, policy), quantities, precision)
		amount = shares[policy.name][part.customer]
		unit_price = round_to_step(_with_markup(cost or ZERO, policy) / total, SHOWN_DECIMALS)
		yield (
			part,
			Price(amount, (PriceStep(_label(request, part, cost), part.quantity, unit_price, amount),)),
		)


def _precision(request: ChargingRequest, policy: Policy) -> int:
	if policy.rounding_precision is not None:
		return policy.rounding_precision
	return request.precisions[request.company_currency]


def _with_markup(cost: Decimal, policy: Policy) -> Decimal:
	markup = policy.markup_percent if policy.method == "Cost Plus" else ZERO
	return cost * (1 + markup / HUNDRED)


def _label(request: ChargingRequest, part: Part, cost: Decimal | None) -> str:
	kind = "full cost" if part.month in request.allocated_months else "direct cost"
	if cost is None:
		return f"no {kind} booked in {part.month:%Y-%m}"
	if part.policy.method == "Cost Plus":
		return f"share of {kind} {cost} plus {part.policy.markup_percent.normalize():f} %"
	return f"share of {kind} {cost}"
