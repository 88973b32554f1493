"""Seeded simulation of what an option is worth against doing nothing (FM-7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itil_strategy.domain.assumptions import PERT, UNIFORM, Assumption
from itil_strategy.domain.case_errors import SizeError
from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.text import _

MIN_DRAWS, MAX_DRAWS = 100, 100_000
BINS = 20


@dataclass(frozen=True, slots=True)
class Distribution:
	"""Net present values of many draws: percentiles (linear between draws), mean, chance of loss (fraction below 0),
	and a histogram: `counts[i]` draws between `edges[i]` and `edges[i + 1]`."""

	draws: int
	seed: int
	p10: float
	p50: float
	p90: float
	mean: float
	chance_of_loss: float
	edges: tuple[float, ...]
	counts: tuple[int, ...]


def draw(assumption: Assumption, generator: np.random.Generator, count: int) -> np.ndarray:
	"""Draws between low and high. PERT is a beta distribution around base with weight 4."""
	low, high = (float(end) for end in assumption.range)
	base = float(assumption.base)
	if assumption.distribution == UNIFORM:
		return generator.uniform(low, high, count)
	if assumption.distribution == PERT:
		width = high - low
		return low + width * generator.beta(
			1 + 4 * (base - low) / width, 1 + 4 * (high - base) / width, count
		)
	return generator.triangular(low, base, high, count)


def simulate_values(
	model: CaseModel, option: str, draws: int, seed: int, with_risks: bool = True
) -> np.ndarray:
	"""Net present values of an option, one per draw; the same seed gives the same values.

	Uncertain assumptions are drawn independently, in the order of the table; then each risk happens or not.
	"""
	if not MIN_DRAWS <= draws <= MAX_DRAWS:
		raise SizeError(
			_("{0} draws are outside {1} to {2}. Correct it in the settings."), draws, MIN_DRAWS, MAX_DRAWS
		)
	generator = np.random.Generator(np.random.PCG64(seed))
	inputs = {
		assumption.name: draw(assumption, generator, draws)
		for assumption in model.book.inputs
		if assumption.is_uncertain
	}
	values = np.array(np.broadcast_to(model.gains(option, inputs), (draws,)))
	if with_risks and model.risks:
		factors = model.basis.factors(max(risk.period for risk in model.risks) + 1)
		for risk in model.risks:
			happens = generator.random(draws) < float(risk.probability)
			values -= happens * float(risk.impact * factors[risk.period])
	return values


def simulate(
	model: CaseModel, option: str, draws: int = 10_000, seed: int = 1, with_risks: bool = True
) -> Distribution:
	"""The distribution of an option's net present value."""
	return summarise(simulate_values(model, option, draws, seed, with_risks), seed)


def summarise(values: Sequence[float] | np.ndarray, seed: int = 0) -> Distribution:
	"""Percentiles, chance of loss and histogram of drawn values."""
	values = np.asarray(values)
	p10, p50, p90 = (float(value) for value in np.percentile(values, (10, 50, 90)))
	counts, edges = np.histogram(values, bins=BINS)
	return Distribution(
		len(values),
		seed,
		p10,
		p50,
		p90,
		float(values.mean()),
		float((values < 0).mean()),
		tuple(float(edge) for edge in edges),
		tuple(int(count) for count in counts),
	)
