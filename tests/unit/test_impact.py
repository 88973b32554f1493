"""SP-5: who is hit, as a tree and as numbers."""

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.dependencies import Dependency, find_hit, find_needed
from itil_strategy.domain.impact import Reach, count_dependents, count_providers, order_as_tree

# SHOP and PAY need WEB; WEB and MAIL need NET; MAIL needs SHOP, not critically.
EDGES = (
	Dependency("SHOP", "WEB"),
	Dependency("PAY", "WEB", is_critical=False),
	Dependency("WEB", "NET"),
	Dependency("MAIL", "NET"),
	Dependency("MAIL", "SHOP", is_critical=False),
)


def test_a_tree_with_levels():
	tree = order_as_tree(find_hit(EDGES, "NET"))
	assert [(item.service, level, item.is_critical) for item, level in tree] == [
		("MAIL", 1, True),
		("WEB", 1, True),
		("PAY", 2, False),
		("SHOP", 2, True),
	]


def test_a_service_stands_at_the_end_of_its_critical_way():
	edges = (
		Dependency("A", "X", is_critical=False),
		Dependency("B", "X"),
		Dependency("A", "B"),
		Dependency("C", "A", is_critical=False),
	)
	tree = order_as_tree(find_hit(edges, "X"))
	assert [(item.service, level) for item, level in tree] == [("B", 1), ("A", 2), ("C", 3)]


def test_nobody_is_hit():
	assert order_as_tree(find_hit(EDGES, "PAY")) == []


def test_numbers_for_every_service():
	counts = count_dependents(EDGES)
	assert counts["NET"] == Reach(2, 4)
	assert counts["WEB"] == Reach(2, 3)
	assert counts["SHOP"] == Reach(1, 1)
	assert counts["PAY"] == Reach(0, 0)
	assert count_providers(EDGES)["MAIL"] == Reach(2, 3)


names = st.integers(0, 8).map(str)
networks = st.lists(
	st.builds(Dependency, names, names, st.booleans()).filter(lambda edge: edge.service != edge.provider),
	max_size=24,
)


@given(networks)
def test_numbers_and_tree_agree_with_the_walk(edges):
	dependents, providers = count_dependents(edges), count_providers(edges)
	for name in {edge.provider for edge in edges} | {edge.service for edge in edges}:
		hit = find_hit(edges, name)
		assert dependents.get(name, Reach()).total == len(hit)
		assert providers.get(name, Reach()).total == len(find_needed(edges, name))
		tree = order_as_tree(hit)
		assert sorted(item.service for item, _level in tree) == sorted(item.service for item in hit)
