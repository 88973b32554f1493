"""How completely a service is described: named criteria, and which of them are missing."""

from collections.abc import Callable
from dataclasses import dataclass

from itil_strategy.domain.text import _

SUPPORTING = "Supporting"


@dataclass(frozen=True, slots=True)
class Description:
	"""What is known of the description of a service."""

	service_type: str = "Customer-facing"
	has_owner: bool = False
	has_category: bool = False
	has_class: bool = False
	has_value_proposition: bool = False
	outcomes: int = 0
	conditions: int = 0
	cost_centers: int = 0
	offerings: int = 0
	technical_fit: int = 0
	functional_fit: int = 0
	has_next_stage: bool = True
	is_next_planned: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
	"""Something that a full description has; `applies` says for which services."""

	name: str
	is_met: Callable[[Description], bool]
	applies: Callable[[Description], bool] = lambda described: True


CRITERIA = (
	Criterion(_("Service owner"), lambda described: described.has_owner),
	Criterion(_("Category"), lambda described: described.has_category),
	Criterion(_("Investment class"), lambda described: described.has_class),
	Criterion(_("Value proposition"), lambda described: described.has_value_proposition),
	Criterion(_("Business outcome"), lambda described: described.outcomes > 0),
	Criterion(_("Condition of offer"), lambda described: described.conditions > 0),
	Criterion(_("Company and cost center"), lambda described: described.cost_centers > 0),
	Criterion(
		_("Offering"),
		lambda described: described.offerings > 0,
		applies=lambda described: described.service_type != SUPPORTING,
	),
	Criterion(_("Technical fit"), lambda described: described.technical_fit > 0),
	Criterion(_("Functional fit"), lambda described: described.functional_fit > 0),
	Criterion(
		_("Date of the next stage"),
		lambda described: described.is_next_planned,
		applies=lambda described: described.has_next_stage,
	),
)


@dataclass(frozen=True, slots=True)
class Completeness:
	"""The share of the criteria that are met, and the names of the others in their order."""

	met: int
	asked: int
	missing: tuple[str, ...]

	@property
	def percent(self) -> float:
		return round(self.met / self.asked * 100, 1)


def judge_completeness(described: Description) -> Completeness:
	"""Which of the criteria that apply to the service are met."""
	asked = [criterion for criterion in CRITERIA if criterion.applies(described)]
	missing = tuple(criterion.name for criterion in asked if not criterion.is_met(described))
	return Completeness(len(asked) - len(missing), len(asked), missing)
