"""The retirement analysis of a service (SP-7): scored indicators, two axes, a class and what it is worth.

Everything is exact until the result: an axis of exactly the cut-off is high. The result holds Decimals,
rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.retirement_measures import (
	MONTHS_PER_YEAR,
	ServiceFacts,
	full_cost,
	raw_values,
	recovery,
	unit_cost,
)
from itil_strategy.domain.retirement_settings import (
	AXES,
	FITNESS,
	HIGHEST_SCORE,
	INDICATORS,
	LOWEST_SCORE,
	VALUE,
	AnalysisSettings,
	IndicatorSetting,
)

DECIMALS = 6
INVEST, MIGRATE, TOLERATE, ELIMINATE = CLASSES = ("Invest", "Migrate", "Tolerate", "Eliminate")
RENEW, REPLACE, REFACTOR, RETAIN, RETIRE = "Renew", "Replace", "Refactor", "Retain", "Retire"
DEPENDENTS, UNCHARGED_USAGE, COMMITMENTS = "dependents", "uncharged_usage", "commitments"


@dataclass(frozen=True, slots=True)
class IndicatorResult:
	"""One indicator as judged: its value (None: no figure), score 1 to 10, weight and scale."""

	key: str
	axis: str
	value: Decimal | None
	score: Decimal | None
	weight: Decimal
	worst: Decimal
	target: Decimal
	source: str


@dataclass(frozen=True, slots=True)
class AxisResult:
	"""An axis: score 1 to 10, None when the coverage (weight of the present indicators, of 100) is too low."""

	axis: str
	score: Decimal | None
	coverage: Decimal
	is_high: bool | None


@dataclass(frozen=True, slots=True)
class MoneyResult:
	"""Money of the window in company currency; `net_saving` per year, `payback` in months.

	`stranded_cost` None: not known, and not subtracted from the saving.
	"""

	full_cost: Decimal
	charged: Decimal
	shown: Decimal
	external_income: Decimal
	recovery: Decimal | None
	unit_cost: Decimal | None
	unit: str | None
	stranded_cost: Decimal | None
	net_saving: Decimal
	exit_cost: Decimal | None
	payback: Decimal | None


@dataclass(frozen=True, slots=True)
class Blocker:
	"""What stands in the way of retiring the service: the check and the records it names."""

	check: str
	names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
	"""The class of a service with everything it was concluded from."""

	service: str
	window: tuple[date, ...]
	months: tuple[date, ...]
	indicators: tuple[IndicatorResult, ...]
	value: AxisResult
	fitness: AxisResult
	cutoff: Decimal
	minimum_coverage: Decimal
	service_class: str | None
	recommended: str | None
	successor: str | None
	dependents: tuple[str, ...]
	commitments: tuple[str, ...]
	blockers: tuple[Blocker, ...]
	money: MoneyResult

	def indicator(self, key: str) -> IndicatorResult | None:
		"""The indicator of a key, None when the settings leave it out."""
		return next((result for result in self.indicators if result.key == key), None)

	def missing(self, axis: str) -> tuple[IndicatorResult, ...]:
		"""Indicators of the axis without a figure that would count."""
		return tuple(
			result
			for result in self.indicators
			if result.axis == axis and result.value is None and result.weight
		)

	@property
	def missing_axes(self) -> tuple[AxisResult, ...]:
		"""Axes with too little to go by; not empty when there is no class."""
		return tuple(axis for axis in (self.value, self.fitness) if axis.score is None)


def score(value: Fraction, worst: Fraction, target: Fraction) -> Fraction:
	"""1 at the worst value or beyond, 10 at the target or beyond, on a line between (section 11)."""
	position = (value - worst) / (target - worst)
	return LOWEST_SCORE + (HIGHEST_SCORE - LOWEST_SCORE) * min(max(position, Fraction(0)), Fraction(1))


def classify(is_value_high: bool | None, is_fitness_high: bool | None) -> str | None:
	"""The class of the two axes; None when one is missing."""
	if is_value_high is None or is_fitness_high is None:
		return None
	if is_value_high:
		return INVEST if is_fitness_high else MIGRATE
	return TOLERATE if is_fitness_high else ELIMINATE


def recommend(service_class: str | None, successor: str | None) -> str | None:
	"""The outcome of a portfolio decision that fits the class (SP-4)."""
	if service_class == MIGRATE:
		return REPLACE if successor else REFACTOR
	return {INVEST: RENEW, TOLERATE: RETAIN, ELIMINATE: RETIRE}.get(service_class or "")


def analyse(facts: ServiceFacts, window: tuple[date, ...], settings: AnalysisSettings) -> Analysis:
	"""Judge one service over the window. The settings must be valid (`validate_settings`)."""
	values = raw_values(facts)
	scores = _scores(values, settings)
	axes = {axis: _axis(axis, scores, settings) for axis in AXES}
	service_class = classify(axes[VALUE].is_high, axes[FITNESS].is_high)
	return Analysis(
		service=facts.service,
		window=tuple(window),
		months=facts.months,
		indicators=tuple(_result(setting, values, scores) for setting in settings.indicators),
		value=axes[VALUE],
		fitness=axes[FITNESS],
		cutoff=settings.cutoff,
		minimum_coverage=settings.minimum_coverage,
		service_class=service_class,
		recommended=recommend(service_class, facts.successor),
		successor=facts.successor,
		dependents=facts.dependents,
		commitments=facts.commitments,
		blockers=tuple(
			Blocker(check, names)
			for check, names in (
				(DEPENDENTS, facts.dependents),
				(UNCHARGED_USAGE, facts.uncharged_usage),
				(COMMITMENTS, facts.lasting_commitments),
			)
			if names
		),
		money=_money(facts, len(window), settings.precision),
	)


def _scores(values: Mapping[str, Fraction | None], settings: AnalysisSettings) -> dict[str, Fraction]:
	"""Scores of the present indicators."""
	return {
		setting.key: score(value, Fraction(setting.worst), Fraction(setting.target))
		for setting in settings.indicators
		if (value := values[setting.key]) is not None
	}


def _axis(axis: str, scores: Mapping[str, Fraction], settings: AnalysisSettings) -> AxisResult:
	"""Weighted mean of the present indicators; a missing one changes the coverage, not the score."""
	weights = {
		setting.key: Fraction(setting.weight)
		for setting in settings.indicators
		if setting.axis == axis and setting.key in scores
	}
	coverage = sum(weights.values(), Fraction(0))
	if not coverage or coverage < Fraction(settings.minimum_coverage):
		return AxisResult(axis, None, _decimal(coverage), None)
	exact = sum((weight * scores[key] for key, weight in weights.items()), Fraction(0)) / coverage
	return AxisResult(axis, _decimal(exact), _decimal(coverage), exact >= Fraction(settings.cutoff))


def _result(
	setting: IndicatorSetting, values: Mapping[str, Fraction | None], scores: Mapping[str, Fraction]
) -> IndicatorResult:
	return IndicatorResult(
		setting.key,
		setting.axis,
		_optional(values[setting.key]),
		_optional(scores.get(setting.key)),
		setting.weight,
		setting.worst,
		setting.target,
		INDICATORS[setting.key].source,
	)


def _money(facts: ServiceFacts, months: int, precision: int) -> MoneyResult:
	"""Saving per year = cost − stranded cost − external income; payback = exit cost ÷ saving per month."""
	cost, income = full_cost(facts), Fraction(facts.external_income)
	saving = (cost - income) * MONTHS_PER_YEAR / months - Fraction(facts.stranded_cost or 0)
	exit_cost = Fraction(facts.exit_cost or 0)
	payback = exit_cost * MONTHS_PER_YEAR / saving if exit_cost > 0 and saving > 0 else None
	per_unit, unit = unit_cost(facts)
	return MoneyResult(
		full_cost=_decimal(cost, precision),
		charged=_decimal(Fraction(facts.charged or 0), precision),
		shown=_decimal(Fraction(facts.shown), precision),
		external_income=_decimal(income, precision),
		recovery=_optional(recovery(facts)),
		unit_cost=_optional(per_unit),
		unit=unit,
		stranded_cost=None
		if facts.stranded_cost is None
		else _decimal(Fraction(facts.stranded_cost), precision),
		net_saving=_decimal(saving, precision),
		exit_cost=None if facts.exit_cost is None else _decimal(exit_cost, precision),
		payback=_optional(payback),
	)


def _optional(value: Fraction | None) -> Decimal | None:
	return None if value is None else _decimal(value)


def _decimal(value: Fraction, decimals: int = DECIMALS) -> Decimal:
	"""The nearest Decimal, half away from zero; exact integers are rounded, so the context does not matter."""
	scaled = abs(value) * 10**decimals
	units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
	return Decimal((value < 0 and units > 0, tuple(map(int, str(units))), -decimals))
