"""Allocation by hand: the design's table, pools, idle capacity, buckets and what is refused (FM-1 to FM-4)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from itil_strategy.domain.allocation import allocate, stranded_cost, stranded_totals
from itil_strategy.domain.allocation_network import default_order
from itil_strategy.domain.allocation_pools import LedgerSum, PoolFilter, sort_into_buckets
from itil_strategy.domain.allocation_snapshot import pack, unpack
from itil_strategy.domain.allocation_types import (
	AllocationError,
	AllocationRequest,
	Basis,
	ClosedLoopError,
	Kind,
	Method,
	NegativeDriverError,
	Pool,
	PoolOverlapError,
	Receivers,
	StepOrderError,
)
from itil_strategy.domain.dependencies import Dependency, DependencyShareError


def depends(service: str, provider: str, share: int | str) -> Dependency:
	return Dependency(service, provider, True, Decimal(share))


# Design, section 8: IT gives HR 20 %, A 50 %, B 30 %; HR gives IT 10 %, A 40 %, B 50 %.
TABLE = AllocationRequest(
	Method.RECIPROCAL,
	{"IT": {"Labour": Decimal(120_000)}, "HR": {"Labour": Decimal(60_000)}},
	("IT", "HR", "A", "B"),
	dependencies=(
		depends("HR", "IT", 20),
		depends("A", "IT", 50),
		depends("B", "IT", 30),
		depends("IT", "HR", 10),
		depends("A", "HR", 40),
		depends("B", "HR", 50),
	),
)


def money(text: str) -> Decimal:
	return Decimal(text.replace(",", ""))


@pytest.mark.parametrize(
	("method", "order", "a", "b"),
	[
		(Method.DIRECT, (), "101,666.67", "78,333.33"),
		(Method.STEP_DOWN, ("IT", "HR"), "97,333.33", "82,666.67"),
		(Method.STEP_DOWN, ("HR", "IT"), "102,750.00", "77,250.00"),
		(Method.RECIPROCAL, (), "98,571.43", "81,428.57"),
	],
)
def test_table_of_the_design(method, order, a, b):
	allocation = allocate(replace(TABLE, method=method, order=order))
	assert allocation.by_service(Kind.FINAL) == {"A": money(a), "B": money(b)}
	assert allocation.cost_out == 180_000


def test_gross_cost_of_the_design():
	passed_on = allocate(TABLE).by_service(Kind.PASSED_ON)
	assert passed_on == {"IT": money("-128,571.43"), "HR": money("-85,714.29")}


def test_elements_are_kept():
	direct = {
		"IT": {"Labour": Decimal(100_000), "Hardware": Decimal(20_000)},
		"HR": {"Labour": Decimal(60_000)},
	}
	allocation = allocate(replace(TABLE, direct=direct))
	finals = {
		(line.service, line.element): line.amount for line in allocation.lines if line.kind == Kind.FINAL
	}
	assert allocation.cost_out == 180_000
	# Gross Hardware of IT 20,000 / 0.98; HR takes 20 % of it. A: 0.5 of IT and 0.4 of HR.
	assert finals[("A", "Hardware")] == Decimal("11836.73")
	assert finals[("B", "Hardware")] == Decimal("8163.27")


def test_a_service_keeps_what_nobody_takes():
	request = AllocationRequest(
		Method.RECIPROCAL,
		{"NET": {"": Decimal(1000)}},
		("NET", "MAIL", "FILES"),
		dependencies=(depends("MAIL", "NET", 25), depends("FILES", "NET", 35)),
	)
	final = {"MAIL": Decimal(250), "FILES": Decimal(350), "NET": Decimal(400)}
	for method in Method:
		assert allocate(replace(request, method=method)).by_service(Kind.FINAL) == final


def test_a_service_that_is_not_in_operation_takes_nothing():
	request = AllocationRequest(
		Method.RECIPROCAL,
		{"NET": {"": Decimal(1000)}, "IDEA": {"": Decimal(5)}},
		("NET",),
		dependencies=(depends("IDEA", "NET", 25),),
	)
	assert allocate(request).by_service(Kind.FINAL) == {"NET": Decimal(1000), "IDEA": Decimal(5)}


# Pools


def shared(basis: str, amount: int | str = 100, **values) -> AllocationRequest:
	pool = Pool("Building", basis, {"Facilities": Decimal(amount)}, **values)
	direct = {"A": {"": Decimal(30)}, "B": {"": Decimal(10)}}
	return AllocationRequest(Method.RECIPROCAL, direct, ("A", "B", "C"), pools=(pool,))


def parts(request: AllocationRequest) -> dict[str, Decimal]:
	return allocate(request).by_service(Kind.POOL)


def test_equal_shares_and_their_leftover_cent():
	assert parts(shared(Basis.EQUAL)) == {
		"A": Decimal("33.34"),
		"B": Decimal("33.33"),
		"C": Decimal("33.33"),
	}


def test_fixed_shares_and_direct_cost():
	listed = {"A": Decimal(20), "C": Decimal(80)}
	assert parts(shared(Basis.FIXED, listed=listed)) == {"A": 20, "C": 80}
	assert parts(shared(Basis.DIRECT_COST)) == {"A": 75, "B": 25}


def test_receivers_in_and_out():
	listed = {"A": Decimal(0), "B": Decimal(0)}
	assert parts(shared(Basis.EQUAL, receivers=Receivers.LISTED, listed=listed)) == {"A": 50, "B": 50}
	assert parts(shared(Basis.EQUAL, receivers=Receivers.OTHERS, listed=listed)) == {"C": 100}


@pytest.mark.parametrize(("capacity", "part", "idle"), [(Decimal(100), 25, 50), (None, 50, 0)])
def test_idle_capacity_of_the_design(capacity, part, idle):
	"""25 units, 50 used, capacity 100: 25 % (practical capacity) or 50 % (full recovery)."""
	values = {"A": Decimal(25), "B": Decimal(25)}
	allocation = allocate(shared(Basis.DRIVER, values=values, capacity=capacity))
	assert allocation.by_service(Kind.POOL)["A"] == part
	assert allocation.total(Kind.IDLE) == idle
	assert allocation.cost_out == 140


def test_more_used_than_there_is_leaves_nothing_idle():
	values = {"A": Decimal(90), "B": Decimal(30)}
	request = shared(Basis.USAGE, values=values, capacity=Decimal(100))
	assert parts(request) == {"A": 75, "B": 25}
	assert allocate(request).total(Kind.IDLE) == 0


@pytest.mark.parametrize("values", [{}, {"A": Decimal(0), "B": Decimal(0)}, {"X": Decimal(5)}])
def test_without_a_driver_the_pool_is_a_visible_line(values):
	allocation = allocate(shared(Basis.DRIVER, values=values, capacity=Decimal(10)))
	lines = [line for line in allocation.lines if line.kind == Kind.UNALLOCATED]
	assert [(line.pool, line.service, line.amount) for line in lines] == [("Building", "", 100)]
	assert allocation.cost_out == 140


def test_a_negative_driver_is_refused():
	words = "Pool Building: the value of B is -3. Values to share by must be 0 or more"
	with pytest.raises(NegativeDriverError, match=words):
		allocate(shared(Basis.DRIVER, values={"A": Decimal(5), "B": Decimal(-3)}))


def test_pools_come_before_dependencies():
	request = replace(shared(Basis.EQUAL, 90), dependencies=(depends("C", "A", 50), depends("B", "A", 50)))
	# A has 30 + 30 of the pool and passes on half to each of the others.
	assert allocate(request).by_service(Kind.FINAL) == {"B": 10 + 30 + 30, "C": 30 + 30}


# What is refused or cannot be placed


def test_a_closed_loop_is_named():
	edges = (depends("HR", "IT", 100), depends("IT", "HR", 100))
	request = replace(TABLE, dependencies=edges)
	with pytest.raises(ClosedLoopError, match="HR → IT → HR serve only each other") as raised:
		allocate(request)
	assert raised.value.cycle == ("HR", "IT", "HR")
	open_loop = replace(request, dependencies=(depends("HR", "IT", 100), depends("IT", "HR", "99.5")))
	assert allocate(open_loop).by_service(Kind.FINAL) == {"HR": Decimal(180_000)}


def test_shares_over_the_whole_are_refused():
	with pytest.raises(DependencyShareError, match=r"The shares of IT total 100\.5 %"):
		allocate(replace(TABLE, dependencies=(*TABLE.dependencies, depends("B", "IT", "0.5"))))


def test_a_negative_share_is_refused():
	with pytest.raises(AllocationError, match=r"B takes -5 % of IT\. A share must be 0 or more"):
		allocate(replace(TABLE, dependencies=(depends("B", "IT", -5),)))


@pytest.mark.parametrize("method", [Method.DIRECT, Method.STEP_DOWN])
def test_cost_that_nobody_can_take_is_a_visible_line(method):
	edges = (depends("HR", "IT", 100), depends("IT", "HR", 100))
	allocation = allocate(replace(TABLE, method=method, dependencies=edges))
	stuck = allocation.by_service(Kind.UNALLOCATED)
	assert stuck == ({"IT": 120_000, "HR": 60_000} if method == Method.DIRECT else {"IT": 180_000})
	assert allocation.cost_out == 180_000


def test_step_down_order_by_default_loses_as_little_as_possible():
	assert default_order(TABLE.dependencies, ["HR", "IT"]) == ("IT", "HR")
	chain = (depends("C", "B", 10), depends("B", "A", 10), depends("A", "Z", 10))
	assert default_order(chain, ["A", "B", "Z"]) == ("Z", "A", "B")


@pytest.mark.parametrize(
	("order", "words"),
	[(("IT", "IT"), "names IT twice"), (("IT", "GONE"), "names GONE, which is no service of the run")],
)
def test_a_wrong_order_is_refused(order, words):
	with pytest.raises(StepOrderError, match=words):
		allocate(replace(TABLE, method=Method.STEP_DOWN, order=order))


def test_an_order_may_leave_out_and_may_name_others():
	full = allocate(replace(TABLE, method=Method.STEP_DOWN, order=("HR", "IT")))
	assert allocate(replace(TABLE, method=Method.STEP_DOWN, order=("A", "HR"))) == full


# Stranded cost


def test_stranded_cost_of_a_service_by_hand():
	"""NET 1,000 gives MAIL 30 % and FILES 50 %; a building of 300 is shared equally.

	With all: NET has 1,100, MAIL 200 + 100 + 330, FILES 0 + 100 + 550, NET keeps 220. Without FILES the building is
	shared by two: NET has 1,150, MAIL 200 + 150 + 345, NET keeps 805.
	"""
	request = AllocationRequest(
		Method.RECIPROCAL,
		{"NET": {"": Decimal(1000)}, "MAIL": {"": Decimal(200)}},
		("NET", "MAIL", "FILES"),
		(Pool("Building", Basis.EQUAL, {"": Decimal(300)}),),
		(depends("MAIL", "NET", 30), depends("FILES", "NET", 50)),
	)
	allocation = allocate(request)
	assert allocation.by_service(Kind.FINAL) == {"NET": 220, "MAIL": 630, "FILES": 650}
	assert stranded_cost(request, allocation, "FILES") == {"NET": 585, "MAIL": 65}
	assert stranded_totals(request, allocation, ["FILES", "MAIL"])["FILES"] == 650
	# MAIL's own 200 would be gone, so of its 630 only 430 would fall on others.
	assert stranded_totals(request, allocation, ["MAIL"])["MAIL"] == 430


def test_capacity_that_becomes_idle_falls_on_nobody():
	values = {"A": Decimal(25), "B": Decimal(25)}
	request = shared(Basis.DRIVER, values=values, capacity=Decimal(100))
	assert stranded_totals(request, allocate(request), ["A"]) == {"A": 0}
	spread = shared(Basis.DRIVER, values=values)
	assert stranded_cost(spread, allocate(spread), "A") == {"B": 50}


# Buckets


ROWS = (
	LedgerSum("MAIL", "Licences", "Apps", "Software", Decimal(10)),
	LedgerSum("", "Rent", "Site 1", "Facilities", Decimal(20)),
	LedgerSum("", "Rent", "Site 2", "Facilities", Decimal(40)),
	LedgerSum("", "Travel", "Site 2", "", Decimal(80)),
)


def test_a_row_is_in_the_first_bucket_that_fits():
	filters = (
		PoolFilter("Second site", 2, cost_centers=frozenset({"Site 2"}), element="Shared"),
		PoolFilter("Rent", 1, accounts=frozenset({"Rent"})),
	)
	buckets = sort_into_buckets(ROWS, filters)
	assert buckets.direct == {"MAIL": {"Software": 10}}
	assert buckets.pools == {"Rent": {"Facilities": 60}, "Second site": {"Shared": 80}}
	assert not buckets.unassigned and buckets.total == 150
	assert sort_into_buckets(ROWS, ()).unassigned == {"Facilities": 60, "": 80}


def test_pools_of_equal_order_are_refused_only_where_they_meet():
	first = PoolFilter("Rent", 1, accounts=frozenset({"Rent"}))
	second = PoolFilter("Site 2", 1, cost_centers=frozenset({"Site 2"}))
	with pytest.raises(
		PoolOverlapError, match="Pools Rent and Site 2 have the same order and both match Rent"
	):
		sort_into_buckets(ROWS, (first, second))
	third = PoolFilter("Travel", 1, accounts=frozenset({"Travel"}))
	assert sort_into_buckets(ROWS, (first, third)).pools["Travel"] == {"": 80}


def test_a_snapshot_gives_the_same_answer():
	request = replace(
		shared(Basis.DRIVER, values={"A": Decimal("0.1")}, capacity=Decimal(3)),
		dependencies=(depends("C", "A", "33.333333333"),),
		unassigned={"Other": Decimal("1.50")},
		order=("A",),
	)
	kept = unpack(pack({date(2026, 1, 1): request}))
	assert allocate(kept[date(2026, 1, 1)]) == allocate(request)
