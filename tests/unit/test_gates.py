"""Gate checks over plain facts (SP-2, SP-3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from itil_strategy.domain.gate_facts import (
	CaseFacts,
	FundingFacts,
	OfferingFacts,
	RetirementFacts,
	ServiceFacts,
)
from itil_strategy.domain.gates import (
	CHECKS,
	FAILED,
	PASSED,
	STOP,
	WAIVED,
	WARN,
	Requirement,
	Waiver,
	judge_gate,
	merge_requirements,
	open_stops,
)

TODAY = date(2026, 6, 15)
NOTHING = ServiceFacts("MAIL", TODAY)
PLAN = RetirementFacts(
	"SR-1",
	is_announced=True,
	notice_given_on=TODAY,
	last_day=date(2026, 12, 31),
	data_owner="ann",
	data_retention="Ten years in the archive",
)
FUNDED = FundingFacts("BC-1", reserved=(("2026", Decimal(900)), ("2027", Decimal(1000))))
CUT = replace(FUNDED, case="BC-2", missing=(("2027", Decimal("1200.5")),))
# check: (facts that pass, facts that fail), beside a service of which nothing is known
CASES = {
	"Service owner": (
		[replace(NOTHING, owner="ann", owner_is_enabled=True)],
		[NOTHING, replace(NOTHING, owner="ann", owner_is_enabled=False)],
	),
	"Business outcome": ([replace(NOTHING, outcomes=1)], [NOTHING]),
	"Customer need": ([replace(NOTHING, assessed_needs=("CN-1",))], [NOTHING]),
	"No open mediation": ([NOTHING], [replace(NOTHING, open_mediations=("RM-1",))]),
	"Approved business case": (
		[replace(NOTHING, approved_cases=(CaseFacts("BC-1", TODAY),))],
		[NOTHING, replace(NOTHING, approved_cases=(CaseFacts("BC-1", date(2026, 6, 14)),))],
	),
	"Funds secured": (
		[
			replace(NOTHING, funding=(FUNDED,)),
			replace(NOTHING, funding=(CUT, FUNDED)),
			replace(NOTHING, funding=(FundingFacts("BC-3"),)),
		],
		[
			NOTHING,
			replace(NOTHING, funding=(CUT,)),
			replace(NOTHING, funding=(replace(FUNDED, unreserved=("2028",)),)),
			replace(NOTHING, funding=(replace(FUNDED, expired=(("2025", Decimal(100)),)),)),
		],
	),
	"Priced offering": (
		[
			replace(NOTHING, offerings=(OfferingFacts("A"), OfferingFacts("B", ("Price",)))),
			replace(NOTHING, service_type="Supporting"),
		],
		[NOTHING, replace(NOTHING, offerings=(OfferingFacts("A"),))],
	),
	"Cost model": ([replace(NOTHING, cost_centers=("Data Centre",))], [NOTHING]),
	"No live dependents": ([NOTHING], [replace(NOTHING, live_dependents=("ERP",))]),
	"Notice given": (
		[replace(NOTHING, retirement=PLAN)],
		[
			NOTHING,
			replace(NOTHING, retirement=replace(PLAN, is_announced=False)),
			replace(NOTHING, retirement=replace(PLAN, notice_given_on=date(2026, 6, 16))),
		],
	),
	"Successor or loss accepted": (
		[
			replace(NOTHING, successor="MAIL-2", successor_is_live=True),
			replace(NOTHING, retirement=replace(PLAN, loss_accepted=True)),
		],
		[NOTHING, replace(NOTHING, successor="MAIL-2", successor_is_live=False, retirement=PLAN)],
	),
	"Capacity": ([NOTHING], [replace(NOTHING, over_promised=("MAILBOX 2026-06: 10 too many",))]),
	"No commitments after the last day": ([NOTHING], [replace(NOTHING, late_commitments=("SC-1",))]),
	"No uncharged usage": ([NOTHING], [replace(NOTHING, uncharged_usage=("MAILBOX in 2026-05",))]),
	"Data retention decided": (
		[replace(NOTHING, retirement=PLAN)],
		[NOTHING, replace(NOTHING, retirement=replace(PLAN, data_owner=None))],
	),
}


def test_every_check_has_a_case():
	assert set(CASES) == set(CHECKS)


@pytest.mark.parametrize("name", CASES)
def test_check(name):
	passing, failing = CASES[name]
	for facts in passing:
		verdict = CHECKS[name].judge(facts)
		assert verdict.passed and str(verdict.evidence)
	for facts in failing:
		verdict = CHECKS[name].judge(facts)
		assert not verdict.passed
		assert str(verdict.evidence) and str(verdict.remedy), "a refusal says what is wrong and the way out"


def test_funds_are_told_by_year():
	judge = CHECKS["Funds secured"].judge
	found = judge(replace(NOTHING, funding=(FUNDED,)))
	assert str(found.evidence) == "Reserved for BC-1, by fiscal year: 2026: 900.00; 2027: 1,000.00."
	found = judge(replace(NOTHING, funding=(CUT,)))
	assert str(found.evidence) == "The budget no longer covers BC-2; missing in 2027: 1,200.50."
	found = judge(replace(NOTHING, funding=(replace(FUNDED, unreserved=("2028", "2029")),)))
	assert str(found.evidence) == "Nothing is reserved for BC-1 in 2028, 2029."


def test_a_waiver_counts_up_to_and_including_its_last_day():
	requirements = [Requirement("Business outcome"), Requirement("Cost model", WARN)]
	results = judge_gate(NOTHING, requirements)
	assert [(r.check, r.level, r.result) for r in results] == [
		("Business outcome", STOP, FAILED),
		("Cost model", WARN, FAILED),
	]
	assert [r.check for r in open_stops(results)] == ["Business outcome"]
	for expires_on, result in ((TODAY, WAIVED), (date(2026, 6, 14), FAILED)):
		waived = judge_gate(NOTHING, requirements, [Waiver("Business outcome", expires_on)])
		assert waived[0].result == result
	passed = judge_gate(replace(NOTHING, outcomes=1), requirements, [Waiver("Business outcome", TODAY)])
	assert passed[0].result == PASSED, "what passes needs no waiver"


def test_merging_keeps_the_strictest_level_of_a_check():
	merged = merge_requirements(
		[Requirement("Cost model", WARN), Requirement("Service owner")],
		[Requirement("Cost model", STOP), Requirement("Service owner", WARN)],
	)
	assert merged == [Requirement("Cost model", STOP), Requirement("Service owner", STOP)]
