"""How a service goes through its life: stages, outcomes of decisions, and what contradicts (SP-1, SP-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import Text, _

PIPELINE, CATALOGUE, RETIRED = "Pipeline", "Catalogue", "Retired"
ACTIVE, ON_HOLD, REJECTED = "Active", "On Hold", "Rejected"
PIPELINE_OUTCOMES = ("Proceed", "Hold", "Reject")
CATALOGUE_OUTCOMES = ("Retain", "Replace", "Rationalise", "Refactor", "Renew", "Retire")
BACK = "Back"
OUTCOMES = (*PIPELINE_OUTCOMES, BACK, *CATALOGUE_OUTCOMES)
LEAVING = ("Replace", "Retire")
OPENS_SUCCESSOR = ("Refactor", "Renew")
# Outcome and class that contradict each other (section 11).
AGAINST_CLASS = {
	"Replace": "Invest",
	"Retire": "Invest",
	"Retain": "Eliminate",
	"Renew": "Eliminate",
}


class StageMoveError(DomainError):
	"""The outcome is not possible in the stage of the service; `text` says it for translation."""

	def __init__(self, text: Text):
		super().__init__(str(text))
		self.text = text


@dataclass(frozen=True, slots=True)
class Stage:
	"""A step in the life of a service."""

	name: str
	phase: str
	order: int


@dataclass(frozen=True, slots=True)
class Move:
	"""What a decision does: the stage and the state of the service afterwards."""

	from_stage: str
	to_stage: str
	decision_state: str
	is_forward: bool

	@property
	def changes_stage(self) -> bool:
		return self.from_stage != self.to_stage


@dataclass(frozen=True, slots=True)
class LiveDecision:
	"""The last decision on the service; live until its review date, or until the next one."""

	name: str
	outcome: str
	review_date: date | None = None

	def is_live(self, today: date) -> bool:
		return self.review_date is None or today <= self.review_date


class StageBook:
	"""The stages in their order and the moves between them."""

	def __init__(self, stages: Sequence[Stage]):
		self.stages = sorted(stages, key=lambda stage: stage.order)
		self.by_name = {stage.name: stage for stage in self.stages}

	def stages_of(self, phase: str) -> list[Stage]:
		return [stage for stage in self.stages if stage.phase == phase]

	def following(self, stage: str) -> Stage | None:
		"""The next stage in order, or None after the last one."""
		position = self.stages.index(self.by_name[stage])
		return self.stages[position + 1] if position + 1 < len(self.stages) else None

	@property
	def leaving_stage(self) -> str | None:
		"""The last of several stages in the catalogue: a service there is on its way out."""
		catalogue = self.stages_of(CATALOGUE)
		return catalogue[-1].name if len(catalogue) > 1 else None

	def possible_outcomes(self, stage: str) -> tuple[str, ...]:
		"""What can be decided about a service in the stage."""
		back = (BACK,) if self.back_stages(stage) else ()
		phase = self.by_name[stage].phase
		if phase == RETIRED:
			return ()
		if phase == PIPELINE:
			return (*PIPELINE_OUTCOMES, *back)
		if stage == self.leaving_stage:
			return ("Retire", *back)
		proceed = ("Proceed",) if self._next_in_catalogue(stage) else ()
		return (*CATALOGUE_OUTCOMES, *proceed, *back)

	def back_stages(self, stage: str) -> list[str]:
		"""Earlier stages of the same phase."""
		current = self.by_name[stage]
		return [
			other.name
			for other in self.stages
			if other.phase == current.phase and other.order < current.order
		]

	def target_of(self, stage: str, outcome: str) -> str | None:
		"""The stage that the outcome leads to; None for Back, which asks for one, or where there is none."""
		try:
			return None if outcome == BACK else self.move(stage, outcome).to_stage
		except StageMoveError:
			return None

	def outcomes_to(self, stage: str, to_stage: str) -> tuple[str, ...]:
		"""The outcomes that take a service from one stage to another."""
		if to_stage in self.back_stages(stage):
			return (BACK,)
		if to_stage == stage:
			return ()
		return tuple(
			outcome for outcome in self.possible_outcomes(stage) if self.target_of(stage, outcome) == to_stage
		)

	def why_not(self, stage: str, to_stage: str) -> Text:
		"""Why no outcome leads from one stage to the other, and what does instead."""
		current, other = self.by_name[stage], self.by_name[to_stage]
		if current.phase == RETIRED:
			return Text(
				_("{0} is final: a service does not leave it. Propose a new service instead."), (stage,)
			)
		if other.order < current.order:
			return Text(
				_("A service does not go back from {0} to {1}. Propose a new service there instead."),
				(stage, to_stage),
			)
		targets = [self.target_of(stage, outcome) for outcome in self.possible_outcomes(stage)]
		following = next((target for target in targets if target and target != stage), None)
		if following is None:
			return Text(_("There is no stage after {0}. Add one to the pipeline stages."), (stage,))
		return Text(
			_("A service goes one stage forward at a time: from {0} it can enter {1}, not {2}."),
			(stage, following, to_stage),
		)

	def move(self, stage: str, outcome: str, to_stage: str | None = None, state: str = ACTIVE) -> Move:
		"""What the outcome does to a service in the stage. Raises StageMoveError when it cannot."""
		if stage not in self.by_name:
			raise StageMoveError(Text(_("There is no stage {0}. Create it or choose another."), (stage,)))
		self._check_possible(stage, outcome)
		if outcome == BACK:
			return self._back(stage, to_stage)
		if outcome == "Proceed" or outcome in LEAVING:
			return Move(stage, self._target(stage, outcome), ACTIVE, is_forward=True)
		kept = {"Hold": ON_HOLD, "Reject": REJECTED}.get(outcome, state)
		return Move(stage, stage, kept, is_forward=False)

	def existing_stages(self) -> list[str]:
		"""Stages in which a service can be that was in use before it was recorded."""
		return [
			other.name
			for other in self.stages[1:]
			if other.phase != RETIRED and other.name != self.leaving_stage
		]

	def take_over(self, stage: str, to_stage: str | None, has_history: bool) -> Move:
		"""An existing service enters the stage where it really is, once, without the steps before.

		Raises StageMoveError when it has a history here, or the stage is not one of pipeline or catalogue.
		"""
		if has_history or stage != self.stages[0].name:
			raise StageMoveError(
				Text(
					_(
						"Only a service without decisions, in stage {0}, is taken over as existing. Decide step by step instead."
					),
					(self.stages[0].name,),
				)
			)
		possible = self.existing_stages()
		if to_stage not in possible:
			raise StageMoveError(
				Text(
					_("An existing service needs its stage as To Stage. Choose one of {0}."),
					(", ".join(possible),),
				)
			)
		return Move(stage, to_stage, ACTIVE, is_forward=True)

	def _check_possible(self, stage: str, outcome: str) -> None:
		possible = self.possible_outcomes(stage)
		if not possible:
			raise StageMoveError(
				Text(
					_("{0} is final: nothing can be decided any more. Propose a new service instead."),
					(stage,),
				)
			)
		if outcome not in possible:
			raise StageMoveError(
				Text(
					_("{0} is not possible in stage {1}. Choose one of {2}."),
					(outcome, stage, ", ".join(possible)),
				)
			)

	def _back(self, stage: str, to_stage: str | None) -> Move:
		earlier = self.back_stages(stage)
		if to_stage not in earlier:
			raise StageMoveError(
				Text(_("Back needs an earlier stage as To Stage. Choose one of {0}."), (", ".join(earlier),))
			)
		return Move(stage, to_stage, ACTIVE, is_forward=False)

	def _target(self, stage: str, outcome: str) -> str:
		leaving = self.leaving_stage
		if outcome in LEAVING and leaving and stage != leaving:
			return leaving
		target = self.following(stage)
		if target is None:
			raise StageMoveError(
				Text(_("There is no stage after {0}. Add one to the pipeline stages."), (stage,))
			)
		return target.name

	def _next_in_catalogue(self, stage: str) -> bool:
		target = self.following(stage)
		return bool(target) and target.phase == CATALOGUE and target.name != self.leaving_stage


def find_deviations(
	outcome: str, analysis_class: str | None, last: LiveDecision | None, today: date
) -> list[Text]:
	"""What the outcome contradicts, each with its name: the class of the analysis, the last live decision."""
	deviations = []
	if analysis_class and AGAINST_CLASS.get(outcome) == analysis_class:
		deviations.append(
			Text(_("The retirement analysis says {0}, the outcome is {1}."), (analysis_class, outcome))
		)
	if last and last.is_live(today) and last.outcome != outcome and _is_comparable(last.outcome, outcome):
		deviations.append(Text(_("The last decision {0}, still live, says {1}."), (last.name, last.outcome)))
	return deviations


def _is_comparable(before: str, after: str) -> bool:
	"""Outcomes of one phase answer the same question; a service that went on is asked another one."""
	return any(before in phase and after in phase for phase in (PIPELINE_OUTCOMES, CATALOGUE_OUTCOMES))
