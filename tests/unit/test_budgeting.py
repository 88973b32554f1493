"""Budget plans by hand (FM-5)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.budgeting import (
	CeilingState,
	Use,
	apply_moves,
	effective_limit,
	find_profiles,
	move,
	spread,
	total_by_account,
)
from itil_strategy.domain.errors import BudgetPlanError
from itil_strategy.domain.periods import months_between

YEAR = [date(2026, month, 1) for month in range(1, 13)]
# A company that moved its year: from July 2025 to August 2026.
FOURTEEN = months_between(date(2025, 7, 1), date(2026, 9, 1))
D = Decimal
amounts = st.decimals(min_value=0, max_value=10**9, places=2)
plans = st.dictionaries(st.tuples(st.sampled_from("ABC"), st.sampled_from(YEAR)), amounts, max_size=20)


def test_fourteen_months_get_a_share_each():
	parts = spread(D(14000), FOURTEEN, 2)
	assert len(parts) == 14
	assert set(parts.values()) == {D("1000.00")}
	# July and August are there twice.
	assert parts[date(2025, 7, 1)] == parts[date(2026, 7, 1)] == D(1000)


def test_cents_are_spread_over_the_first_months_and_by_weight():
	assert list(spread(D("100.01"), YEAR[:3], 2).values()) == [D("33.34"), D("33.34"), D("33.33")]
	assert spread(D(100), YEAR[:2], 2, {YEAR[0]: D(3), YEAR[1]: D(1)}) == {YEAR[0]: D(75), YEAR[1]: D(25)}
	with pytest.raises(BudgetPlanError, match="Choose a fiscal year"):
		spread(D(1), [], 2)


def test_accounts_alike_share_a_profile():
	plan = {
		("A", YEAR[0]): D(10),
		("A", YEAR[1]): D(30),
		("B", YEAR[0]): D(5),
		("B", YEAR[1]): D(15),
		("C", YEAR[5]): D(7),
	}
	first, second = find_profiles(plan, YEAR, by_month=True)
	assert (first.totals, second.totals) == ({"A": D(40), "B": D(20)}, {"C": D(7)})
	assert [round(first.percents[month], 6) for month in YEAR[:3]] == [25, 75, 0]
	(whole,) = find_profiles(plan, YEAR, by_month=False)
	assert (whole.totals, whole.percents) == ({"A": D(40), "B": D(20), "C": D(7)}, None)
	assert find_profiles({("A", YEAR[0]): D(0)}, YEAR, by_month=True) == []


@given(plans)
def test_months_so_far_never_allow_less_than_planned(plan):
	"""As ERPNext reckons: percents added as floats, times the year's amount."""
	for profile in find_profiles(plan, YEAR, by_month=True):
		for account, total in profile.totals.items():
			percent, planned = 0.0, D(0)
			for month in YEAR:
				percent += float(profile.percents[month])
				planned += plan.get((account, month), D(0))
				allowed = Fraction(float(total) * percent / 100)
				assert allowed >= Fraction(float(planned))
				assert allowed - Fraction(planned) < Fraction(total) * Fraction(1, 10**9) + Fraction(1, 10**6)
			assert round(percent, 2) == 100.0


def test_a_transfer_takes_from_each_month_in_proportion():
	plan = {("A", YEAR[0]): D(100), ("A", YEAR[1]): D(300), ("B", YEAR[0]): D(50)}
	assert move(plan, "A", D(40), 2) == {YEAR[0]: D(10), YEAR[1]: D(30)}
	for amount, words in ((D(401), "has 400 in the budget"), (D(0), "above 0"), (D(-1), "above 0")):
		with pytest.raises(BudgetPlanError, match=words):
			move(plan, "A", amount, 2)
	with pytest.raises(BudgetPlanError, match="C has 0 in the budget"):
		move(plan, "C", D(1), 2)


@given(plans, st.integers(1, 10**9))
def test_what_one_side_gives_the_other_gets(plan, cents):
	has = total_by_account(plan).get("A", D(0))
	amount = min(D(cents) / 100, has)
	if amount <= 0:
		return
	parts = move(plan, "A", amount, 2)
	giving = apply_moves(plan, [("A", month, -part) for month, part in parts.items()])
	getting = apply_moves({}, [("Z", month, part) for month, part in parts.items()])
	assert total_by_account(giving).get("A", D(0)) + total_by_account(getting)["Z"] == has
	assert min(giving.values(), default=D(0)) >= 0
	back = apply_moves(giving, [("A", month, part) for month, part in parts.items()])
	assert back == {key: value for key, value in plan.items() if value}


def test_a_ceiling_is_exceeded_beyond_it_only():
	state = CeilingState(D(1000), Use(D(600), D(400)))
	assert (state.used, state.available, state.is_exceeded) == (D(1000), D(0), False)
	state = CeilingState(D(1000), Use(D(600), D("400.01")))
	assert (state.available, state.is_exceeded) == (D("-0.01"), True)
	assert not CeilingState(D(1000), Use(D(600), D(700)), counts_commitments=False).is_exceeded


def test_the_lower_of_budget_and_ceiling_binds():
	assert effective_limit(D(5), D(3)) == D(3)
	assert effective_limit(None, D(3)) == D(3)
	assert effective_limit(D(5), None) == D(5)
	assert effective_limit(None, None) is None
