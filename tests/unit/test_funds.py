"""Funds and reservations by hand (FM-6)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.funds import Funds, Reservation, open_amounts

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
