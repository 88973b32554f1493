"""FM-16: what binds a case; FM-7: when an approval lapses, and what differs between versions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.assumptions import make_book
from itil_strategy.domain.case_figures import option_figures
from itil_strategy.domain.case_model import make_model
from itil_strategy.domain.case_policy import (
	ApprovalLimit,
	Policy,
	approval_limit,
	find_breaches,
	find_lapses,
)
from itil_strategy.domain.case_rows import BENEFIT, CAPEX, FlowLine
from itil_strategy.domain.case_versions import Difference, compare
from itil_strategy.domain.investment import Basis

D = Decimal
TENTH, HUNDRED = D("0.1"), D(100)


def breaches(policy: Policy, is_mandatory: bool = False) -> list[str]:
	"""900 and 100 of CapEx now, 600 in each of two years: an internal rate of 13.07 %, paid back after 1.67 years."""
	lines = [
		FlowLine("Buy", "Servers", CAPEX, 0, 0, D(900)),
		FlowLine("Buy", "Cables", CAPEX, 0, 0, D(100)),
		FlowLine("Buy", "Savings", BENEFIT, 1, 2, D(600)),
	]
	model = make_model(["Buy"], make_book([]), lines, Basis(TENTH))
	found = find_breaches(policy, model, option_figures(model, "Buy"), is_mandatory)
	return [str(text) for text in found]


def test_without_a_policy_nothing_is_broken():
	assert breaches(Policy()) == []


def test_the_hurdle_rate_is_judged_by_the_value_at_it():
	assert breaches(Policy(hurdle_rate=D("0.13"))) == []
	assert breaches(Policy(hurdle_rate=D("0.14"))) == [
		"At the hurdle rate of 14 % the net present value is -12.00. It must not be below 0."
	]


def test_the_longest_payback_is_inclusive():
	assert breaches(Policy(longest_payback=D(5) / 3)) == []
	assert breaches(Policy(longest_payback=D("1.5"))) == [
		"It pays back after 1.67 years. At most 1.5 are allowed."
	]


def test_items_below_the_threshold_are_no_capex():
	assert breaches(Policy(capitalisation_threshold=D(100))) == []
	assert breaches(Policy(capitalisation_threshold=D("100.01"))) == [
		"Cables is CapEx of 100.00, below the capitalisation threshold of 100.01. Enter it as OpEx."
	]


def test_what_is_required_need_not_pay_but_is_booked_right():
	policy = Policy(D("0.5"), D(1), D(200))
	assert len(breaches(policy)) == 3
	assert len(breaches(policy, is_mandatory=True)) == 1


@pytest.mark.parametrize(
	("limits", "roles", "expected"),
	[
		([], ("A",), (True, None)),
		([ApprovalLimit("A", D(5))], ("A",), (True, 5)),
		([ApprovalLimit("A", D(5))], ("B",), (False, 0)),
		([ApprovalLimit("A", D(5)), ApprovalLimit("B", D(9))], ("A", "B"), (True, 9)),
		([ApprovalLimit("A", D(5)), ApprovalLimit("B", None)], ("A", "B"), (True, None)),
		([ApprovalLimit("A", D(5)), ApprovalLimit("A", D(2), "Ours")], ("A",), (True, 2)),
		([ApprovalLimit("A", D(2), "Ours"), ApprovalLimit("A", D(5))], ("A",), (True, 2)),
		([ApprovalLimit("A", D(2), "Theirs")], ("A",), (False, 0)),
	],
)
def test_approval_limits(limits, roles, expected):
	assert approval_limit(limits, "Ours", roles) == expected


def lapses(npv, spend, approved_npv=HUNDRED, approved=None) -> list[str]:
	found = find_lapses(approved_npv, D(npv), approved or {"2026": D(50)}, {"2026": D(spend)}, TENTH)
	return [str(text) for text in found]


def test_the_tolerance_is_inclusive_and_only_the_worse_side_counts():
	assert lapses(90, 55) == [] == lapses(500, 1)
	assert lapses("89.99", 50) == ["The net present value fell from 100.00 to 89.99, by more than 10 %."]
	assert lapses(100, "55.01") == ["The planned spend of 2026 rose from 50.00 to 55.01, by more than 10 %."]


def test_a_year_that_was_not_approved_lapses_with_its_first_cent():
	assert lapses(100, "0.01", approved={"2025": D(5)}) != []


def test_a_negative_value_may_fall_by_its_tenth():
	assert lapses(-110, 50, approved_npv=D(-100)) == []
	assert lapses("-110.01", 50, approved_npv=D(-100)) != []


@given(st.decimals(-1000, 1000, places=2), st.decimals(0, 1000, places=2))
def test_what_did_not_change_never_lapses(npv, spend):
	assert find_lapses(npv, npv, {"2026": spend}, {"2026": spend}, D(0)) == []


def test_versions_differ_in_fields_and_rows():
	before = {"rate": 8, "title": "A", "flows": [{"item": "x", "amount": 1}, {"item": "y", "amount": 2}]}
	after = {"rate": 9, "title": "A", "flows": [{"item": "y", "amount": 3}, {"item": "z", "amount": 1}]}
	assert compare(before, after, {"flows": ("item",)}) == [
		Difference("", "", "rate", "Changed", 8, 9),
		Difference("flows", "x", "", "Removed"),
		Difference("flows", "y", "amount", "Changed", 2, 3),
		Difference("flows", "z", "", "Added"),
	]
	assert compare(before, before, {"flows": ("item",)}) == []


def test_rows_of_equal_name_are_told_apart_by_their_order():
	before = {"flows": [{"item": "x", "amount": 1}, {"item": "x", "amount": 2}]}
	after = {"flows": [{"item": "x", "amount": 1}, {"item": "x", "amount": 5}]}
	assert compare(before, after, {"flows": ("item",)}) == [
		Difference("flows", "x (2)", "amount", "Changed", 2, 5)
	]
