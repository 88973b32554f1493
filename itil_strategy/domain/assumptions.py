"""Assumptions of a business case: a number with its range, or a formula over other assumptions (FM-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

import numpy as np

from itil_strategy.domain.case_errors import CircularError, RangeError, RowFormulaError, SizeError
from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.formula import Formula, is_name, parse_formula
from itil_strategy.domain.formula_values import LARGEST
from itil_strategy.domain.text import _

PERIOD = "period"  # stands for the number of the period in a formula of a flow
TRIANGULAR, PERT, UNIFORM = "Triangular", "PERT", "Uniform"
DISTRIBUTIONS = (TRIANGULAR, PERT, UNIFORM)
MAX_ASSUMPTIONS = 200
FIELD = "assumptions"


@dataclass(frozen=True, slots=True)
class Assumption:
	"""A named number with its range, or a formula without one; `row` is its row in the table.

	An empty low or high is the base: that side is certain.
	"""

	name: str
	base: Decimal = Decimal(0)
	low: Decimal | None = None
	high: Decimal | None = None
	distribution: str = TRIANGULAR
	formula: str = ""
	row: int | None = None

	@property
	def range(self) -> tuple[Decimal, Decimal]:
		return (
			self.base if self.low is None else self.low,
			self.base if self.high is None else self.high,
		)

	@property
	def is_uncertain(self) -> bool:
		low, high = self.range
		return not self.formula and low < high


@dataclass(frozen=True, slots=True)
class AssumptionBook:
	"""Checked assumptions, those with a formula in an order in which each finds what it needs."""

	assumptions: tuple[Assumption, ...]
	derived: tuple[tuple[Assumption, Formula], ...]

	@property
	def names(self) -> frozenset[str]:
		return frozenset(assumption.name for assumption in self.assumptions)

	@property
	def inputs(self) -> tuple[Assumption, ...]:
		"""Those with a number of their own."""
		return tuple(assumption for assumption in self.assumptions if not assumption.formula)

	def values(self, changed: Mapping[str, Decimal] | None = None) -> dict[str, Decimal]:
		"""The value of every assumption at base, or with some inputs changed."""
		found = {assumption.name: assumption.base for assumption in self.inputs} | dict(changed or {})
		for assumption, formula in self.derived:
			with _named(assumption):
				found[assumption.name] = formula.decimal(found)
		return found

	def arrays(
		self, inputs: Mapping[str, np.ndarray], is_strict: bool = True
	) -> dict[str, np.ndarray | float]:
		"""The values of every assumption for many draws of some inputs; the others are at base."""
		found: dict[str, np.ndarray | float] = {
			assumption.name: np.float64(assumption.base) for assumption in self.inputs
		}
		found |= inputs
		for assumption, formula in self.derived:
			with _named(assumption):
				found[assumption.name] = formula.array(found, is_strict)
		return found


class _named:
	"""Says which assumption a formula that fails belongs to."""

	def __init__(self, assumption: Assumption):
		self.assumption = assumption

	def __enter__(self) -> None:
		return None

	def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
		if isinstance(error, FormulaError):
			raise RowFormulaError(
				_("Row {0}, assumption {1}: {2}"),
				self.assumption.row or "–",
				self.assumption.name,
				error.text,
				row=self.assumption.row or 0,
				field=FIELD,
			) from error


def make_book(assumptions: Sequence[Assumption]) -> AssumptionBook:
	"""Check names, ranges and formulas; raises CaseError naming the row, CircularError naming the circle."""
	if len(assumptions) > MAX_ASSUMPTIONS:
		raise SizeError(
			_("A business case can have {0} assumptions; this has {1}. Bring some together."),
			MAX_ASSUMPTIONS,
			len(assumptions),
			field=FIELD,
		)
	known: dict[str, Assumption] = {}
	for assumption in assumptions:
		_check_name(assumption, known)
		_check_range(assumption)
		known[assumption.name] = assumption
	formulas: dict[str, Formula] = {}
	for assumption in assumptions:
		if assumption.formula:
			with _named(assumption):
				formulas[assumption.name] = parse_formula(assumption.formula, known)
	order = _order(formulas)
	return AssumptionBook(tuple(assumptions), tuple((known[name], formulas[name]) for name in order))


def _check_name(assumption: Assumption, known: Mapping[str, Assumption]) -> None:
	name, place = assumption.name, {"row": assumption.row or 0, "field": FIELD}
	if not is_name(name) or name == PERIOD:
		raise RowFormulaError(
			_(
				"Row {0}: '{1}' cannot be a name in formulas. Use letters, digits and _, e.g. users_per_month."
			),
			assumption.row or "–",
			name,
			**place,
		)
	if name in known:
		raise RowFormulaError(
			_("Rows {0} and {1} are both named {2}. Rename one."),
			known[name].row or "–",
			assumption.row or "–",
			name,
			**place,
		)


def _check_range(assumption: Assumption) -> None:
	low, high = assumption.range
	if assumption.formula:
		return
	if max(abs(low), abs(assumption.base), abs(high)) > LARGEST:
		raise RangeError(
			_(
				"Row {0}, assumption {1}: a value is larger than {2}, which is more than any amount. Correct it."
			),
			assumption.row or "–",
			assumption.name,
			f"{LARGEST:,.0f}",
			row=assumption.row or 0,
			field=FIELD,
		)
	if not low <= assumption.base <= high:
		raise RangeError(
			_("Row {0}, assumption {1}: base {2} is not between low {3} and high {4}. Correct one of them."),
			assumption.row or "–",
			assumption.name,
			assumption.base,
			low,
			high,
			row=assumption.row or 0,
			field=FIELD,
		)


def _order(formulas: Mapping[str, Formula]) -> tuple[str, ...]:
	graph = {name: sorted(formulas.keys() & set(formula.names)) for name, formula in formulas.items()}
	try:
		return tuple(TopologicalSorter(graph).static_order())
	except CycleError as error:
		# The sorter lists the first again at the end, each the need of the one after it.
		circle = list(reversed(error.args[1][1:]))
		first = circle.index(min(circle))
		raise CircularError(tuple(circle[first:] + circle[:first])) from None
