"""The network of dependencies (SP-5), against slow and simple references."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.dependencies import (
	Dependency,
	DependencyCycleError,
	DependencyShareError,
	check_dependencies,
	find_cycle,
	find_hit,
	find_layers,
	find_needed,
)

NAMES = "ABCDEFG"
edges = st.lists(
	st.builds(Dependency, st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans(), st.just(Decimal(0))),
	max_size=20,
)


def test_a_circle_is_named():
	network = [Dependency("ERP", "NET"), Dependency("NET", "DNS"), Dependency("DNS", "ERP")]
	assert find_cycle(network) == ("DNS", "ERP", "NET", "DNS")
	with pytest.raises(DependencyCycleError, match="DNS → ERP → NET → DNS"):
		check_dependencies(network)
	assert find_cycle([*network[:2], Dependency("DNS", "ERP", is_critical=False)]) is None
	assert find_cycle([Dependency("A", "A")]) == ("A", "A")


def test_a_long_chain_needs_no_stack():
	chain = [Dependency(f"S{i:05}", f"S{i + 1:05}") for i in range(20_000)]
	assert find_cycle(chain) is None
	assert len(find_cycle([*chain, Dependency("S20000", "S00000")])) == 20_002


def test_shares_total_at_most_100():
	network = [
		Dependency("A", "P", share=Decimal("60.5")),
		Dependency("B", "P", share=Decimal("39.5")),
	]
	check_dependencies(network)
	with pytest.raises(DependencyShareError, match=r"P total 100\.1 %"):
		check_dependencies([*network, Dependency("C", "P", share=Decimal("0.1"))])


def test_who_is_hit_nearest_first():
	network = [
		Dependency("ERP", "NET"),
		Dependency("EDI", "ERP"),
		Dependency("EDI", "NET", is_critical=False),
		Dependency("BI", "ERP", is_critical=False),
		Dependency("NET", "POWER"),
	]
	assert [(r.service, r.depth, r.path, r.is_critical) for r in find_hit(network, "NET")] == [
		("ERP", 1, ("NET", "ERP"), True),
		("BI", 2, ("NET", "ERP", "BI"), False),
		# Its direct way is not critical, so the critical one over ERP is the one to show.
		("EDI", 2, ("NET", "ERP", "EDI"), True),
	]
	assert [r.service for r in find_needed(network, "EDI")] == ["ERP", "NET", "POWER"]
	assert find_hit(network, "EDI") == []


@given(edges)
def test_reach_is_the_transitive_closure(network):
	reach = {name: {e.service for e in network if e.provider == name} for name in NAMES}
	for middle in NAMES:
		for name in NAMES:
			if middle in reach[name]:
				reach[name] |= reach[middle]
	for name in NAMES:
		found = find_hit(network, name)
		assert {r.service for r in found} == reach[name] - {name}
		for reached in found:
			assert reached.path[0] == name and reached.path[-1] == reached.service
			assert len(reached.path) == reached.depth + 1


@given(edges)
def test_a_circle_is_found_exactly_when_there_is_one(network):
	critical = [e for e in network if e.is_critical]
	open_names, removed = {e.service for e in critical} | {e.provider for e in critical}, True
	while removed:
		removed = {
			n for n in open_names if not any(e.service == n and e.provider in open_names for e in critical)
		}
		open_names -= removed
	cycle = find_cycle(network)
	assert bool(cycle) == bool(open_names)
	if cycle:
		pairs = {(e.service, e.provider) for e in critical}
		assert cycle[0] == cycle[-1] and all(pair in pairs for pair in itertools.pairwise(cycle))


@given(edges)
def test_both_directions_agree(network):
	for name in NAMES:
		for reached in find_hit(network, name):
			assert name in {r.service for r in find_needed(network, reached.service)}


def test_layers_follow_the_longest_way():
	steps = [("net", "store"), ("store", "db"), ("net", "db"), ("db", "shop"), ("other", "shop")]
	assert find_layers(steps, "net") == {"net": 0, "store": 1, "db": 2, "shop": 3}


def test_layers_end_where_a_circle_closes():
	layers = find_layers([("a", "b"), ("b", "c"), ("c", "b"), ("c", "a")], "a")
	assert layers == {"a": 0, "b": 1, "c": 2}


def test_layers_of_a_chain_too_long_for_recursion():
	steps = [(str(n), str(n + 1)) for n in range(5000)]
	assert find_layers(steps, "0")["5000"] == 5000
