"""How an option's value, against doing nothing, hangs on its assumptions: tornado and switching values (FM-7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from itil_strategy.domain.assumptions import Assumption
from itil_strategy.domain.case_model import CaseModel

GRID = 400
REACH = 100.0  # how far a switching value is looked for, in times of base or range
LINEAR = 1e-9
CENT = 2
Curve = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class TornadoBar:
	"""Value of an option with one assumption at low and at high, all others at base."""

	assumption: str
	at_low: float
	at_high: float

	@property
	def swing(self) -> float:
		return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True)
class SwitchingValue:
	"""The value of an assumption at which the option is worth 0, and its distance from base (fraction, None at base 0).

	`value` is None where there is none within a hundred times base or range.
	"""

	assumption: str
	value: float | None
	change: float | None


def tornado(model: CaseModel, option: str) -> list[TornadoBar]:
	"""A bar per uncertain assumption, the largest swing first, ties by name."""
	uncertain = [assumption for assumption in model.book.inputs if assumption.is_uncertain]
	if not uncertain:
		return []
	values = model.gains(option, _one_at_a_time(uncertain))
	bars = [
		TornadoBar(assumption.name, float(values[2 * place]), float(values[2 * place + 1]))
		for place, assumption in enumerate(uncertain)
	]
	return sorted(bars, key=lambda bar: (-round(bar.swing, CENT), bar.assumption))


def flips(model: CaseModel, recommended: str) -> list[tuple[str, str, str]]:
	"""(assumption, "low" or "high", option): where another option becomes worth more than the recommended one."""
	uncertain = [assumption for assumption in model.book.inputs if assumption.is_uncertain]
	if not uncertain or len(model.options) < 2:
		return []
	draws = _one_at_a_time(uncertain)
	at_base = {option: float(model.values(option, {})[0]) for option in model.options}
	changed = {option: model.values(option, draws) for option in model.options}
	if max(at_base.values()) > at_base[recommended]:
		return []
	found = []
	for place in range(2 * len(uncertain)):
		best = max(model.options, key=lambda option: (changed[option][place], option == recommended))
		if changed[best][place] > changed[recommended][place]:
			found.append((uncertain[place // 2].name, ("low", "high")[place % 2], best))
	return found


def switching_values(model: CaseModel, option: str) -> list[SwitchingValue]:
	"""Per assumption with a number of its own the value nearest to base that makes the NPV 0."""
	return [_switching_value(model, option, assumption) for assumption in model.book.inputs]


def _one_at_a_time(uncertain: Sequence[Assumption]) -> dict[str, np.ndarray]:
	"""Draws 2i and 2i + 1 have assumption i at low and at high."""
	draws = {}
	for place, assumption in enumerate(uncertain):
		column = np.full(2 * len(uncertain), float(assumption.base))
		column[2 * place], column[2 * place + 1] = (float(end) for end in assumption.range)
		draws[assumption.name] = column
	return draws


def _switching_value(model: CaseModel, option: str, assumption: Assumption) -> SwitchingValue:
	base = float(assumption.base)
	low, high = (float(end) for end in assumption.range)
	unit = max(abs(base), high - low) or 1.0

	def value_at(points: np.ndarray) -> np.ndarray:
		return model.gains(option, {assumption.name: points}, is_strict=False)

	is_straight, found = _straight(value_at, base, unit)
	if not is_straight:
		found = _nearest_root(value_at, base, unit)
	if found is None:
		return SwitchingValue(assumption.name, None, None)
	return SwitchingValue(assumption.name, found, (found - base) / abs(base) if base else None)


def _straight(value_at: Curve, base: float, unit: float) -> tuple[bool, float | None]:
	"""Whether the value is a straight line, and its root, None where it is level or far away."""
	steps = np.array([0.0, 1.0, 2.0, -1.0, 7.0])
	values = value_at(base + steps * unit)
	slope = values[1] - values[0]
	line = values[0] + slope * steps
	if not np.all(np.isfinite(values)) or np.max(np.abs(line - values)) > LINEAR * np.max(np.abs(values)):
		return False, None
	if abs(slope) <= LINEAR * max(abs(values[0]), 1.0):
		return True, None
	root = base - values[0] / slope * unit
	return True, float(root) if abs(root - base) <= REACH * unit else None


def _nearest_root(value_at: Curve, base: float, unit: float) -> float | None:
	"""The sign change nearest to base on a grid that widens, without jumps across a pole."""
	reach = np.concatenate(([0.0], np.geomspace(1e-4, REACH, GRID))) * unit
	roots = []
	for side in (reach, -reach):
		points = base + side
		values = value_at(points)
		for place in range(GRID):
			first, second = values[place], values[place + 1]
			if not (np.isfinite(first) and np.isfinite(second)):
				break
			if first == 0 or (first > 0) != (second > 0):
				root = _inside(value_at, points[place], points[place + 1])
				if abs(float(value_at(np.array([root]))[0])) <= 1e-6 * max(abs(first), abs(second), 1.0):
					roots.append(root)
				break
	return min(roots, key=lambda root: abs(root - base), default=None)


def _inside(value_at: Curve, first: float, second: float) -> float:
	low, high = sorted((first, second))
	if not float(value_at(np.array([first]))[0]):
		return float(first)
	return float(
		brentq(lambda point: float(value_at(np.array([point]))[0]), low, high, xtol=1e-12, rtol=1e-12)
	)
