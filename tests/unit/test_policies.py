"""FM-9: which policy is valid, exact before general; two equal ones are refused, both named."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.errors import DomainError, PolicyOverlapError
from itil_strategy.domain.periods import Period
from itil_strategy.domain.policies import Policy, PolicyBook, applicable, find_overlaps, segments

NEW_YEAR = date(2026, 1, 1)
JANUARY = Period(NEW_YEAR, date(2026, 2, 1))


def policy(
	name, valid_from=NEW_YEAR, valid_to=None, *, service="mail", offering=None, customer=None
) -> Policy:
	return Policy(name, "Per Unit", "EUR", valid_from, valid_to, service, offering, customer, Decimal(1))


def day(number: int) -> date:
	return NEW_YEAR + timedelta(days=number)


@st.composite
def policy_lists(draw) -> list[Policy]:
	"""Up to eight policies of two services, two offerings and two customers around January 2026."""
	drawn = []
	for number in range(draw(st.integers(0, 8))):
		start = draw(st.integers(-10, 40))
		length = draw(st.none() | st.integers(0, 30))
		drawn.append(
			policy(
				f"P{number}",
				day(start),
				None if length is None else day(start + length),
				service=draw(st.sampled_from(("mail", "backup"))),
				offering=draw(st.sampled_from((None, "box", "archive"))),
				customer=draw(st.sampled_from((None, "Sales", "Plant"))),
			)
		)
	return drawn


def valid_by_definition(policies: list[Policy], on: date) -> list[Policy]:
	"""Policies for mail, box and Sales on a day, the most exact first; written without the code under test."""

	def exactness(item: Policy) -> int:
		return 2 * (item.customer is not None) + (item.offering is not None)

	valid = [
		item
		for item in policies
		if item.service == "mail"
		and item.offering in (None, "box")
		and item.customer in (None, "Sales")
		and item.valid_from <= on
		and (item.valid_to is None or on <= item.valid_to)
	]
	top = max(map(exactness, valid), default=0)
	return [item for item in valid if exactness(item) == top]


EXACTNESS = [
	policy("customer and offering", offering="box", customer="Sales"),
	policy("customer", customer="Sales"),
	policy("offering", offering="box"),
	policy("service"),
]


@pytest.mark.parametrize("first", range(4))
def test_exact_comes_before_general(first):
	remaining = EXACTNESS[first:]
	for policies in (remaining, remaining[::-1]):
		assert applicable(policies, "mail", "box", "Sales", NEW_YEAR) == EXACTNESS[first]


def test_policies_of_others_do_not_apply():
	others = [
		policy("other service", service="backup"),
		policy("other offering", offering="archive"),
		policy("other customer", customer="Plant"),
		policy("other offering of the customer", offering="archive", customer="Sales"),
	]
	assert applicable(others, "mail", "box", "Sales", NEW_YEAR) is None


def test_both_ends_of_the_validity_are_inclusive():
	book = PolicyBook([policy("A", date(2026, 1, 10), date(2026, 1, 20))])
	found = {
		number: book.applicable("mail", "box", "Sales", date(2026, 1, number)) for number in (9, 10, 20, 21)
	}
	assert [number for number, item in found.items() if item] == [10, 20]


@pytest.mark.parametrize("until_further_notice", [None, date.max])
def test_a_policy_may_be_open_ended(until_further_notice):
	endless = policy("A", valid_to=until_further_notice)
	assert applicable([endless], "mail", "box", "Sales", date(2099, 12, 31)) == endless
	assert segments([endless], "mail", "box", "Sales", JANUARY) == [(JANUARY, endless)]


def test_two_equally_exact_policies_are_refused_and_named():
	with pytest.raises(
		PolicyOverlapError, match=r"Policies A and B are equally exact.*End one before"
	) as refusal:
		applicable([policy("B"), policy("A")], "mail", "box", "Sales", NEW_YEAR)
	assert refusal.value.names == ("A", "B")


def test_equals_hidden_by_a_more_exact_policy_do_not_compete():
	own = policy("own", customer="Sales")
	policies = [policy("A"), policy("B"), own]
	assert applicable(policies, "mail", "box", "Sales", NEW_YEAR) == own
	with pytest.raises(PolicyOverlapError):
		applicable(policies, "mail", "box", "Plant", NEW_YEAR)


def test_dates_the_wrong_way_round_are_refused():
	with pytest.raises(
		DomainError, match=r"Policy A ends on 2025-12-31, before it starts on 2026-01-01\. Correct one"
	) as refusal:
		policy("A", valid_to=date(2025, 12, 31))
	assert refusal.value.field == "valid_to"


def test_a_policy_may_be_valid_for_one_day():
	assert policy("A", valid_to=NEW_YEAR).validity == Period(NEW_YEAR, date(2026, 1, 2))


@pytest.mark.parametrize(
	("first_end", "second_start", "expected"),
	[
		(date(2026, 1, 14), date(2026, 1, 15), []),
		(date(2026, 1, 15), date(2026, 1, 15), [("A", "B")]),
		(None, date(2030, 1, 1), [("A", "B")]),
	],
)
def test_overlaps_in_time(first_end, second_start, expected):
	pair = [policy("B", second_start), policy("A", valid_to=first_end)]
	assert find_overlaps(pair) == expected


def test_only_equally_exact_policies_overlap():
	assert find_overlaps(EXACTNESS) == []
	assert find_overlaps([*EXACTNESS, policy("twin", offering="box")]) == [("offering", "twin")]


def test_every_pair_is_named_once():
	assert find_overlaps([policy("C"), policy("A"), policy("B")]) == [("A", "B"), ("A", "C"), ("B", "C")]


def test_a_month_is_cut_where_the_policy_changes():
	old, new = policy("old", valid_to=date(2026, 1, 10)), policy("new", date(2026, 1, 11))
	assert segments([old, new], "mail", "box", "Sales", JANUARY) == [
		(Period(NEW_YEAR, date(2026, 1, 11)), old),
		(Period(date(2026, 1, 11), date(2026, 2, 1)), new),
	]


def test_days_without_a_policy_are_a_part_too():
	short = policy("short", date(2026, 1, 5), date(2026, 1, 6))
	assert segments([short], "mail", "box", "Sales", JANUARY) == [
		(Period(NEW_YEAR, date(2026, 1, 5)), None),
		(Period(date(2026, 1, 5), date(2026, 1, 7)), short),
		(Period(date(2026, 1, 7), date(2026, 2, 1)), None),
	]
	assert segments([], "mail", "box", "Sales", JANUARY) == [(JANUARY, None)]


def test_a_more_exact_policy_interrupts_a_general_one():
	general, own = policy("general"), policy("own", date(2026, 1, 10), date(2026, 1, 19), customer="Sales")
	assert segments([general, own], "mail", "box", "Sales", JANUARY) == [
		(Period(NEW_YEAR, date(2026, 1, 10)), general),
		(Period(date(2026, 1, 10), date(2026, 1, 20)), own),
		(Period(date(2026, 1, 20), date(2026, 2, 1)), general),
	]


def test_a_change_that_makes_no_difference_does_not_cut():
	own = policy("own", customer="Sales")
	assert segments([own, policy("general", date(2026, 1, 10))], "mail", "box", "Sales", JANUARY) == [
		(JANUARY, own)
	]


def test_a_month_with_competing_policies_is_refused():
	with pytest.raises(PolicyOverlapError) as refusal:
		segments([policy("A"), policy("B", date(2026, 1, 31))], "mail", "box", "Sales", JANUARY)
	assert refusal.value.names == ("A", "B")


@given(policies=policy_lists(), number=st.integers(-15, 75))
def test_the_applicable_policy_is_the_most_exact_valid_one(policies, number):
	best = valid_by_definition(policies, day(number))
	if len(best) > 1:
		with pytest.raises(PolicyOverlapError) as refusal:
			applicable(policies, "mail", "box", "Sales", day(number))
		assert set(refusal.value.names) <= {item.name for item in best}
	else:
		assert applicable(policies, "mail", "box", "Sales", day(number)) == (best[0] if best else None)


@given(policies=policy_lists())
def test_each_day_is_in_exactly_one_segment_with_its_policy(policies):
	book = PolicyBook(policies)
	try:
		parts = book.segments("mail", "box", "Sales", JANUARY)
	except PolicyOverlapError:
		assert any(len(valid_by_definition(policies, day(number))) > 1 for number in range(31))
		return
	for number in range(31):
		((_period, found),) = [part for part in parts if part[0].contains(day(number))]
		assert found == book.applicable("mail", "box", "Sales", day(number))
	assert sum(period.days for period, _policy in parts) == 31
	assert all(before[1] != after[1] for before, after in pairwise(parts))


@given(policies=policy_lists(), random=st.randoms(use_true_random=False))
def test_overlaps_are_symmetric(policies, random):
	shuffled = list(policies)
	random.shuffle(shuffled)
	assert find_overlaps(policies) == find_overlaps(shuffled)


@given(policies=policy_lists())
def test_no_overlap_means_no_refusal_on_any_day(policies):
	book, has_overlap = PolicyBook(policies), bool(find_overlaps(policies))
	if not has_overlap:
		for number in range(-15, 75):
			book.applicable("mail", "box", "Sales", day(number))
