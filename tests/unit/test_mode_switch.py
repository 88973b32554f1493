from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.mode_switch import Comparison, PastCharge, compare_modes

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def charge(amount, mode="Showback", month=JANUARY, method="Per Unit", run_mode="Chargeback", service="Mail"):
	return PastCharge(month, service, method, run_mode, mode, D(amount))


def test_what_was_shown_would_have_been_charged():
	rows = compare_modes([charge(90), charge(10), charge(5, month=FEBRUARY)], "Sales", "Chargeback")
	assert rows == [
		Comparison(FEBRUARY, "Mail", D(5), D(0), D(5)),
		Comparison(JANUARY, "Mail", D(100), D(0), D(100)),
	]
	assert [row.difference for row in rows] == [5, 100]


def test_a_free_service_and_a_showback_run_stay_shown():
	rows = compare_modes([charge(7, method="None"), charge(8, run_mode="Showback")], "Sales", "Chargeback")
	assert rows == [Comparison(JANUARY, "Mail", D(15), D(0), D(0))]


def test_what_was_charged_would_only_have_been_shown():
	(row,) = compare_modes([charge(90, "Chargeback"), charge(-10, "Chargeback")], "Sales", "Showback")
	assert (row.shown, row.charged, row.would_be_charged, row.difference) == (0, 80, 0, -80)


@given(
	st.lists(
		st.builds(
			charge,
			st.integers(-1000, 1000),
			st.sampled_from(["Showback", "Chargeback"]),
			st.sampled_from([JANUARY, FEBRUARY]),
			st.sampled_from(["None", "Per Unit"]),
			st.sampled_from(["Showback", "Chargeback"]),
			st.sampled_from(["Mail", "Web"]),
		)
	),
	st.sampled_from(["Showback", "Chargeback"]),
)
def test_nothing_is_lost(charges, mode):
	rows = compare_modes(charges, "Sales", mode)
	assert sum(row.shown + row.charged for row in rows) == sum(row.amount for row in charges)
	assert len({(row.month, row.service) for row in rows}) == len(rows)
	if mode == "Showback":
		assert not any(row.would_be_charged for row in rows)
