"""Forecast of cost to the end of a fiscal year, its error, and what commitments will cost (FM-5, FM-6).

Histories are complete months without gaps, oldest first, in company currency. Errors are MASE (Hyndman and
Koehler, 2006): mean absolute error over the mean absolute step of the history from year to year (from month
to month while it is a year or less). Below 1 a forecast beats repeating last year on average.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.smoothing import SEASON, smooth_many

RUN_RATE, TREND_AND_SEASON, DRIVER, MANUAL = "Run Rate", "Trend and Season", "Driver", "Manual"
COMPUTED = (RUN_RATE, TREND_AND_SEASON)
NAIVE_MODEL = "last year repeated"
RUN_RATE_MONTHS = 3
# Fewer months show no trend.
MIN_SMOOTHED = 4
# What a backtest leaves to learn from, at least.
MIN_LEARNED = 3
ZERO = Decimal(0)

History = Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Forecast:
	"""Values of the months ahead and how they were found."""

	values: tuple[Decimal, ...]
	model: str


def forecast_many(
	histories: Mapping[str, History], horizon: int, method: str, precision: int
) -> dict[str, Forecast]:
	"""Forecasts by name. Without a history nothing is said; one too short for a trend gets its run rate.

	What never was negative is not forecast to be.
	"""
	known = {name: history for name, history in histories.items() if len(history)}
	short = {name for name, history in known.items() if method == RUN_RATE or len(history) < MIN_SMOOTHED}
	found = {name: run_rate(known[name], horizon, precision) for name in short}
	rest = [name for name in known if name not in short]
	smoothed = smooth_many([list(map(float, known[name])) for name in rest], horizon)
	for name, result in zip(rest, smoothed, strict=True):
		values = [round_to_step(Decimal(repr(value)), precision) for value in result.values]
		if min(known[name]) >= 0:
			values = [max(value, ZERO) for value in values]
		found[name] = Forecast(tuple(values), result.model)
	return {name: found[name] for name in known}


def run_rate(history: History, horizon: int, precision: int) -> Forecast:
	"""The mean of the last three months, or of as many as there are."""
	last = history[-RUN_RATE_MONTHS:]
	mean = round_to_step(sum(last, ZERO) / len(last), precision)
	model = f"mean of {len(last)} months" if len(last) > 1 else "last month"
	return Forecast((mean,) * horizon, model)


def naive(history: History, horizon: int) -> tuple[Decimal, ...]:
	"""The same months of last year, or the last month while there is no year: what any forecast must beat."""
	season = history[-SEASON:] if len(history) >= SEASON else history[-1:]
	return tuple(season[step % len(season)] for step in range(horizon))


def mase(actual: History, expected: History, history: History) -> float | None:
	"""The error of what was expected, against the history that was known; None where nothing ever changed."""
	lag = SEASON if len(history) > SEASON else 1
	steps = [abs(later - earlier) for earlier, later in zip(history, history[lag:], strict=False)]
	if not actual or not any(steps):
		return None
	error = sum((abs(a - e) for a, e in zip(actual, expected, strict=True)), ZERO) / len(actual)
	return float(error / (sum(steps, ZERO) / len(steps)))


@dataclass(frozen=True, slots=True)
class Backtest:
	"""MASE of a method and of the naive forecast on the same months."""

	error: float | None
	naive_error: float | None


def backtest_many(histories: Mapping[str, History], method: str, precision: int) -> dict[str, Backtest]:
	"""How the method would have done on the last months (a third, at most a year), learning from those before."""
	held = {
		name: min(SEASON, len(history) // 3)
		for name, history in histories.items()
		if len(history) - min(SEASON, len(history) // 3) >= MIN_LEARNED
	}
	results = {}
	for months in sorted(set(held.values()) - {0}):
		names = [name for name in held if held[name] == months]
		known = {name: histories[name][:-months] for name in names}
		for name, forecast in forecast_many(known, months, method, precision).items():
			actual = histories[name][-months:]
			results[name] = Backtest(
				mase(actual, forecast.values, known[name]),
				mase(actual, naive(known[name], months), known[name]),
			)
	return {name: results.get(name, Backtest(None, None)) for name in histories}


@dataclass(frozen=True, slots=True)
class MonthValue:
	"""A month of a year: booked, or expected."""

	month: date
	amount: Decimal
	is_actual: bool


def make_year(
	months: Sequence[date], booked: Mapping[date, Decimal], expected: Mapping[date, Decimal], first_open: date
) -> tuple[MonthValue, ...]:
	"""The months of a year: booked up to the first open one, from there on what is expected.

	An open month is never less than what is booked in it already.
	"""
	return tuple(
		MonthValue(month, booked.get(month, ZERO), True)
		if month < first_open
		else MonthValue(month, max(expected.get(month, ZERO), booked.get(month, ZERO)), False)
		for month in months
	)


def year_end(months: Sequence[MonthValue]) -> Decimal:
	"""What the year will have cost."""
	return sum((value.amount for value in months), ZERO)


def unit_cost(cost: Fraction, units: Fraction) -> Fraction | None:
	"""Cost per unit over a window; None when nothing was used."""
	return cost / units if units > 0 else None


def required_for_commitments(
	units: Mapping[tuple[str, date], Fraction], unit_costs: Mapping[str, Fraction | None], precision: int
) -> tuple[Decimal, tuple[str, ...]]:
	"""Σ committed units x unit cost over the months, and the offerings whose unit cost nobody knows."""
	total, unknown = Fraction(0), set()
	for (offering, _month), quantity in units.items():
		price = unit_costs.get(offering)
		if price is None:
			if quantity:
				unknown.add(offering)
			continue
		total += quantity * price
	amount = Decimal(total.numerator) / Decimal(total.denominator)
	return round_to_step(amount, precision), tuple(sorted(unknown))
