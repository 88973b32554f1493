"""FM-9: what a quantity costs. Figures cite the table "Prices" of the design or are worked out beside the test."""

from datetime import date
from decimal import Decimal

import pytest

from itil_strategy.domain.errors import FormulaError, PricingError, TierError
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import Period
from itil_strategy.domain.pricing import (
	METHODS,
	Level,
	PriceStep,
	Tier,
	average_quantity,
	capacity_rate,
	parse_price_formula,
	price_quantity,
	validate_tiers,
)

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))


def tiers(*rows: tuple) -> tuple[Tier, ...]:
	"""Tiers from (from, to, price), unchecked."""
	return tuple(Tier(*(None if value is None else Decimal(value) for value in row)) for row in rows)


# 65,000 units, first 10k at 0.0010, next to 50k at 0.0008, next to 100k at 0.0006
CALLS = tiers((0, 10_000, "0.0010"), (10_000, 50_000, "0.0008"), (50_000, 100_000, "0.0006"))
SEATS = tiers((0, 10, 1), (10, None, "0.50"))
FIVES = tiers((0, 5, 2), (5, 10, 1))


def price(method, quantity, **terms):
	"""`price_quantity` with terms as text, those not given being 0."""
	defaults = dict.fromkeys(("unit_price", "package_size", "fixed_fee", "minimum"), 0) | {
		"fraction": 1,
		"tiers": (),
	}
	terms = defaults | terms
	values = {
		name: value if name in ("tiers", "formula") else Decimal(value) for name, value in terms.items()
	}
	return price_quantity(method, Decimal(quantity), **values)


@pytest.mark.parametrize(
	("method", "quantity", "policy_tiers", "expected"),
	[
		("Graduated", 65_000, CALLS, "51.00"),
		("Volume", 65_000, CALLS, "39.00"),
		("Graduated", 12, SEATS, "11.00"),
		("Volume", 12, SEATS, "6.00"),
		# 5 at 2 and 0.5 at 1; all 5.5 at 1: the quantity falls in the second tier
		("Graduated", "5.5", FIVES, "10.50"),
		("Volume", "5.5", FIVES, "5.50"),
		# at the limit the next tier begins
		("Volume", "4.999", FIVES, "9.998"),
		("Volume", 5, FIVES, "5"),
		("Graduated", 5, FIVES, "10"),
		("Graduated", 0, FIVES, "0"),
		("Volume", 0, FIVES, "0"),
		("Graduated", -12, SEATS, "-11.00"),
		("Volume", -12, SEATS, "-6.00"),
	],
)
def test_tiered_prices(method, quantity, policy_tiers, expected):
	assert price(method, quantity, tiers=policy_tiers).amount == Decimal(expected)


@pytest.mark.parametrize(
	("method", "quantity", "terms", "expected"),
	[
		("Per Unit", "2.5", {"unit_price": "0.03"}, "0.075"),
		("Per Unit", "-2.5", {"unit_price": "0.03"}, "-0.075"),
		("Package", 0, {"package_size": 100, "unit_price": 9}, "0"),
		("Package", 1, {"package_size": 100, "unit_price": 9}, "9"),
		("Package", 100, {"package_size": 100, "unit_price": 9}, "9"),
		("Package", "100.001", {"package_size": 100, "unit_price": 9}, "18"),
		("Package", -101, {"package_size": 100, "unit_price": 9}, "-18"),
		("Package", 1, {"package_size": "0.1", "unit_price": 9}, "90"),
		("Fixed Fee", 0, {"fixed_fee": 30}, "30"),
		("Fixed Fee", 7, {"fixed_fee": 30}, "30"),
		("Fixed Fee", 7, {"fixed_fee": 30, "fraction": "0.5"}, "15"),
		("None", 7, {"unit_price": 30, "minimum": 30}, "0"),
	],
)
def test_other_prices(method, quantity, terms, expected):
	assert price(method, quantity, **terms).amount == Decimal(expected)


@pytest.mark.parametrize(
	("quantity", "minimum", "fraction", "expected", "applied"),
	[
		(3, 10, 1, "10", True),
		(10, 10, 1, "10", False),
		(11, 10, 1, "11", False),
		(0, 10, 1, "10", True),
		# half of the month, half of the minimum
		(3, 10, "0.5", "5", True),
		(6, 10, "0.5", "6", False),
		# a correction gives back what it cost, no more
		(-3, 10, 1, "-3", False),
	],
)
def test_minimum(quantity, minimum, fraction, expected, applied):
	result = price("Per Unit", quantity, unit_price=1, minimum=minimum, fraction=fraction)
	assert (result.amount, result.minimum_applied) == (Decimal(expected), applied)


def test_steps_tell_how_the_price_came_about():
	assert price("Graduated", 12, tiers=SEATS, minimum=20).steps == (
		PriceStep("0-10", Decimal(10), Decimal(1), Decimal(10)),
		PriceStep("10-…", Decimal(2), Decimal("0.50"), Decimal("1.00")),
		PriceStep("up to the minimum", Decimal(1), Decimal(9), Decimal(9)),
	)
	# a tier that is not reached has no step
	assert [step.label for step in price("Graduated", 10, tiers=SEATS).steps] == ["0-10"]
	assert price("Graduated", 0, tiers=SEATS).steps == ()
	assert price("Package", 101, package_size=100, unit_price=9).steps == (
		PriceStep("packages of 100", Decimal(2), Decimal(9), Decimal(18)),
	)
	assert price("Volume", -12, tiers=SEATS).steps == (
		PriceStep("10-…", Decimal(-12), Decimal("0.50"), Decimal("-6.00")),
	)


