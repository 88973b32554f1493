"""Conflicts between needs against a plain reading of the rule (BR-2)."""

import itertools
import time
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from itil_strategy.domain.need_conflicts import (
	Commitment,
	Conflict,
	NeedInConflict,
	Subject,
	Wish,
	find_conflicts,
	month_index,
	month_start,
)

TODAY = date(2026, 1, 15)
TEN = {"BOX": Decimal(10)}


def need(name: str, units: float = 0, start=None, end=None, **values) -> NeedInConflict:
	return NeedInConflict(
		name,
		values.pop("service", "MAIL"),
		customer=values.pop("customer", f"of {name}"),
		offering="BOX" if units else None,
		units=Decimal(str(units)),
		needed_from=start,
		needed_to=end,
		wishes=tuple(Wish(*wish) for wish in values.pop("wishes", ())),
		**values,
	)


def find(needs, capacities=TEN, commitments=(), mediated=None) -> list[Conflict]:
	return find_conflicts(needs, capacities, commitments, TODAY, mediated)


def names(conflicts) -> list[tuple]:
	return [(conflict.subject.about, conflict.needs) for conflict in conflicts]


# Capacity


def test_needs_over_capacity_in_a_shared_month():
	first = need("A", 6, date(2026, 3, 31), date(2026, 5, 1))
	second = need("B", 5, date(2026, 5, 20))
	(conflict,) = find([first, second])
	assert conflict.subject == Subject("Resource", "MAIL", ("BOX",))
	assert conflict.needs == ("A", "B")
	overload = conflict.overload
	assert (overload.first_month, overload.last_month) == (date(2026, 5, 1), date(2026, 5, 1))
	assert (overload.asked, overload.committed, overload.capacity) == (11, 0, 10)


def test_up_to_capacity_is_no_conflict():
	assert find([need("A", 5), need("B", 5)]) == []


def test_no_shared_month_is_no_conflict():
	assert find([need("A", 6, None, date(2026, 3, 31)), need("B", 6, date(2026, 4, 1))]) == []


def test_an_unknown_capacity_is_not_judged():
	assert find([need("A", 600), need("B", 600)], capacities={}) == []


def test_months_that_are_over_do_not_count():
	assert find([need("A", 6, None, date(2025, 12, 31)), need("B", 6, None, date(2025, 12, 31))]) == []


def test_one_need_alone_has_nobody_to_mediate_with():
	assert find([need("A", 11)]) == []
	assert find([need("A", 5)], commitments=[Commitment("C", "BOX", Decimal(9), TODAY)]) == []


def test_commitments_take_capacity():
	committed = [Commitment("C", "BOX", Decimal(4), date(2026, 2, 1), date(2026, 2, 28))]
	(conflict,) = find([need("A", 4), need("B", 4)], commitments=committed)
	assert (conflict.overload.first_month, conflict.overload.last_month) == (
		date(2026, 2, 1),
		date(2026, 2, 1),
	)
	assert (conflict.overload.asked, conflict.overload.committed) == (8, 4)


def test_an_accepted_need_is_in_the_commitment_of_its_customer():
	committed = [Commitment("Sales", "BOX", Decimal(4), date(2026, 1, 1))]
	needs = [need("A", 4, customer="Sales", state="Accepted"), need("B", 3), need("C", 3)]
	assert find(needs, commitments=committed) == []
	needs[0] = need("A", 4, customer="Sales", state="Submitted")
	assert names(find(needs, commitments=committed)) == [(("BOX",), ("A", "B", "C"))]


def test_a_set_within_its_neighbours_is_one_conflict():
	needs = [need("A", 6), need("B", 6), need("C", 1, date(2026, 6, 1), date(2026, 7, 1))]
	(conflict,) = find(needs)
	assert conflict.needs == ("A", "B", "C")
	assert (conflict.overload.first_month, conflict.overload.last_month) == (date(2026, 1, 1), None)
	assert (conflict.overload.worst_month, conflict.overload.asked) == (date(2026, 6, 1), 13)


