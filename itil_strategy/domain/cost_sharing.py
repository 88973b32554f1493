"""Charging at cost (FM-9): the direct cost of a service and month, shared by the usage of its offering."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from itil_strategy.domain.money import split
from itil_strategy.domain.periods import month_period
from itil_strategy.domain.pricing import Price, PriceStep

if TYPE_CHECKING:
	from itil_strategy.domain.charging_types import ChargingRequest

COST_METHODS = ("Cost", "Cost Plus")
ZERO = Decimal(0)
HUNDRED = Decimal(100)


def share_costs(
	request: "ChargingRequest", parts: Iterable
) -> tuple[list[tuple], list[tuple[str, str, str]]]:
	"""Prices for the parts that are charged at cost, and obstacles as (kind, subject, message).

	Every customer of the offering has a share by quantity, whatever the policy; those on a cost policy
	are charged theirs. So the shares of one month add up to its cost when all are.
	"""
	by_pool: dict[tuple, list] = defaultdict(list)
	for part in parts:
		by_pool[(part.offering.service, part.month, part.offering.offering)].append(part)
	prices, obstacles = [], []
	offerings_at_cost: dict[tuple, set[str]] = defaultdict(set)
	for (service, month, offering), pool in sorted(by_pool.items(), key=lambda item: item[0]):
		at_cost = [part for part in pool if part.policy.method in COST_METHODS]
		if not at_cost:
			continue
		offerings_at_cost[(service, month)].add(offering)
		problem = _find_problem(request, at_cost, offerings_at_cost[(service, month)])
		if problem:
			obstacles.append(problem)
		else:
			prices.extend(_share(request, pool, at_cost, request.costs.get((service, month), ZERO)))
	return prices, obstacles


def _find_problem(
	request: "ChargingRequest", at_cost: list, offerings: set[str]
) -> tuple[str, str, str] | None:
	part = at_cost[0]
	if len(offerings) > 1:
		names = " and ".join(sorted(offerings))
		message = f"Service {part.offering.service} has several offerings at cost in {part.month:%Y-%m}: {names}. Its direct cost can be shared by the usage of one; price the others."
		return ("Policy", part.offering.service, message)
	for part in at_cost:
		if part.policy.currency != request.company_currency:
			message = f"Policy {part.policy.name} charges cost in {part.policy.currency}. Cost is kept in {request.company_currency}; choose that currency."
			return ("Policy", part.policy.name, message)
		if part.period != month_period(part.month) and part.policy.validity.intersect(
			month_period(part.month)
		) != month_period(part.month):
			message = f"Policy {part.policy.name} charges cost and starts or ends within {part.month:%Y-%m}. A cost policy must cover whole months."
			return ("Policy", part.policy.name, message)
	return None


def _share(request: "ChargingRequest", pool: list, at_cost: list, cost: Decimal) -> Iterable[tuple]:
	quantities: dict[str, Decimal] = defaultdict(Decimal)
	for part in pool:
		quantities[part.customer] += max(part.quantity, ZERO)
	if not any(quantities.values()):
		return
	shares = split(cost, quantities, request.precisions[request.company_currency])
	for part in at_cost:
		share = shares[part.customer]
		amount = share * (1 + part.policy.markup_percent / HUNDRED)
		label = "share of direct cost" if cost else "no direct cost booked"
		steps = [PriceStep(label, part.quantity, share / part.quantity if part.quantity else ZERO, share)]
		if part.policy.method == "Cost Plus":
			steps.append(PriceStep("markup", part.policy.markup_percent, share / HUNDRED, amount - share))
		yield part, Price(amount, tuple(steps))
