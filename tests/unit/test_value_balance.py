"""Value balance by hand: three services of 1,000 in all, 1,250 by their prices, 40 points of value."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.value_balance import (
	BALANCED,
	PRICE_BELOW_COST,
	VALUE_BELOW_PRICE,
	VALUE_NOT_STATED,
	Worth,
	balance,
)

D = Decimal
amounts = st.integers(-100, 10_000).map(Decimal)


def found(*rows: tuple) -> dict[str, tuple]:
	"""Shares and finding by service, from (service, cost, price, value)."""
	result = balance([Worth(name, D(cost), D(price), D(value)) for name, cost, price, value in rows])
	return {
		name: (item.cost_share, item.price_share, item.value_share, item.finding)
		for name, item in result.items()
	}


def test_shares_and_findings():
	assert found(("mail", 500, 250, 10), ("shop", 300, 500, 28), ("wiki", 200, 500, 2)) == {
		"mail": (D(50), D(20), D(25), PRICE_BELOW_COST),
		"shop": (D(30), D(40), D(70), BALANCED),
		"wiki": (D(20), D(40), D(5), VALUE_BELOW_PRICE),
	}


def test_five_points_of_share_are_within_the_estimate():
	assert found(("a", 1, 50, 45), ("b", 1, 50, 55))["a"][3] == BALANCED
	assert found(("a", 1, 50, 44), ("b", 1, 50, 56))["a"][3] == VALUE_BELOW_PRICE


def test_no_value_and_nothing_at_all():
	assert found(("a", 1, 2, 0))["a"] == (D(100), D(100), D(0), VALUE_NOT_STATED)
	assert found(("a", 0, 0, 0))["a"] == (D(0), D(0), D(0), VALUE_NOT_STATED)
	assert balance([]) == {}


@given(st.lists(st.tuples(amounts, amounts, amounts), max_size=20))
def test_shares_add_up_to_the_whole(rows):
	result = balance([Worth(str(number), *row) for number, row in enumerate(rows)])
	for field in ("cost_share", "price_share", "value_share"):
		total = sum((getattr(item, field) for item in result.values()), D(0))
		assert round(total, 9) in (0, 100)
		assert all(getattr(item, field) >= 0 for item in result.values())
