"""FM-9, FM-10: what holds for all usage and all prices."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from itil_strategy.domain.charging import PayerTerms, calculate
from itil_strategy.domain.periods import month_period
from itil_strategy.domain.pricing import Tier

from .charging_examples import FEBRUARY, JANUARY, before, charged, policy, prior, request, usage

quantities = st.decimals(0, 10_000, places=3)
signed_quantities = st.decimals(-10_000, 10_000, places=3)
prices = st.decimals(0, 50, places=4)
CUSTOMERS = ("A", "B", "C")
COSTS = {("mail", month): Decimal("1234.56") for month in (JANUARY, FEBRUARY)}


@st.composite
def tier_sets(draw) -> tuple[Tier, ...]:
	limits = sorted(draw(st.sets(st.integers(1, 9_000), max_size=4)))
	bounds = [Decimal(0), *map(Decimal, limits), None]
	return tuple(Tier(low, high, draw(prices)) for low, high in pairwise(bounds))


@st.composite
def policies(
	draw, methods=("Per Unit", "Graduated", "Volume", "Package", "Fixed Fee", "None", "Cost", "Cost Plus")
):
	"""A policy of any method with all its amounts."""
	return policy(
		method=draw(st.sampled_from(methods)),
		unit_price=draw(prices),
		package_size=draw(st.integers(1, 500)),
		fixed_fee=draw(prices),
		markup_percent=draw(st.integers(0, 60)),
		minimum=draw(st.sampled_from((0, 0, 75))),
		rounding_precision=draw(st.sampled_from((None, 0, 3))),
		tiers=draw(tier_sets()),
	)


tiered = policies(("Per Unit", "Graduated", "Volume", "Package"))


def charge_of(result):
	assert result.obstacles == ()
	return result.charges


@given(policies(), st.lists(st.tuples(st.sampled_from(CUSTOMERS), quantities), max_size=12), st.randoms())
def test_the_order_of_usage_does_not_matter(rule, rows, random):
	groups = [usage(quantity, customer) for customer, quantity in rows]
	expected = charge_of(calculate(request([rule], groups, costs=COSTS)))
	random.shuffle(groups)
	assert charge_of(calculate(request([rule], groups, costs=COSTS))) == expected
	assert list(expected) == sorted(expected, key=lambda charge: charge.key)
	assert len({charge.key for charge in expected}) == len(expected)


@given(policies(), st.lists(quantities, min_size=1, max_size=8))
def test_splitting_rows_changes_nothing(rule, pieces):
	whole = charged([rule], [usage(sum(pieces, Decimal(0)))], costs=COSTS)
	split = charged([rule], [usage(piece) for piece in pieces], costs=COSTS)
	assert split == whole


@given(tiered, signed_quantities, signed_quantities)
def test_charging_in_two_runs_is_charging_at_once(rule, first, late):
	at_once = charged([rule], [usage(first + late)])
	earlier = charged([rule], [usage(first)])
	later = charged(
		[rule],
		[usage(late)],
		period=month_period(FEBRUARY),
		prior_usage=prior([usage(first)]),
		charged_before=before(earlier),
	)
	paid = sum(charge.price_amount for charge in (*earlier, *later))
	assert paid == sum(charge.price_amount for charge in at_once)
	assert sum(charge.quantity for charge in (*earlier, *later)) == first + late


@given(st.lists(st.tuples(st.sampled_from(CUSTOMERS), quantities), min_size=1, max_size=8), st.integers(0, 8))
def test_cost_in_two_runs_adds_up_to_the_cost(rows, cut):
	rule = policy(method="Cost")
	first = [usage(quantity, customer) for customer, quantity in rows[:cut]]
	late = [usage(quantity, customer) for customer, quantity in rows[cut:]]
	earlier = charged([rule], first, costs=COSTS)
	known = {}
	for group in first:
		key = (group.customer, group.offering, group.month)
		known[key] = (known.get(key, (Decimal(0), None))[0] + group.quantity, None)
	later = charged(
		[rule],
		late,
		period=month_period(FEBRUARY),
		prior_usage=known,
		charged_before=before(earlier),
		costs=COSTS,
	)
	expected = Decimal("1234.56") if any(quantity for _customer, quantity in rows) else 0
	assert sum(charge.amount for charge in (*earlier, *later)) == expected


@given(tiered, quantities, st.decimals(0, 500, places=2))
def test_a_minimum_never_lowers(rule, quantity, minimum):
	without = charged([replace(rule, minimum=Decimal(0))], [usage(quantity)])
	with_minimum = charged([replace(rule, minimum=minimum)], [usage(quantity)])
	assert sum(charge.amount for charge in with_minimum) >= sum(charge.amount for charge in without)


@given(policies(), quantities)
def test_usage_costs_nothing_or_more_and_its_steps_add_up(rule, quantity):
	for charge in charged([rule], [usage(quantity)], costs=COSTS):
		assert charge.amount >= 0
		difference = abs(sum((step.amount for step in charge.steps), Decimal(0)) - charge.price_amount)
		precision = 2 if rule.rounding_precision is None else rule.rounding_precision
		assert difference <= Decimal(5).scaleb(-precision - 1)


@settings(max_examples=50)
@given(
	st.integers(1, 31),
	tier_sets(),
	st.lists(st.tuples(st.integers(1, 31), quantities), min_size=1, max_size=6),
)
def test_a_change_of_policy_loses_no_day(cut, steps, rows):
	rules = [
		policy("Old", "Graduated", tiers=steps, valid_to=date(2026, 1, cut)),
		policy("New", unit_price=1, valid_from=date.fromordinal(date(2026, 1, cut).toordinal() + 1)),
	]
	total = sum((quantity for _day, quantity in rows), Decimal(0))
	charges = charged(rules, [usage(total, days=rows)])
	assert sum(charge.quantity for charge in charges) == total


@given(st.sampled_from(("Showback", "Chargeback")), policies(), quantities)
def test_showback_is_chargeback_without_payment(mode, rule, quantity):
	payers = {"Retail": PayerTerms("Retail", "CC", mode)}
	charges = charged([rule], [usage(quantity)], payers=payers, costs=COSTS)
	other = charged([rule], [usage(quantity)], run_mode="Showback", payers=payers, costs=COSTS)
	assert [replace(charge, mode="Showback") for charge in charges] == list(other)
