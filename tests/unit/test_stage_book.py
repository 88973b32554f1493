"""SP-1: which stages a service can enter from where it is, and the sentence that says why not."""

import pytest

from itil_strategy.domain.portfolio import Stage, StageBook

BOOK = StageBook(
	[
		Stage("Proposed", "Pipeline", 1),
		Stage("Defined", "Pipeline", 2),
		Stage("Chartered", "Pipeline", 3),
		Stage("Operational", "Catalogue", 4),
		Stage("Retiring", "Catalogue", 5),
		Stage("Retired", "Retired", 6),
	]
)


@pytest.mark.parametrize(
	"stage, to_stage, outcomes",
	[
		("Proposed", "Defined", ("Proceed",)),
		("Proposed", "Proposed", ()),
		("Proposed", "Chartered", ()),
		("Chartered", "Proposed", ("Back",)),
		("Chartered", "Operational", ("Proceed",)),
		("Operational", "Chartered", ()),
		("Operational", "Retiring", ("Replace", "Retire")),
		("Operational", "Retired", ()),
		("Retiring", "Operational", ("Back",)),
		("Retiring", "Retired", ("Retire",)),
		("Retired", "Operational", ()),
	],
)
def test_outcomes_that_lead_to_a_stage(stage, to_stage, outcomes):
	assert BOOK.outcomes_to(stage, to_stage) == outcomes


@pytest.mark.parametrize(
	"stage, to_stage, says",
	[
		("Proposed", "Chartered", "from Proposed it can enter Defined, not Chartered"),
		("Operational", "Retired", "from Operational it can enter Retiring, not Retired"),
		("Operational", "Defined", "does not go back from Operational to Defined"),
		("Retired", "Operational", "Retired is final"),
	],
)
def test_why_a_stage_cannot_be_entered(stage, to_stage, says):
	assert says in str(BOOK.why_not(stage, to_stage))


def test_the_last_stage_of_a_pipeline_without_catalogue_leads_nowhere():
	book = StageBook([Stage("Proposed", "Pipeline", 1), Stage("Defined", "Pipeline", 2)])
	assert book.target_of("Defined", "Proceed") is None
	assert book.outcomes_to("Defined", "Proposed") == ("Back",)
	assert book.target_of("Defined", "Hold") == "Defined"
