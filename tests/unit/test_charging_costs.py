"""FM-9, FM-3: charging at cost. The shares of a month add up to its cost, whoever comes late."""

from datetime import date

from itil_strategy.domain.charging import OfferingTerms
from itil_strategy.domain.periods import month_period

from .charging_examples import (
	FEBRUARY,
	JANUARY,
	D,
	amounts,
	before,
	charged,
	obstacles,
	policy,
	prior,
	usage,
)

COSTS = {("mail", JANUARY): D("100.00")}
AT_COST = policy("At cost", "Cost")
THREE = [usage(1, "A"), usage(1, "B"), usage(1, "C")]


def test_cost_is_shared_by_usage_to_the_cent():
	# 33.33 each; the cent left over goes to the first name
	assert amounts([AT_COST], THREE, costs=COSTS) == [("A", "33.34"), ("B", "33.33"), ("C", "33.33")]


def test_cost_plus_shares_the_cost_with_its_markup():
	rule = policy("Plus", "Cost Plus", markup_percent="8.5")
	# 108.50 / 3 = 36.1666...: the two cents left over go to the first names
	assert amounts([rule], THREE, costs=COSTS) == [("A", "36.17"), ("B", "36.17"), ("C", "36.16")]


def test_shares_are_rounded_as_the_policy_says():
	rule = policy("Whole", "Cost", rounding_precision=0)
	assert amounts([rule], THREE, costs=COSTS) == [("A", "34.00"), ("B", "33.00"), ("C", "33.00")]


def test_a_step_names_the_cost():
	charges = charged([policy("Plus", "Cost Plus", markup_percent=8)], [usage(4, "A")], costs=COSTS)
	(step,) = charges[0].steps
	assert step.label == "share of direct cost 100.00 plus 8 %"
	assert (step.quantity, step.unit_price, step.amount) == (4, 27, 108)  # 108 / 4


def test_a_customer_with_a_price_keeps_its_share_of_the_cost():
	price = policy("Price", unit_price=50, customer="B")
	# B pays 50 and stands for a third of the cost all the same
	assert amounts([AT_COST, price], THREE, costs=COSTS) == [("A", "33.34"), ("B", "50.00"), ("C", "33.33")]


def test_two_cost_policies_share_the_same_cost():
	plus = policy("Plus", "Cost Plus", markup_percent=50, customer="B")
	# A: a quarter of 100; B: three quarters of 150
	assert amounts([AT_COST, plus], [usage(1, "A"), usage(3, "B")], costs=COSTS) == [
		("A", "25.00"),
		("B", "112.50"),
	]


def test_late_usage_shifts_the_shares_of_all():
	first = [usage(1, "A"), usage(1, "B")]
	earlier = charged([AT_COST], first, costs=COSTS)  # 50.00 each
	charges = charged(
		[AT_COST],
		[usage(2, "C"), usage(1, "B")],
		period=month_period(FEBRUARY),
		prior_usage=prior(first),
		charged_before=before(earlier),
		costs=COSTS,
	)
	# shares are now 1 : 2 : 2 = 20, 40, 40
	assert [(c.customer, c.quantity, c.amount, c.is_late) for c in charges] == [
		("A", 0, D("-30.00"), True),
		("B", 1, D("-10.00"), True),
		("C", 2, D("40.00"), True),
	]


def test_other_months_and_prices_are_left_alone():
	price = policy("Price", unit_price=50, customer="B")
	charges = charged(
		[AT_COST, price],
		[usage(1, "A", month=FEBRUARY)],
		period=month_period(FEBRUARY),
		prior_usage=prior(THREE),
		charged_before=before(charged([AT_COST, price], THREE, costs=COSTS)),
		costs={**COSTS, ("mail", FEBRUARY): D("70.00")},
	)
	assert [(c.customer, c.month, c.amount) for c in charges] == [("A", FEBRUARY, D("70.00"))]


def test_no_cost_known_is_a_charge_of_zero_that_says_so():
	(charge,) = charged([AT_COST], [usage(1, "A")])
	assert charge.amount == 0
	assert charge.steps[0].label == "no direct cost booked in 2026-01"


def test_a_month_without_quantity_is_not_charged():
	assert amounts([AT_COST], [usage(0, "A")], costs=COSTS) == []


def test_a_credit_is_shared_like_a_cost():
	assert amounts([AT_COST], THREE, costs={("mail", JANUARY): D("-100")}) == [
		("A", "-33.34"),
		("B", "-33.33"),
		("C", "-33.33"),
	]


def test_one_offering_of_a_service_at_cost():
	rules = [policy("At cost", "Cost", offering=None, service="mail")]
	offerings = (OfferingTerms("BOX", "mail", "Nos"), OfferingTerms("MAIL", "mail", "Nos"))
	(message,) = obstacles(
		rules, [usage(1, "A"), usage(1, "A", offering="BOX")], costs=COSTS, offerings=offerings
	)
	assert message == (
		"Service mail has several offerings at cost in 2026-01: BOX and MAIL."
		" Its cost can be shared by the usage of one; give the others a price."
	)
	# also when the other one was charged by an earlier run
	assert obstacles(
		rules,
		[usage(1, "A")],
		costs=COSTS,
		offerings=offerings,
		prior_usage=prior([usage(1, "B", offering="BOX")]),
	) == [message]


def test_a_cost_policy_covers_whole_months():
	rules = [
		policy("At cost", "Cost", valid_to=date(2026, 1, 15)),
		policy("New", unit_price=1, valid_from=date(2026, 1, 16)),
	]
	(message,) = obstacles(rules, [usage(2, "A", days=[(1, 1), (20, 1)])], costs=COSTS)
	assert message == (
		"Policy At cost charges cost and does not cover all of 2026-01 for A."
		" A cost policy must start and end with a month."
	)


def test_cost_is_charged_in_the_currency_of_the_books():
	(message,) = obstacles([policy("P", "Cost", currency="USD")], [usage(1)], costs=COSTS)
	assert message == "Policy P charges cost in USD. Cost is kept in EUR; choose that currency."


def test_cost_is_not_shared_by_negative_usage():
	(message,) = obstacles([AT_COST], [usage(3, "A"), usage(-1, "B")], costs=COSTS)
	assert message == (
		"Usage of MAIL by B in 2026-01 is negative in sum, so cost cannot be shared by it. Correct the usage."
	)


def test_a_step_tells_full_cost_from_direct_cost():
	rule = policy("Plus", "Cost Plus", markup_percent=8)
	month = next(iter(COSTS))[1]
	charges = charged([rule], [usage(4, "A")], costs=COSTS, allocated_months=frozenset({month}))
	assert charges[0].steps[0].label == "share of full cost 100.00 plus 8 %"
