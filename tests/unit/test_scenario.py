"""FM-15 by hand: what each kind of change does to cost, charge and recovery of a year."""

from datetime import date

import pytest

from itil_strategy.domain.allocation import allocate, stranded_cost
from itil_strategy.domain.allocation_types import Basis, Kind, Pool
from itil_strategy.domain.scenario_types import Bearer, Change, ChangeKind, LaunchFlows, ScenarioError
from tests.unit.charging_examples import FEBRUARY, JANUARY, policy, tiers, usage
from tests.unit.scenario_examples import START, D, allocation, facts, money, run

RETIRE, LAUNCH, USAGE, PRICE, COST = ChangeKind


def test_without_changes_nothing_differs():
	"""Mail 750 keeps half; shop 400 + 150 + 375. Twelve times the month."""
	result = run()
	assert money(result, "mail") == ("4500.00", "6000.00")
	assert money(result, "shop") == ("11100.00", "9600.00")
	assert all(line.before == line.after and line.effect == 0 for line in result.lines)
	assert result.obstacles == ()


def test_retiring_leaves_the_rent_to_the_other():
	"""Shop: 400 + all 300 of rent, a month; mail and its charges are gone."""
	result = run(Change(RETIRE, "mail"))
	assert money(result, "mail") == ("0.00", "0.00")
	assert money(result, "shop") == ("8400.00", "9600.00")
	total = result.total(1)
	# saved 600 a month, lost 500 of charges a month
	assert (total.after.cost - total.before.cost, total.effect) == (D(-7200), D(1200))
	by_service = {line.bearer.service: line.effect for line in result.lines}
	assert by_service == {"mail": D(-1500), "shop": D(2700)}


def test_retiring_agrees_with_stranded_cost():
	request = allocation()
	stranded = stranded_cost(request, allocate(request), "mail")
	line = next(line for line in run(Change(RETIRE, "mail")).lines if line.bearer == Bearer("shop"))
	assert stranded == {"shop": D(-225)}
	assert line.after.cost - line.before.cost == 12 * stranded["shop"]


def test_a_change_counts_from_its_month_on():
	result = run(Change(RETIRE, "mail", date(2027, 7, 1)), years=2)
	assert [result.total(year).effect for year in (1, 2)] == [D(600), D(1200)]
	assert run(Change(RETIRE, "mail", date(2028, 1, 1))).total(1).effect == 0


def test_more_usage_is_charged_and_takes_more_of_a_pool_shared_by_it():
	"""10 : 20 units before, 20 : 20 after: the rent of 300 is 150 each instead of 100 and 200."""
	values = {"mail": D(10), "shop": D(20)}
	pool = Pool("Rent", Basis.DRIVER, {"": D(300)}, values=values)
	base = facts(allocation=allocation(pools=(pool,), dependencies=()), usage_pools={"Rent": "Nos"})
	result = run(Change(USAGE, "mail", percent=D(100)), base=base)
	assert money(result, "mail") == ("9000.00", "12000.00")
	assert money(result, "shop") == ("6600.00", "9600.00")
	# counted values, and those of another unit, stay
	for pools in ({}, {"Rent": "Hour"}):
		base = facts(allocation=allocation(pools=(pool,), dependencies=()), usage_pools=pools)
		assert money(run(Change(USAGE, "mail", percent=D(100)), base=base), "mail")[0] == "8400.00"


def test_usage_of_one_offering_weighs_with_its_units():
	"""MAIL 10 → 20 beside 30 of PLUS, of the same service: 40 → 50 units, a quarter more."""
	groups = [usage(10), usage(20, offering="SHOP"), usage(30, offering="PLUS")]
	groups[2] = type(groups[2])("Retail", "mail", "PLUS", "Nos", JANUARY, D(30))
	base = facts(
		[
			policy("M", unit_price=50),
			policy("S", offering="SHOP", unit_price=40),
			policy("X", offering="PLUS", service="mail", unit_price=1),
		],
		groups,
		allocation=allocation(
			pools=(Pool("Rent", Basis.DRIVER, {"": D(300)}, values={"mail": D(40), "shop": D(50)}),),
			dependencies=(),
		),
		usage_pools={"Rent": "Nos"},
	)
	charging = base.charging
	terms = tuple(
		type(item)(item.offering, "mail" if item.offering == "PLUS" else item.service, item.uom)
		for item in charging.offerings
	)
	base = type(base)(
		base.allocations, type(charging)(**{**_fields(charging), "offerings": terms}), base.usage_pools
	)
	result = run(Change(USAGE, "mail", offering="MAIL", percent=D(100)), base=base)
	# 50 : 50 of 300; 20 × 50 + 30 × 1 a month
	assert money(result, "mail") == ("9000.00", "12360.00")


def _fields(value) -> dict:
	return {name: getattr(value, name) for name in value.__slots__}


def test_price_changes_all_that_a_price_is_made_of():
	"""Graduated 10 at 1, the rest at 0.5: 15 units are 12.50; a tenth more is 13.75, and a minimum of 20 becomes 22."""
	steps = tiers((0, 10, 1), (10, None, "0.5"))
	policies = [policy("M", "Graduated", tiers=steps), policy("S", offering="SHOP", unit_price=1, minimum=20)]
	base = facts(policies, [usage(15), usage(5, offering="SHOP")])
	result = run(Change(PRICE, "mail", percent=D(10)), Change(PRICE, "shop", percent=D(10)), base=base)
	assert (money(result, "mail")[1], money(result, "shop")[1]) == ("165.00", "264.00")
	formula = policy("M", "Formula", formula="quantity * unit_price + 5", unit_price=2)
	base = facts([formula, policy("S", offering="SHOP", unit_price=1)], [usage(15)])
	assert money(run(Change(PRICE, "mail", percent=D(10)), base=base), "mail")[1] == "462.00"  # 38.50 × 12


