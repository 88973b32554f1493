"""Exponential smoothing with trend and season (Holt-Winters, damped trend) of many series at once, on floats.

Why not a library: statsmodels, statsforecast and pmdarima bring pandas, numba or compiled code of some
hundred megabytes for this one method, and smooth one series at a time. Here all series of one length and
all parameters of the grid take each month together, so a thousand services take well below a second.

Formulas: R. J. Hyndman, G. Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., sections 8.2
to 8.3. Parameters are chosen per series by the least sum of squared one-step errors, ties by the order of
the grid, so the same history always gives the same forecast.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

SEASON = 12
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95)
TRENDS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
SEASONS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5)
DAMPINGS = (0.85, 0.92, 0.98)
# Series that are smoothed together: what a step works on stays in the processor's cache.
BLOCK = 64
DAMPED = "damped trend"
ADDITIVE, MULTIPLICATIVE = f"{DAMPED}, additive season", f"{DAMPED}, multiplicative season"
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Smoothed:
	"""Forecast values, and by what: DAMPED, ADDITIVE or MULTIPLICATIVE."""

	values: tuple[float, ...]
	model: str


def smooth(history: Sequence[float], horizon: int) -> Smoothed:
	"""The next `horizon` values of one series."""
	return smooth_many([history], horizon)[0]


def smooth_many(histories: Sequence[Sequence[float]], horizon: int) -> list[Smoothed]:
	"""The next `horizon` values of each series, in their order.

	A season needs two full ones in the history; a history has two values at least.
	"""
	by_length: dict[int, list[int]] = defaultdict(list)
	for place, history in enumerate(histories):
		by_length[len(history)].append(place)
	found: list[Smoothed | None] = [None] * len(histories)
	for length, places in by_length.items():
		smooth_block = _with_season if length >= 2 * SEASON else _without_season
		for start in range(0, len(places), BLOCK):
			block = places[start : start + BLOCK]
			series = np.array([histories[place] for place in block], dtype=float)
			for place, smoothed in zip(block, smooth_block(series, horizon), strict=True):
				found[place] = smoothed
	return found


def _without_season(series: np.ndarray, horizon: int) -> list[Smoothed]:
	values, _squares = _holt(series, horizon)
	return [Smoothed(tuple(row), DAMPED) for row in values.tolist()]


def _with_season(series: np.ndarray, horizon: int) -> list[Smoothed]:
	"""Additive, or multiplicative where all values are above zero and it fits better."""
	values, squares = _holt_winters(series, horizon, multiplicative=False)
	found = [Smoothed(tuple(row), ADDITIVE) for row in values.tolist()]
	positive = np.flatnonzero((series > 0).all(axis=1))
	if len(positive):
		values, others = _holt_winters(series[positive], horizon, multiplicative=True)
		for place, row, other in zip(positive.tolist(), values.tolist(), others, strict=True):
			if other < squares[place]:
				found[place] = Smoothed(tuple(row), MULTIPLICATIVE)
	return found


def _holt(series: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
	alpha, beta, phi = np.array(list(product(LEVELS, TRENDS, DAMPINGS))).T
	months = series.T[:, :, None]
	level = np.repeat(months[0], len(alpha), axis=1)
	trend = np.repeat((months[-1] - months[0]) / (len(months) - 1), len(alpha), axis=1)
	squares = np.zeros(level.shape)
	for value in months[1:]:
		expected = level + phi * trend
		squares += (value - expected) ** 2
		new = alpha * value + (1 - alpha) * expected
		trend = beta * (new - level) + (1 - beta) * phi * trend
		level = new
	best, rows = _best(squares)
	return _ahead(level[rows, best], trend[rows, best], phi[best], horizon), squares[rows, best]


def _holt_winters(series: np.ndarray, horizon: int, multiplicative: bool) -> tuple[np.ndarray, np.ndarray]:
	alpha, beta, gamma, phi = np.array(list(product(LEVELS, TRENDS, SEASONS, DAMPINGS))).T
	start_level, start_trend, start_season = _initial(series, multiplicative)
	level = np.repeat(start_level[:, None], len(alpha), axis=1)
	trend = np.repeat(start_trend[:, None], len(alpha), axis=1)
	seasonal = np.repeat(start_season.T[:, :, None], len(alpha), axis=2)
	squares = np.zeros(level.shape)
	for step, value in enumerate(series.T[:, :, None]):
		base, index = level + phi * trend, seasonal[step % SEASON]
		if multiplicative:
			# A parameter that drives the level to nothing is out of the race, and must not be divided by.
			base = np.maximum(base, TINY)
			squares += (value - base * index) ** 2
			new = alpha * value / index + (1 - alpha) * base
			seasonal[step % SEASON] = np.maximum(gamma * value / base + (1 - gamma) * index, TINY)
		else:
			squares += (value - base - index) ** 2
			new = alpha * (value - index) + (1 - alpha) * base
			seasonal[step % SEASON] = gamma * (value - base) + (1 - gamma) * index
		trend = beta * (new - level) + (1 - beta) * phi * trend
		level = new
	best, rows = _best(squares)
	ahead = _ahead(level[rows, best], trend[rows, best], phi[best], horizon)
	places = (series.shape[1] + np.arange(horizon)) % SEASON
	indices = seasonal[places[None, :], rows[:, None], best[:, None]]
	return ahead * indices if multiplicative else ahead + indices, squares[rows, best]


def _best(squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
	"""Per series the parameters that fit best, and the numbers of the series."""
	return np.argmin(squares, axis=1), np.arange(len(squares))


def _ahead(level: np.ndarray, trend: np.ndarray, phi: np.ndarray, horizon: int) -> np.ndarray:
	"""level + (phi + phi² + … + phi^h) x trend, for each h from 1 on."""
	steps = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
	return level[:, None] + trend[:, None] * steps


def _initial(series: np.ndarray, multiplicative: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
	"""Level and trend before the first value from the yearly means, season from what is left of each month."""
	cycles = series.shape[1] // SEASON
	whole = series[:, : cycles * SEASON].reshape(len(series), cycles, SEASON)
	means = whole.mean(axis=2)
	trend = (means[:, -1] - means[:, 0]) / (cycles - 1) / SEASON
	months = np.arange(cycles * SEASON) - (SEASON - 1) / 2
	line = (means[:, :1] + trend[:, None] * months).reshape(whole.shape)
	level = means[:, 0] - trend * (SEASON + 1) / 2
	if not multiplicative:
		indices = (whole - line).mean(axis=1)
		return level, trend, indices - indices.mean(axis=1, keepdims=True)
	# A line that falls below zero is no base to divide by.
	falls = (line <= 0).any(axis=(1, 2)) | (level <= 0)
	line[falls] = means[falls][:, :, None]
	level, trend = np.where(falls, means[:, 0], level), np.where(falls, 0.0, trend)
	indices = np.maximum((whole / line).mean(axis=1), TINY)
	return level, trend, indices * SEASON / indices.sum(axis=1, keepdims=True)
