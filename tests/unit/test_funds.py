"""Funds and reservations by hand (FM-6)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.funds import Funds, Reservation, find_uncovered, open_amounts, still_to_spend

D = Decimal
amounts = st.decimals(min_value=0, max_value=10_000, places=2)


def test_spending_since_the_approval_uses_a_reservation_up():
	one = [Reservation("case", D(400), used_before=D(300))]
	assert open_amounts(one, D(300)) == {"case": D(400)}
	assert open_amounts(one, D(450)) == {"case": D(250)}
	assert open_amounts(one, D(900)) == {"case": D(0)}
	# What was spent before was no use of it, and a reversal of that opens nothing more.
	assert open_amounts(one, D(100)) == {"case": D(400)}


def test_spending_uses_up_one_reservation_the_oldest():
	two = [Reservation("first", D(100)), Reservation("second", D(100))]
	assert open_amounts(two, D(100)) == {"first": D(0), "second": D(100)}
	assert open_amounts(two, D(150)) == {"first": D(0), "second": D(50)}
	# The second came when 80 of the first were spent: the rest of the first goes before it.
	later = [Reservation("first", D(100)), Reservation("second", D(100), used_before=D(80))]
	assert open_amounts(later, D(80)) == {"first": D(20), "second": D(100)}
	assert open_amounts(later, D(110)) == {"first": D(0), "second": D(90)}


def test_available_is_what_nobody_has_used_or_reserved():
	funds = Funds(budget=D(1000), actual=D(300), committed=D(200), reserved=D(100), planned=D(400))
	assert (funds.available, funds.shortfall, funds.is_secured) == (D(400), D(0), True)
	more = Funds(D(1000), D(300), D(200), D(100), planned=D("400.01"))
	assert (more.shortfall, more.is_secured) == (D("0.01"), False)
	overspent = Funds(D(100), D(300), D(0), D(0))
	assert (overspent.available, overspent.is_secured) == (D(-200), True)


@given(st.lists(st.tuples(amounts, amounts), max_size=6), amounts)
def test_reservations_hold_back_no_less_than_is_planned_and_not_spent(rows, used):
	"""Never negative, never more than planned, and no cent of spending is counted for two."""
	reservations = [
		Reservation(number, planned, before)
		for number, (planned, before) in enumerate(sorted(rows, key=lambda row: row[1]))
	]
	held = open_amounts(reservations, used)
	assert all(D(0) <= held[item.key] <= item.planned for item in reservations)
	consumed = sum((item.planned - held[item.key] for item in reservations), D(0))
	first = min((item.used_before for item in reservations), default=used)
	assert consumed <= max(used - first, D(0))


def test_what_came_first_keeps_its_money():
	held = {"first": D(600), "second": D(300), "third": D(100)}
	assert find_uncovered(held, D(1000)) == {}
	assert find_uncovered(held, D(900)) == {"third": D(100)}
	# 200 are left for the second; the third fits into them.
	assert find_uncovered(held, D(800)) == {"second": D(100)}
	# The first does not fit and takes nothing: both others stay.
	assert find_uncovered(held, D(500)) == {"first": D(100)}


def test_what_holds_nothing_back_needs_nothing():
	assert find_uncovered({"spent": D(0), "open": D(5)}, D(-100)) == {"open": D(5)}


@given(st.lists(amounts, max_size=6), st.decimals(min_value=-10_000, max_value=30_000, places=2))
def test_what_stays_fits_and_what_goes_would_not(held, left):
	"""The kept ones are within what is left, and each missing amount is the gap at its turn."""
	named = dict(enumerate(held))
	missing = find_uncovered(named, left)
	kept = sum((amount for key, amount in named.items() if key not in missing), D(0))
	assert kept <= max(left, D(0))
	assert all(D(0) < missing[key] <= named[key] for key in missing)
	for key, gap in missing.items():
		before = sum(
			(amount for other, amount in named.items() if other < key and other not in missing), D(0)
		)
		assert named[key] - gap == max(left - before, D(0))


def test_what_was_not_spent_in_years_that_are_over_is_still_to_spend():
	planned = {"2024": D(300), "2025": D(200), "2026": D(50)}
	assert still_to_spend(planned, ["2024", "2025"], D(120)) == D(380)
	assert still_to_spend(planned, ["2024", "2025"], D(600)) == 0
	# A credit of old days makes the plan no dearer.
	assert still_to_spend(planned, ["2024"], D(-10)) == D(300)
	assert still_to_spend(planned, [], D(0)) == 0


@given(st.dictionaries(st.sampled_from(["2024", "2025", "2026"]), amounts), amounts)
def test_still_to_spend_is_never_more_than_planned(planned, used):
	left = still_to_spend(planned, list(planned), used)
	assert 0 <= left <= sum(planned.values())
	assert left + used >= sum(planned.values())
