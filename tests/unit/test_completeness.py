"""Completeness of a service's description."""

from dataclasses import replace

from itil_strategy.domain.completeness import CRITERIA, Description, judge_completeness

FULL = Description(
	has_owner=True,
	has_category=True,
	has_class=True,
	has_value_proposition=True,
	outcomes=1,
	conditions=2,
	cost_centers=1,
	offerings=1,
	technical_fit=3,
	functional_fit=4,
	is_next_planned=True,
)


def test_a_full_description():
	found = judge_completeness(FULL)
	assert (found.percent, found.met, found.asked, found.missing) == (100.0, 11, 11, ())


def test_an_empty_one_names_every_criterion_in_order():
	found = judge_completeness(Description())
	assert (found.percent, found.missing) == (0.0, tuple(criterion.name for criterion in CRITERIA))


def test_each_criterion_is_missed_alone():
	for field, name in (
		("has_owner", "Service owner"),
		("outcomes", "Business outcome"),
		("cost_centers", "Company and cost center"),
		("technical_fit", "Technical fit"),
		("is_next_planned", "Date of the next stage"),
	):
		found = judge_completeness(replace(FULL, **{field: 0}))
		assert (found.missing, found.percent) == ((name,), 90.9)


def test_a_supporting_service_needs_no_offering():
	found = judge_completeness(replace(FULL, service_type="Supporting", offerings=0))
	assert (found.asked, found.percent) == (10, 100.0)


def test_after_the_last_stage_nothing_is_planned():
	found = judge_completeness(replace(FULL, has_next_stage=False, is_next_planned=False, has_owner=False))
	assert (found.met, found.asked, found.percent) == (9, 10, 90.0)
