from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.corrections import (
	OUTCOMES,
	REJECTED,
	UPHELD_IN_FULL,
	UPHELD_IN_PART,
	WITHDRAWN,
	WRONG_CUSTOMER,
	Correction,
	Worth,
	correction_charges,
	outcome_price,
	remaining,
	take_off,
)
from itil_strategy.domain.errors import CorrectionTooLargeError, DomainError

# 3.03 dollars at 0.9: 2.727, so 2.73 euros are in the ledger.
CHARGE = Worth(D("3.03"), D("2.73"))
RATE = D("0.9")
CENTS = st.integers(-1_000_000, 1_000_000).filter(bool).map(lambda units: D(units).scaleb(-2))


def test_taking_all_off_leaves_nothing():
	assert take_off(CHARGE, D("3.03"), RATE, 2) == Worth(D("-3.03"), D("-2.73"))


def test_a_part_is_converted_by_the_rate_of_the_charge():
	# 1.00 dollar at 0.9
	assert take_off(CHARGE, D("1.00"), RATE, 2) == Worth(D("-1.00"), D("-0.90"))


def test_a_credit_is_corrected_by_a_charge():
	assert take_off(Worth(D(-5), D(-5)), D(-2), D(1), 2) == Worth(D(2), D(2))


@pytest.mark.parametrize("price", ["3.04", "100"])
def test_no_more_is_taken_off_than_remains(price):
	with pytest.raises(CorrectionTooLargeError, match=r"larger than the 3.03 that remain"):
		take_off(CHARGE, D(price), RATE, 2)


@pytest.mark.parametrize("price", ["0", "-1"])
def test_nothing_and_the_wrong_sign_are_refused(price):
	with pytest.raises(DomainError, match="more than nothing"):
		take_off(CHARGE, D(price), RATE, 2)


def test_nothing_remains_after_corrections():
	with pytest.raises(CorrectionTooLargeError, match=r"the 0 that remain|the 0.00 that remain"):
		take_off(remaining(CHARGE, [Worth(D("-3.03"), D("-2.73"))]), D("0.01"), RATE, 2)


@given(CENTS, st.lists(st.integers(1, 100), min_size=1, max_size=8), st.integers(1, 5000))
def test_parts_never_take_more_than_there_is_and_all_of_it_in_the_end(price, shares, rate):
	"""However a charge is corrected in steps, price and amount reach nothing together."""
	rate = D(rate).scaleb(-3)
	charged = Worth(price, (price * rate).quantize(D("0.01")))
	left = charged
	for share in shares:
		part = (left.price * share / 100).quantize(D("0.01"))
		if not part:
			continue
		taken = take_off(left, part, rate, 2)
		left = remaining(left, [taken])
		assert abs(left.amount) <= abs(charged.amount)
		assert left.amount * charged.amount >= 0 and left.price * charged.price >= 0
	if left.price:
		left = remaining(left, [take_off(left, left.price, rate, 2)])
	assert (left.price, left.amount) == (0, 0)


@pytest.mark.parametrize(
	("outcome", "granted", "price"),
	[
		(REJECTED, None, "0"),
		(WITHDRAWN, None, "0"),
		(UPHELD_IN_FULL, None, "3.03"),
		(WRONG_CUSTOMER, None, "3.03"),
		(UPHELD_IN_PART, "1.50", "1.50"),
	],
)
def test_what_an_outcome_takes_off(outcome, granted, price):
	assert outcome_price(outcome, CHARGE, D(granted) if granted else None) == D(price)


def test_a_part_of_a_credit_has_its_sign():
	assert outcome_price(UPHELD_IN_PART, Worth(D(-5), D(-5)), D(2)) == D(-2)


@pytest.mark.parametrize(
	("granted", "error", "words"),
	[
		(None, DomainError, "above 0"),
		("0", DomainError, "above 0"),
		("-1", DomainError, "above 0"),
		("3.03", DomainError, "Choose Upheld in Full"),
		("3.04", CorrectionTooLargeError, "larger than the 3.03"),
	],
)
def test_parts_that_are_none(granted, error, words):
	with pytest.raises(error, match=words):
		outcome_price(UPHELD_IN_PART, CHARGE, D(granted) if granted else None)


def test_an_unknown_outcome_is_refused_with_the_known_ones():
	with pytest.raises(DomainError, match=", ".join(OUTCOMES)):
		outcome_price("Perhaps", CHARGE, None)


def correction(name: str, month: date = date(2026, 1, 1)) -> Correction:
	return Correction(
		name,
		"C",
		"S",
		"O",
		month,
		"P",
		"Chargeback",
		"Nos",
		"EUR",
		Worth(D(-1), D(-1)),
		D(1),
		None,
		"CC",
		"Why",
	)


def test_corrections_are_numbered_by_name_and_never_share_a_key():
	charges = correction_charges([correction("B"), correction("A")], date(2026, 2, 1))
	assert [(row.correction, row.correction_no, row.is_late) for row in charges] == [
		("A", 1, True),
		("B", 2, True),
	]
	assert len({row.key for row in charges}) == 2
	assert [step.amount for step in charges[0].steps] == [charges[0].price_amount] == [D(-1)]
