"""What a portfolio selection has to keep: limits and rules between cases (FM-8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from itil_strategy.domain.case_errors import SelectionError, SizeError
from itil_strategy.domain.text import Text, _

MAX_CANDIDATES, MAX_RULES = 2000, 5000
ZERO = Decimal(0)
BUDGET, CAPACITY = "Budget", "Capacity"


def show(amount: Decimal) -> str:
	"""An amount without needless zeros."""
	return f"{amount.normalize():,f}"


@dataclass(frozen=True, slots=True)
class Candidate:
	"""A business case that can be chosen as a whole; `value` may be negative."""

	name: str
	value: Decimal


@dataclass(frozen=True, slots=True)
class Limit:
	"""A budget of a year or the capacity of a skill, and what each case uses of it."""

	name: str
	amount: Decimal
	uses: Mapping[str, Decimal]
	kind: str = BUDGET

	def used_by(self, names: Iterable[str]) -> Decimal:
		return sum((self.uses.get(name, ZERO) for name in names), ZERO)

	@property
	def text(self) -> Text:
		return Text(_("limit {0} of {1}"), (self.name, show(self.amount)))


@dataclass(frozen=True, slots=True)
class MustHave:
	"""A case that is chosen whatever it is worth, and why."""

	case: str
	reason: str = ""

	@property
	def text(self) -> Text:
		return Text(_("{0} is a must-have"), (self.case,))


@dataclass(frozen=True, slots=True)
class Excluded:
	"""A case that is not chosen, and why."""

	case: str
	reason: str = ""

	@property
	def text(self) -> Text:
		return Text(_("{0} is excluded"), (self.case,))


@dataclass(frozen=True, slots=True)
class Prerequisite:
	"""A case that can only be chosen with another."""

	case: str
	needs: str

	@property
	def text(self) -> Text:
		return Text(_("{0} needs {1}"), (self.case, self.needs))


@dataclass(frozen=True, slots=True)
class AtMostOne:
	"""Cases of which one at most is chosen."""

	name: str
	cases: tuple[str, ...]

	@property
	def text(self) -> Text:
		return Text(_("at most one of {0}"), (", ".join(self.cases),))


Rule = Limit | MustHave | Excluded | Prerequisite | AtMostOne


@dataclass(frozen=True, slots=True)
class Problem:
	"""Cases and the rules for choosing among them."""

	candidates: tuple[Candidate, ...]
	rules: tuple[Rule, ...] = ()

	@property
	def limits(self) -> tuple[Limit, ...]:
		return tuple(rule for rule in self.rules if isinstance(rule, Limit))

	def with_more(self, limit: str, step: Decimal) -> "Problem":
		"""The problem with one limit raised."""
		return self._with_limits(lambda rule: rule.amount + (step if rule.name == limit else ZERO))

	def with_budgets(self, share: Decimal) -> "Problem":
		"""The problem with that share of every budget."""
		return self._with_limits(lambda rule: rule.amount * share if rule.kind == BUDGET else rule.amount)

	def without(self, *rules: Rule) -> "Problem":
		return replace(self, rules=tuple(rule for rule in self.rules if rule not in rules))

	def _with_limits(self, amount) -> "Problem":
		rules = [
			replace(rule, amount=amount(rule)) if isinstance(rule, Limit) else rule for rule in self.rules
		]
		return replace(self, rules=tuple(rules))


def check_problem(problem: Problem) -> None:
	"""Raise SelectionError for rules about unknown cases, negative uses, double names; SizeError for too many."""
	if len(problem.candidates) > MAX_CANDIDATES or len(problem.rules) > MAX_RULES:
		raise SizeError(
			_("A selection can have {0} cases and {1} rules; this has {2} and {3}. Filter the cases."),
			MAX_CANDIDATES,
			MAX_RULES,
			len(problem.candidates),
			len(problem.rules),
		)
	names = {case.name for case in problem.candidates}
	if len(names) < len(problem.candidates):
		raise SelectionError(_("A case is there twice. Each can be chosen once."))
	for rule in problem.rules:
		unknown = sorted(_cases_of(rule) - names)
		if unknown:
			raise SelectionError(
				_("{0} is not among the cases that can be chosen. Add it, or drop the rule: {1}."),
				unknown[0],
				rule.text,
			)
		if isinstance(rule, Limit) and (rule.amount < 0 or any(use < 0 for use in rule.uses.values())):
			raise SelectionError(_("{0}: amounts below 0 cannot be limited. Correct them."), rule.name)


def _cases_of(rule: Rule) -> set[str]:
	match rule:
		case Limit():
			return set(rule.uses)
		case Prerequisite():
			return {rule.case, rule.needs}
		case AtMostOne():
			return set(rule.cases)
	return {rule.case}