def test_different_companions_are_different_conflicts():
	needs = [
		need("A", 8),
		need("B", 8, date(2026, 2, 1), date(2026, 3, 1)),
		need("C", 8, date(2026, 6, 1), date(2026, 7, 1)),
	]
	assert [conflict.needs for conflict in find(needs)] == [("A", "B"), ("A", "C")]


# Wishes


def test_must_against_wont_on_one_topic_of_one_service():
	needs = [
		need("A", wishes=[("Offline", "Must")]),
		need("B", wishes=[("Offline", "Won't"), ("Speed", "Must")]),
		need("C", wishes=[("Offline", "Should")]),
		need("D", wishes=[("Speed", "Won't")], service="ERP"),
	]
	assert names(find(needs)) == [(("Offline",), ("A", "B"))]


def test_stakeholders_of_one_need_who_differ_are_no_conflict_between_needs():
	divided = need("A", wishes=[("Offline", "Must"), ("Offline", "Won't")])
	assert find([divided]) == []
	assert names(find([divided, need("B", wishes=[("Offline", "Must")])])) == [(("Offline",), ("A", "B"))]


def test_topics_that_exclude_each_other():
	needs = [
		need("A", wishes=[("Cloud", "Must", "On-site")]),
		need("B", wishes=[("On-site", "Should")]),
		need("C", wishes=[("On-site", "Could")]),
	]
	assert names(find(needs)) == [(("Cloud", "On-site"), ("A", "B"))]


def test_both_excluding_topics_wanted_by_one_need_alone_is_no_conflict():
	assert find([need("A", wishes=[("Cloud", "Must", "On-site"), ("On-site", "Must")])]) == []


def test_what_a_mediation_covers_is_not_found_again():
	needs = [need("A", wishes=[("Offline", "Must")]), need("B", wishes=[("Offline", "Won't")])]
	subject = find(needs)[0].subject
	assert find(needs, mediated={subject: [frozenset("AB")]}) == []
	needs.append(need("C", wishes=[("Offline", "Must")]))
	# A and B have met already: C faces B.
	assert names(find(needs, mediated={subject: [frozenset("AB")]})) == [(("Offline",), ("B", "C"))]


# Against a plain reading, on any input

TOPICS = ("T1", "T2", "T3")
DAYS = st.dates(date(2025, 11, 1), date(2026, 8, 31))
WISHES = st.builds(
	Wish,
	st.sampled_from(TOPICS),
	st.sampled_from(("Must", "Should", "Could", "Won't")),
	st.one_of(st.none(), st.sampled_from(TOPICS)),
)
WINDOWS = st.tuples(st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS)).map(
	lambda days: sorted(days) if None not in days else list(days)
)


@st.composite
def worlds(draw):
	needs = []
	for number in range(draw(st.integers(0, 7))):
		start, end = draw(WINDOWS)
		needs.append(
			NeedInConflict(
				f"N{number}",
				draw(st.sampled_from(("MAIL", "ERP"))),
				customer=draw(st.sampled_from(("Sales", "Harbour", "Meadow"))),
				state=draw(st.sampled_from(("Submitted", "Accepted"))),
				offering=draw(st.sampled_from(("BOX", "FREE", None))),
				units=Decimal(draw(st.integers(0, 8))),
				needed_from=start,
				needed_to=end,
				wishes=tuple(draw(st.lists(WISHES, max_size=3))),
			)
		)
	commitments = [
		Commitment(
			draw(st.sampled_from(("Sales", "Meadow"))), "BOX", Decimal(draw(st.integers(1, 6))), *window
		)
		for window in draw(st.lists(st.tuples(DAYS, DAYS).map(sorted), max_size=2))
	]
	return needs, commitments