@pytest.mark.parametrize(
	("method", "quantity"), [("Graduated", 100_000), ("Volume", "100000.5"), ("Volume", -100_000)]
)
def test_quantity_beyond_a_closed_last_tier_is_refused(method, quantity):
	with pytest.raises(
		PricingError, match=r"quantity 100000\S* is beyond the last tier\. Add a tier or leave"
	):
		price(method, quantity, tiers=CALLS)


@pytest.mark.parametrize("size", [0, -1])
def test_package_without_a_size_is_refused(size):
	with pytest.raises(PricingError, match=r"The package size must be above 0\."):
		price("Package", 1, package_size=size)


@pytest.mark.parametrize("method", ["Cost", "Cost Plus", "Bargain"])
@pytest.mark.parametrize("quantity", [1, -1])
def test_method_without_a_price_per_quantity_is_refused(method, quantity):
	with pytest.raises(PricingError, match=rf"method {method} has no price per quantity\. Choose Per Unit"):
		price(method, quantity)


def test_every_other_method_has_a_price():
	terms = {"tiers": SEATS, "package_size": 1, "unit_price": 1, "fixed_fee": 1, "formula": "quantity"}
	for method in METHODS:
		if not method.startswith("Cost"):
			assert price(method, 1, **terms).amount >= 0


def test_tiers_are_put_in_order():
	assert validate_tiers(CALLS[::-1]) == CALLS
	assert validate_tiers(list(SEATS)) == SEATS


@pytest.mark.parametrize(
	("rows", "words"),
	[
		([], r"There are no tiers\. Enter at least one, starting at 0\."),
		([(5, None, 1)], r"Tier 1 \(5-…\) must start at 0\."),
		([(-5, 5, 1)], r"Tier 1 \(-5-5\) must start at 0\."),
		([(0, 10, 1), (11, None, 1)], r"Tier 2 \(11-…\) must start at 10, where the tier before it ends\."),
		([(0, 10, 1), (9, None, 1)], r"Tier 2 \(9-…\) must start at 10, where the tier before it ends\."),
		([(0, 10, 1), (0, 10, 2)], r"Tier 2 \(0-10\) must start at 10"),
		(
			[(0, None, 1), (10, 20, 1)],
			r"Tier 2 \(10-20\) follows a tier without upper limit\. Give the tier before",
		),
		([(0, 0, 1)], r"Tier 1 \(0-0\) is empty\. Its upper limit must be above its start\."),
		([(0, 10, 1), (10, 5, 1)], r"Tier 2 \(10-5\) is empty\."),
		([(0, 10, 1), (10, None, "-0.01")], r"Tier 2 \(10-…\) has a negative price\. Enter 0 or more\."),
	],
)
def test_bad_tiers_are_refused_and_named(rows, words):
	with pytest.raises(TierError, match=words):
		validate_tiers(tiers(*rows))


@pytest.mark.parametrize(
	("levels", "expected"),
	[
		# 1 for 10 days, then 2 for 20 of 30 days, at 720 a month
		([(1, 1), (11, 2)], "1200.00"),
		([(11, 2), (1, 1)], "1200.00"),
		([(1, 1)], "720.00"),
		([], "0.00"),
		# nothing before the 16th
		([(16, 1)], "360.00"),
		# ended after 10 days
		([(1, 3), (11, 0)], "720.00"),
		# from the last day on
		([(30, 1)], "24.00"),
		# the later entry of a day counts
		([(1, 5), (1, 1)], "720.00"),
	],
)
def test_a_level_is_weighted_by_its_days(levels, expected):
	history = [Level(date(2026, 4, day), Decimal(quantity)) for day, quantity in levels]
	quantity = average_quantity(history, APRIL)
	assert str(round_to_step(price("Per Unit", quantity, unit_price=720).amount, 2)) == expected


def test_levels_from_before_and_after_the_period():
	history = [Level(date(2025, 1, 1), Decimal(4)), Level(date(2026, 5, 1), Decimal(9))]
	assert average_quantity(history, APRIL) == 4


def test_capacity_that_is_not_used_is_idle_or_recovered():
	"""25 units of 100, 50 used: 25 % of the cost at practical capacity, 50 % at full recovery."""
	cost, capacity, used = Decimal(1000), Decimal(100), Decimal(50)
	assert 25 * capacity_rate(cost, capacity, used, full_recovery=False) == Decimal(250)
	assert 25 * capacity_rate(cost, capacity, used, full_recovery=True) == Decimal(500)


@pytest.mark.parametrize(
	("capacity", "used", "full_recovery"), [(0, 5, False), (100, 0, True), (-1, 5, False)]
)
def test_cost_cannot_be_divided_by_no_capacity(capacity, used, full_recovery):
	with pytest.raises(
		PricingError, match=r"There is no capacity to divide the cost by\. Enter a quantity above 0\."
	):
		capacity_rate(Decimal(1000), Decimal(capacity), Decimal(used), full_recovery)


def test_a_formula_counts_with_the_policys_amounts_and_days():
	"""10 of 31 days of a fee of 310, and 5 a unit beyond 2: 100 + 15."""
	text = "fixed_fee * days / month_days + max(quantity - 2, 0) * unit_price"
	terms = {"fixed_fee": Decimal(310), "unit_price": Decimal(5), "days": 10, "month_days": 31}
	result = price_quantity("Formula", Decimal(5), formula=text, **terms)
	assert result.amount == 115
	(step,) = result.steps
	assert step.label.startswith(text) and "quantity = 5" in step.label
	assert price_quantity("Formula", Decimal(-5), formula=text, **terms).amount == -115
	assert price_quantity("Formula", Decimal(5), formula=text, minimum=Decimal(120), **terms).amount == 120


def test_a_formula_over_other_names_is_refused():
	with pytest.raises(FormulaError, match=r"Position 12: there is no variable colour"):
		parse_price_formula("quantity * colour")
