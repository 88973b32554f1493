"""SP-9: objectives against the services that serve them."""

from decimal import Decimal

from itil_strategy.domain.alignment import Contribution, Objective, align

D = Decimal
OBJECTIVES = (
	Objective("Grow sales", D(50)),
	Objective("Cut cost", D(30)),
	Objective("Comply", D(20)),
	Objective("Old aim", D(40), is_active=False),
)


def contribution(service: str, objective: str, percent: int) -> Contribution:
	return Contribution(service, objective, D(percent))


def test_values_and_gaps_both_ways():
	found = align(
		OBJECTIVES,
		["FILES", "IDLE", "LEGACY", "MAIL", "ZERO"],
		[
			contribution("MAIL", "Grow sales", 40),
			contribution("FILES", "Grow sales", 60),
			contribution("MAIL", "Cut cost", 10),
			contribution("LEGACY", "Old aim", 90),
			contribution("ZERO", "Comply", 0),
			contribution("GONE", "Comply", 80),
		],
	)
	assert [
		(line.objective.name, [cell.service for cell in line.cells], line.value) for line in found.lines
	] == [
		("Grow sales", ["FILES", "MAIL"], 50),
		("Cut cost", ["MAIL"], 3),
		("Comply", [], 0),
	]
	# 40 % × 50 + 10 % × 30 and 60 % × 50
	assert found.value_per_service() == {"MAIL": 23, "FILES": 30}
	assert found.unserved == ("Comply",)
	assert found.idle_services == ("IDLE", "LEGACY", "ZERO")
	assert (found.total_weight, found.weights_are_complete) == (100, True)


def test_weights_that_do_not_total_one_hundred():
	found = align(OBJECTIVES[:2], [], [])
	assert (found.total_weight, found.weights_are_complete) == (80, False)
	thirds = [Objective(name, D("33.333")) for name in "abc"]
	assert align(thirds, [], []).weights_are_complete


def test_nothing():
	found = align([], ["MAIL"], [])
	assert (found.lines, found.idle_services, found.value_per_service()) == ((), ("MAIL",), {})