def facing_pairs(needs) -> set[tuple]:
	"""(service, subject, the two needs) read straight from the rule."""
	found = set()
	exclusive = {
		(one.service, wish.topic, wish.exclusive_with)
		for one in needs
		for wish in one.wishes
		if wish.exclusive_with
	}
	for one, other in itertools.permutations(needs, 2):
		if one.service != other.service:
			continue
		pair = frozenset((one.name, other.name))
		for wish, opposite in itertools.product(one.wishes, other.wishes):
			if wish.topic == opposite.topic and (wish.moscow, opposite.moscow) == ("Must", "Won't"):
				found.add((one.service, (wish.topic,), pair))
			wanted = wish.moscow in ("Must", "Should") and opposite.moscow in ("Must", "Should")
			excluded = {
				(one.service, wish.topic, opposite.topic),
				(one.service, opposite.topic, wish.topic),
			} & exclusive
			if wanted and excluded and wish.topic != opposite.topic:
				found.add((one.service, tuple(sorted((wish.topic, opposite.topic))), pair))
	return found


def overloaded_months(needs, commitments, offering: str, service: str) -> dict[date, set[str]]:
	found = {}
	for month in range(month_index(TODAY), month_index(TODAY) + 24):

		def touches(start, end, month=month):
			return (start is None or month_index(start) <= month) and (
				end is None or month <= month_index(end)
			)

		valid = [item for item in commitments if touches(item.valid_from, item.valid_to)]
		asking = [
			item
			for item in needs
			if item.service == service
			and item.offering == offering
			and item.units
			and touches(item.needed_from, item.needed_to)
			and not (item.state == "Accepted" and item.customer in {held.customer for held in valid})
		]
		total = sum(item.units for item in asking) + sum(item.units for item in valid)
		if len(asking) > 1 and total > TEN["BOX"]:
			found[month_start(month)] = {item.name for item in asking}
	return found


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_wishes_found_are_exactly_those_of_the_rule(world):
	needs, commitments = world
	expected: dict[tuple, set] = {}
	for service, about, pair in facing_pairs(needs):
		expected.setdefault((service, about), set()).update(pair)
	found = {
		(conflict.subject.service, conflict.subject.about): set(conflict.needs)
		for conflict in find(needs, commitments=commitments)
		if conflict.subject.kind == "Function"
	}
	assert found == expected


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_every_overloaded_month_is_covered_and_nothing_else(world):
	needs, commitments = world
	conflicts = [item for item in find(needs, commitments=commitments) if item.subject.kind == "Resource"]
	for service in ("MAIL", "ERP"):
		months = overloaded_months(needs, commitments, "BOX", service)
		sets = [set(item.needs) for item in conflicts if item.subject.service == service]
		assert all(any(members <= found for found in sets) for members in months.values())
		assert all(found in months.values() for found in sets)
		for item in conflicts:
			if item.subject.service == service:
				assert item.overload.worst_month in months
				assert item.overload.asked + item.overload.committed > item.overload.capacity


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_mediating_what_was_found_leaves_nothing_to_find(world):
	needs, commitments = world
	mediated: dict[Subject, list] = {}
	for conflict in find(needs, commitments=commitments):
		assert len(conflict.needs) >= 2
		mediated.setdefault(conflict.subject, []).append(frozenset(conflict.needs))
	assert find(needs, commitments=commitments, mediated=mediated) == []
	assert find(list(reversed(needs)), commitments=commitments) == find(needs, commitments=commitments)


def test_ten_thousand_needs_are_read_in_a_moment():
	needs = [
		need(
			f"N{number:05}",
			units=1,
			start=date(2026, 1 + number % 12, 1),
			service=f"S{number // 10}",
			wishes=[(f"T{number % 7}", "Must" if number % 2 else "Won't")],
		)
		for number in range(10_000)
	]
	start = time.perf_counter()
	assert find(needs)
	spread = time.perf_counter() - start
	crowd = [
		need(f"N{number:05}", wishes=[("T", "Must" if number % 2 else "Won't")]) for number in range(10_000)
	]
	start = time.perf_counter()
	assert len(find(crowd)) == 1
	assert spread < 5 and time.perf_counter() - start < 5
