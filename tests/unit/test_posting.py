"""FM-11: journal batches balance, hold every charge once, and come out the same in every order."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.charging import PayerTerms
from itil_strategy.domain.posting import InternalCharge, LedgerLine, assign_batches, journal_batches

from .charging_examples import D, charged, policy, usage

cents = st.integers(-50_000, 50_000).map(lambda units: Decimal(units).scaleb(-2))


@st.composite
def internal_charges(draw) -> list[InternalCharge]:
	"""Charges of four payers, two providers and three services; amounts of any sign, often cancelling out."""
	rows = draw(
		st.lists(
			st.tuples(st.sampled_from("ABCD"), st.sampled_from("XY"), st.sampled_from("123"), cents),
			max_size=30,
		)
	)
	if draw(st.booleans()):
		rows += [(payer, provider, service, -amount) for payer, provider, service, amount in rows]
	return [InternalCharge(number, *row) for number, row in enumerate(rows)]


def line(account: str, cost_center: str, service: str, debit: str = "0", credit: str = "0") -> LedgerLine:
	return LedgerLine(account, cost_center, service, D(debit), D(credit))


def test_debits_by_payer_and_credits_by_provider():
	(batch,) = journal_batches(
		[
			InternalCharge(1, "Retail", "IT", "mail", D("30.00")),
			InternalCharge(2, "Retail", "IT", "mail", D("12.50")),
			InternalCharge(3, "Logistics", "IT", "mail", D("7.50")),
			InternalCharge(4, "Retail", "IT", "disk", D("5.00")),
		],
		max_lines=500,
	)
	assert batch.lines == (
		line("charges", "Retail", "disk", debit="5.00"),
		line("charges", "Logistics", "mail", debit="7.50"),
		line("charges", "Retail", "mail", debit="42.50"),
		line("recovery", "IT", "disk", credit="5.00"),
		line("recovery", "IT", "mail", credit="50.00"),
	)
	assert (batch.number, batch.charges, batch.amount) == (1, (1, 2, 3, 4), D("55.00"))


def test_a_net_credit_swaps_the_sides():
	(batch,) = journal_batches([InternalCharge(1, "Retail", "IT", "mail", D("-3.00"))], max_lines=2)
	assert batch.lines == (
		line("charges", "Retail", "mail", credit="3.00"),
		line("recovery", "IT", "mail", debit="3.00"),
	)


def test_charges_that_cancel_out_have_a_batch_without_lines():
	(batch,) = journal_batches(
		[InternalCharge(1, "R", "IT", "mail", D("3")), InternalCharge(2, "R", "IT", "mail", D("-3"))],
		max_lines=2,
	)
	assert (batch.lines, batch.charges, batch.amount) == ((), (1, 2), 0)


def test_no_charges_no_batches():
	assert journal_batches([], max_lines=10) == []


def test_fewer_than_two_lines_are_refused():
	with pytest.raises(ValueError, match="at least two lines"):
		journal_batches([], max_lines=1)


@given(internal_charges(), st.integers(2, 12))
def test_every_batch_balances_within_its_size(charges, max_lines):
	for batch in journal_batches(charges, max_lines):
		assert len(batch.lines) <= max_lines
		assert sum(row.debit for row in batch.lines) == sum(row.credit for row in batch.lines)
		assert all(
			(row.debit > 0) != (row.credit > 0) and min(row.debit, row.credit) == 0 for row in batch.lines
		)


@given(internal_charges(), st.integers(2, 12))
def test_every_charge_is_in_one_batch_and_its_amount_with_its_payer(charges, max_lines):
	batches = journal_batches(charges, max_lines)
	keys = Counter(key for batch in batches for key in batch.charges)
	assert keys == Counter(charge.key for charge in charges)
	posted, expected = Counter(), Counter()
	for batch in batches:
		for row in batch.lines:
			sign = 1 if row.account == "charges" else -1
			posted[row.account, row.cost_center, row.service] += sign * (row.debit - row.credit)
	for charge in charges:
		expected["charges", charge.cost_center, charge.service] += charge.amount
		expected["recovery", charge.provider_cost_center, charge.service] += charge.amount
	assert {key: value for key, value in posted.items() if value} == {
		key: value for key, value in expected.items() if value
	}
	assert sum(batch.amount for batch in batches) == sum(charge.amount for charge in charges)


@given(internal_charges(), st.integers(2, 12), st.randoms())
def test_the_order_of_charges_does_not_matter(charges, max_lines, random):
	expected = journal_batches(charges, max_lines)
	random.shuffle(charges)
	assert journal_batches(charges, max_lines) == expected


@given(internal_charges(), st.integers(2, 12))
def test_the_charges_of_a_batch_give_the_same_lines_alone(charges, max_lines):
	by_key = {charge.key: charge for charge in charges}
	for batch in journal_batches(charges, max_lines):
		(alone,) = journal_batches([by_key[key] for key in batch.charges], max_lines=2 * len(batch.charges))
		assert alone.lines == batch.lines


def test_batches_of_a_run():
	payers = {
		"Retail": PayerTerms("Retail", "Retail CC", "Chargeback"),
		"Logistics": PayerTerms("Logistics", "Logistics CC", "Chargeback"),
		"Works": PayerTerms("Works", "Works CC", "Showback"),
	}
	groups = [usage(1, name) for name in ("Retail", "Logistics", "Works", "Orchard", "Harbour")]
	charges = charged([policy(unit_price=1)], groups, payers=payers)
	numbers = dict(zip((charge.customer for charge in charges), assign_batches(charges, 2), strict=True))
	# two journal batches of two lines each, then one invoice per external customer; showback is not posted
	assert numbers == {"Logistics": 1, "Retail": 2, "Harbour": 3, "Orchard": 4, "Works": 0}
