"""A business case as numbers: options with their flows over assumptions, and risks (FM-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from itil_strategy.domain.assumptions import PERIOD, AssumptionBook
from itil_strategy.domain.case_checks import check_rows
from itil_strategy.domain.case_errors import RowFormulaError
from itil_strategy.domain.case_rows import BENEFIT, KINDS, FlowLine, OptionFlows, Risk
from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.formula import Formula, parse_formula
from itil_strategy.domain.investment import ZERO, Basis
from itil_strategy.domain.text import _

SMALLEST = Decimal("1e-9")  # as many decimals as the database keeps
NOISE = 1e-6  # differences of binary fractions that are 0 in exact decimals
CHUNK = 60  # periods that are evaluated at once for all draws


@dataclass(frozen=True, slots=True)
class CaseModel:
	"""A checked case; build it with `make_model`. `reference` is the option that others are compared with."""

	options: tuple[str, ...]
	book: AssumptionBook
	lines: tuple[FlowLine, ...]
	basis: Basis
	risks: tuple[Risk, ...] = ()
	formulas: Mapping[int, Formula] = field(default_factory=dict)
	reference: str | None = None

	def life(self, option: str) -> int:
		"""The last period in which the option has a flow."""
		return max((line.last for line in self.lines if line.option == option), default=0)

	def flows(self, option: str, values: Mapping[str, Decimal] | None = None) -> OptionFlows:
		"""The flows of an option at base, or for given values of the assumptions."""
		values = self.book.values() if values is None else values
		sums: dict[str, list[Decimal]] = {kind: [ZERO] * (self.life(option) + 1) for kind in KINDS}
		for number, line in enumerate(self.lines):
			if line.option == option:
				for period in line.periods:
					sums[line.kind][period] += self.amount(number, line, values, period)
		return OptionFlows(*(tuple(sums[kind]) for kind in KINDS))

	def values(self, option: str, inputs: Mapping[str, np.ndarray], is_strict: bool = True) -> np.ndarray:
		"""Net present values of an option for many draws of inputs, each an array of the same length."""
		values = self.book.arrays(inputs, is_strict)
		factors = np.array([float(factor) for factor in self.basis.factors(self.life(option) + 1)])
		total: np.ndarray | float = 0.0
		for number, line in enumerate(self.lines):
			if line.option != option:
				continue
			sign = 1 if line.kind == BENEFIT else -1
			weights = factors[line.first : line.last + 1]
			total = total + sign * self._present(number, line, values, weights, is_strict)
		count = max((len(values) for values in inputs.values()), default=1)
		return np.broadcast_to(np.asarray(total, dtype=float), (count,))

	def gain(self, option: str) -> tuple[list[Decimal], list[Decimal]]:
		"""Benefits and costs of choosing the option instead of the reference, per period.

		What the reference would cost is avoided, so it is a benefit; what it would bring is given up. Without a
		reference, and for the reference itself, these are the option's own.
		"""
		own = self.flows(option)
		if self.reference in (None, option):
			return list(own.benefits), own.costs
		other = self.flows(self.reference)
		count = max(len(own.benefits), len(other.benefits))
		return (
			_add(own.benefits, other.costs, count),
			_add(own.costs, other.benefits, count),
		)

	def gains(self, option: str, inputs: Mapping[str, np.ndarray], is_strict: bool = True) -> np.ndarray:
		"""Net present values of choosing the option instead of the reference, for many draws of inputs."""
		own = self.values(option, inputs, is_strict)
		if self.reference in (None, option):
			return own
		return own - self.values(self.reference, inputs, is_strict)

	def spend(self, option: str) -> list[Decimal]:
		"""Money that the option needs per period: its costs, and the reserves in the periods of their risks."""
		costs = self.flows(option).costs
		for risk in self.risks:
			costs += [ZERO] * (risk.period + 1 - len(costs))
			costs[risk.period] += risk.reserve
		return costs

	def amount(self, number: int, line: FlowLine, values: Mapping[str, Decimal], period: int) -> Decimal:
		"""What line `number` is in a period, to nine decimals; raises FormulaError where its formula is below 0."""
		if number not in self.formulas:
			return line.amount
		formula = self.formulas[number]
		with _named(line):
			amount = formula.decimal({**values, PERIOD: Decimal(period)}).quantize(SMALLEST)
			if amount < 0:
				raise _below_zero(formula, amount, period)
			return amount

	def _present(
		self, number: int, line: FlowLine, values: Mapping, weights: np.ndarray, is_strict: bool
	) -> np.ndarray | float:
		formula = self.formulas.get(number)
		if formula is None:
			return float(line.amount) * weights.sum()
		with _named(line):
			if PERIOD not in formula.names:
				amounts = formula.array(values, is_strict)
				return _without_sign(formula, amounts, line.first, is_strict) * weights.sum()
			total: np.ndarray | float = 0.0
			for start in range(0, len(weights), CHUNK):
				part = weights[start : start + CHUNK]
				periods = np.arange(line.first + start, line.first + start + len(part), dtype=float)
				amounts = formula.array({**values, PERIOD: periods[:, None]}, is_strict)
				amounts = _without_sign(formula, amounts, line.first + start, is_strict)
				total = total + part @ np.broadcast_to(amounts, (len(part), np.shape(amounts)[-1]))
			return total


def make_model(
	options: Sequence[str],
	book: AssumptionBook,
	lines: Sequence[FlowLine],
	basis: Basis,
	risks: Sequence[Risk] = (),
	reference: str | None = None,
) -> CaseModel:
	"""Check sizes, periods, formulas and risks; raises CaseError naming row and field."""
	check_rows(options, lines, risks)
	formulas, known = {}, book.names | {PERIOD}
	for number, line in enumerate(lines):
		if line.formula:
			with _named(line):
				formulas[number] = parse_formula(line.formula, known)
	return CaseModel(tuple(options), book, tuple(lines), basis, tuple(risks), formulas, reference)


def _without_sign(
	formula: Formula, amounts: np.ndarray | float, first: int, is_strict: bool
) -> np.ndarray | float:
	"""Amounts of draws, rows from period `first` on; below 0 they are refused, or without `is_strict` no number."""
	is_below = np.less(amounts, -NOISE)
	if not np.any(is_below):
		return np.maximum(amounts, 0)
	if not is_strict:
		return np.where(is_below, np.nan, amounts)
	lowest = int(np.argmin(amounts))
	row = np.unravel_index(lowest, np.shape(amounts))[0] if np.ndim(amounts) > 1 else 0
	raise _below_zero(formula, float(np.min(amounts)), first + int(row))


def _below_zero(formula: Formula, amount: Decimal | float, period: int) -> FormulaError:
	return FormulaError(
		_(
			"'{0}' is below 0, {1} in period {2}, with values that its assumptions can have. Amounts have no sign; correct it, or write max(0, {0})."
		),
		formula.text,
		amount,
		period,
		position=1,
	)


def _add(first: Sequence[Decimal], second: Sequence[Decimal], count: int) -> list[Decimal]:
	return [
		sum((values[period] for values in (first, second) if period < len(values)), ZERO)
		for period in range(count)
	]


class _named:
	"""Says which flow a formula that fails belongs to."""

	def __init__(self, line: FlowLine):
		self.line = line

	def __enter__(self) -> None:
		return None

	def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
		if isinstance(error, FormulaError):
			raise RowFormulaError(
				_("Row {0}, flow {1} of {2}: {3}"),
				self.line.row or "–",
				self.line.item,
				self.line.option,
				error.text,
				row=self.line.row or 0,
				field="flows",
			) from error
