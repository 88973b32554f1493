"""FM-9: what holds for every price, whatever the policy and the quantity."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.periods import Period
from itil_strategy.domain.pricing import Level, Tier, average_quantity, price_quantity, validate_tiers

BY_QUANTITY = ("Per Unit", "Graduated", "Volume", "Package")
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))

quantities = st.decimals(0, 10**6, places=3)
prices = st.decimals(0, 1000, places=4)


@st.composite
def tier_sets(draw) -> tuple[Tier, ...]:
	"""One to five contiguous tiers with whole limits, the last one open."""
	widths = draw(st.lists(st.integers(1, 50), max_size=4))
	limits = [sum(widths[:number]) for number in range(len(widths) + 1)]
	bounds = pairwise([*map(Decimal, limits), None])
	return tuple(Tier(low, high, draw(prices)) for low, high in bounds)


@st.composite
def terms_of_policies(draw) -> dict:
	return {
		"method": draw(st.sampled_from(BY_QUANTITY)),
		"unit_price": draw(prices),
		"tiers": draw(tier_sets()),
		"package_size": draw(st.decimals("0.001", 500, places=3)),
		"fixed_fee": draw(prices),
	}


def tier_price(policy_tiers: tuple[Tier, ...], quantity: Decimal) -> Decimal:
	"""The price of the last tier that starts at or below the quantity."""
	return [tier.unit_price for tier in policy_tiers if tier.from_quantity <= quantity][-1]


@given(terms=terms_of_policies(), quantity=quantities, minimum=prices, days=st.integers(1, 30))
def test_price_is_never_negative_and_never_below_the_minimum(terms, quantity, minimum, days):
	fraction = Decimal(days) / 30
	result = price_quantity(quantity=quantity, minimum=minimum, fraction=fraction, **terms)
	assert result.amount >= minimum * fraction >= 0
	assert all(step.amount >= 0 for step in result.steps)
	assert abs(sum(step.amount for step in result.steps) - result.amount) < Decimal("1e-15")


@given(terms=terms_of_policies(), quantity=quantities)
def test_without_a_minimum_the_steps_are_the_price(terms, quantity):
	result = price_quantity(quantity=quantity, **terms)
	assert sum(step.amount for step in result.steps) == result.amount
	assert all(step.quantity * step.unit_price == step.amount for step in result.steps)


@given(terms=terms_of_policies(), quantity=quantities, minimum=prices)
def test_a_correction_is_the_mirror_image_without_minimum(terms, quantity, minimum):
	taken_back = price_quantity(quantity=-quantity, minimum=minimum if quantity else Decimal(0), **terms)
	assert taken_back.amount == -price_quantity(quantity=quantity, **terms).amount
	assert not taken_back.minimum_applied


@given(policy_tiers=tier_sets(), first=quantities, second=quantities)
def test_graduated_price_is_monotone_and_continuous(policy_tiers, first, second):
	low, high = sorted((first, second))
	rise = (
		price_quantity("Graduated", high, tiers=policy_tiers).amount
		- price_quantity("Graduated", low, tiers=policy_tiers).amount
	)
	dearest = max(tier.unit_price for tier in policy_tiers)
	assert 0 <= rise <= dearest * (high - low)


@given(policy_tiers=tier_sets(), little=st.decimals("0.000001", 1, places=6))
def test_graduated_price_has_no_jump_at_a_limit(policy_tiers, little):
	for below, above in pairwise(policy_tiers):
		limit = above.from_quantity
		before, at, after = (
			price_quantity("Graduated", quantity, tiers=policy_tiers).amount
			for quantity in (limit - little, limit, limit + little)
		)
		assert at - before == little * below.unit_price
		assert after - at == little * above.unit_price


@given(policy_tiers=tier_sets(), quantity=st.integers(0, 250))
def test_graduated_price_is_the_sum_of_its_units(policy_tiers, quantity):
	one_by_one = sum((tier_price(policy_tiers, Decimal(unit)) for unit in range(quantity)), Decimal(0))
	assert price_quantity("Graduated", Decimal(quantity), tiers=policy_tiers).amount == one_by_one


@given(policy_tiers=tier_sets(), quantity=quantities)
def test_volume_price_is_one_rate_for_all(policy_tiers, quantity):
	expected = quantity * tier_price(policy_tiers, quantity)
	assert price_quantity("Volume", quantity, tiers=policy_tiers).amount == expected


@given(size=st.integers(1, 500), quantity=st.integers(0, 10_000))
def test_packages_hold_the_quantity_and_none_is_empty(size, quantity):
	packages = price_quantity(
		"Package", Decimal(quantity), package_size=Decimal(size), unit_price=Decimal(1)
	).amount
	assert (packages - 1) * size < quantity <= packages * size


@given(policy_tiers=tier_sets(), random=st.randoms(use_true_random=False))
def test_valid_tiers_stay_as_they_are_in_any_order(policy_tiers, random):
	shuffled = list(policy_tiers)
	random.shuffle(shuffled)
	assert validate_tiers(shuffled) == policy_tiers


@given(
	levels=st.lists(
		st.tuples(st.integers(-40, 40), st.integers(0, 1000)), max_size=6, unique_by=lambda level: level[0]
	)
)
def test_average_quantity_is_the_mean_of_the_days(levels):
	history = [Level(APRIL.start + timedelta(days=offset), Decimal(quantity)) for offset, quantity in levels]

	def on_day(offset: int) -> int:
		return max(((start, quantity) for start, quantity in levels if start <= offset), default=(0, 0))[1]

	unit_days = sum(map(on_day, range(APRIL.days)))
	assert average_quantity(history, APRIL) == Decimal(unit_days) / APRIL.days
