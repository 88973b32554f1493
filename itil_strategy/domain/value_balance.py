"""Cost, price and value of services side by side: who pays much for what is worth little, and the other way round.

Money and points of value have no common unit, so each is compared by its share of the sum over the services.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO, HUNDRED = Decimal(0), Decimal(100)
# Shares that differ by less say nothing: contributions and weights are estimates in steps of five or ten.
TOLERANCE = Decimal(5)

PRICE_BELOW_COST, VALUE_BELOW_PRICE, VALUE_NOT_STATED, BALANCED = (
	"Price Below Cost",
	"Value Below Price",
	"Value Not Stated",
	"Balanced",
)


@dataclass(frozen=True, slots=True)
class Worth:
	"""A service: what it cost, what its usage is worth by the prices, and its points of value (of 100)."""

	service: str
	cost: Decimal
	price: Decimal
	value: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
	"""Shares in percent of the sums over all services, and what stands out."""

	cost_share: Decimal
	price_share: Decimal
	value_share: Decimal
	finding: str


def balance(services: Sequence[Worth]) -> dict[str, Balance]:
	"""The balance of each service; what is negative has no share."""
	costs, prices, values = (
		sum((max(getattr(item, field), ZERO) for item in services), ZERO)
		for field in ("cost", "price", "value")
	)
	return {
		item.service: _judge(
			item, _share(item.cost, costs), _share(item.price, prices), _share(item.value, values)
		)
		for item in services
	}


def _judge(item: Worth, cost_share: Decimal, price_share: Decimal, value_share: Decimal) -> Balance:
	if item.price < item.cost:
		finding = PRICE_BELOW_COST
	elif not item.value:
		finding = VALUE_NOT_STATED
	elif value_share < price_share - TOLERANCE:
		finding = VALUE_BELOW_PRICE
	else:
		finding = BALANCED
	return Balance(cost_share, price_share, value_share, finding)


def _share(amount: Decimal, total: Decimal) -> Decimal:
	return max(amount, ZERO) / total * HUNDRED if total else ZERO