def test_what_is_charged_at_cost_follows_the_cost():
	"""All of shop's final cost is charged; with mail 10 % dearer it is 955 a month instead of 925."""
	base = facts([policy("M", unit_price=50), policy("S", "Cost", offering="SHOP")])
	result = run(Change(COST, "mail", percent=D(10)), Change(PRICE, "shop", percent=D(50)), base=base)
	assert money(result, "mail") == ("4860.00", "6000.00")
	assert money(result, "shop") == ("11460.00", "11460.00")


def test_cost_follows_into_pools_shared_by_direct_cost():
	"""600 : 400 → 800 : 400 after a third more: two thirds of 300."""
	driver = Pool("Rent", Basis.DRIVER, {"": D(300)}, values={"mail": D(600), "shop": D(400)})
	base = facts(
		allocation=allocation(
			pools=(driver,), dependencies=(), direct={"mail": {"": D(600)}, "shop": {"": D(400)}}
		),
		cost_pools=frozenset(("Rent",)),
	)
	change = Change(COST, "shop", percent=D(100))
	# 600 : 800 of 300 is 128.57 : 171.43
	assert money(run(change, base=base), "shop")[0] == "11657.16"


def test_a_launch_takes_part_in_pools_and_shows_its_case():
	"""100 running a month for half a year, 5,000 invested in the first month, 900 of benefits in each of twelve."""
	flows = LaunchFlows((D(100),) * 6, (D(5000),), (D(900),) * 12)
	result = run(Change(LAUNCH, "chat", flows=flows))
	line = next(line for line in result.lines if line.bearer == Bearer("chat"))
	# a third of the rent in all twelve months, and 600 running
	assert (line.after.cost, line.after.investment, line.after.benefits) == (D(1800), D(5000), D(10800))
	assert line.effect == D(10800 - 5000 - 1800)
	# mail 700 keeps half; shop 400 + 100 + 350
	assert (money(result, "mail")[0], money(result, "shop")[0]) == ("4200.00", "10200.00")
	assert result.total(1).after.cost - result.total(1).before.cost == 600


def test_a_launch_follows_its_periods_from_its_own_month():
	flows = LaunchFlows(running=tuple(D(number) for number in range(1, 25)))
	base = facts(allocation=allocation(pools=()))
	result = run(Change(LAUNCH, "chat", date(2027, 4, 1), flows=flows), base=base, years=2)
	# 1 … 9 from April to December, then 10 … 21
	assert (money(result, "chat")[0], money(result, "chat", 2)[0]) == ("45.00", "186.00")


def test_cost_that_nobody_bears_stands_beside_the_services():
	"""100 units can be delivered, 30 are used: of 300, 210 idle; without mail's 10 units 240."""
	pool = Pool("Rent", Basis.DRIVER, {"": D(300)}, values={"mail": D(10), "shop": D(20)}, capacity=D(100))
	base = facts(allocation=allocation(pools=(pool,), unassigned={"": D(7)}))
	result = run(Change(RETIRE, "mail"), base=base)
	idle = next(line for line in result.lines if line.bearer == Bearer("", Kind.IDLE))
	assert (idle.before.cost, idle.after.cost) == (D(2520), D(2880))
	assert [line.bearer.kind for line in result.lines] == [Kind.FINAL, Kind.FINAL, Kind.IDLE, Kind.UNASSIGNED]
	assert result.total(1).after.cost - result.total(1).before.cost == -7200


def test_usage_without_a_policy_is_an_obstacle_and_counts_nothing():
	base = facts([policy("M", unit_price=50)])
	result = run(base=base)
	assert [obstacle.subject for obstacle in result.obstacles] == ["SHOP"]
	assert money(result, "shop") == ("11100.00", "0.00")


def test_base_months_repeat_by_the_calendar():
	"""January 1 and February 3 units in turn: six of each, whenever the scenario starts."""
	groups = [usage(1), usage(3, month=FEBRUARY)]
	base = facts([policy("M", unit_price=10)], groups, (JANUARY, FEBRUARY))
	assert money(run(base=base), "mail")[1] == "240.00"
	change = Change(PRICE, "mail", date(2027, 12, 1), percent=D(100))  # December repeats February
	assert money(run(change, base=base), "mail")[1] == "270.00"


@pytest.mark.parametrize(
	("changes", "words", "row"),
	[
		([Change(RETIRE, "", row=1)], "choose what Retire Service is about", 1),
		([Change(USAGE, "mail", row=1)], "change is 0 %", 1),
		([Change(PRICE, "mail", percent=D(-101), row=2)], "change is -101 %", 2),
		([Change(RETIRE, "mail", row=1), Change(RETIRE, "mail", row=2)], "Rows 1 and 2 are the same", 2),
		(
			[Change(RETIRE, "mail", START, row=1), Change(COST, "mail", START, percent=D(1), row=2)],
			"Row 2 is about mail, which row 1 retires before",
			2,
		),
	],
)
def test_what_cannot_be_meant_is_refused(changes, words, row):
	with pytest.raises(ScenarioError, match=words) as refusal:
		run(*changes)
	assert refusal.value.row == row


def test_a_base_that_fills_no_year_is_refused():
	base = facts(months=tuple(date(2026, month, 1) for month in range(1, 6)))
	with pytest.raises(ScenarioError, match="5 base months"):
		run(base=base)
