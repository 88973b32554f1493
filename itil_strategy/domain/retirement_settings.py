"""Indicators of the retirement analysis (SP-7), their weights and targets, and what settings are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import _

VALUE, FITNESS = "Value", "Fitness"
AXES = (VALUE, FITNESS)
FULL_WEIGHT = 100
LOWEST_SCORE, HIGHEST_SCORE = 1, 10


class IndicatorError(DomainError):
	"""An indicator is unknown, listed twice, or its numbers make no scale (SP-7)."""


class WeightTotalError(DomainError):
	"""The weights of an axis do not total 100; `axis` and `total` say which and what (SP-7)."""

	def __init__(self, axis: str, total: Decimal):
		super().__init__(
			f"The weights of the axis {axis} total {total.normalize():f}. Change them so that they total {FULL_WEIGHT}."
		)
		self.axis = axis
		self.total = total


@dataclass(frozen=True, slots=True)
class Indicator:
	"""What is measured: its label, its unit and where the figure comes from (texts to translate)."""

	key: str
	label: str
	axis: str
	unit: str
	source: str


@dataclass(frozen=True, slots=True)
class IndicatorSetting:
	"""How much an indicator counts (weight, of 100 per axis) and its scale.

	`worst` scores 1, `target` scores 10; a target below the worst value means that less is better.
	"""

	key: str
	axis: str
	weight: Decimal
	worst: Decimal
	target: Decimal


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
	"""Settings of an analysis: an axis at or above `cutoff` is high, one whose present indicators weigh
	less than `minimum_coverage` (of 100) is missing; `precision` is the decimals of money."""

	indicators: tuple[IndicatorSetting, ...]
	cutoff: Decimal = Decimal("5.5")
	minimum_coverage: Decimal = Decimal(50)
	months: int = 12
	precision: int = 2


INDICATORS = {
	indicator.key: indicator
	for indicator in (
		Indicator("usage_trend", _("Usage trend"), VALUE, _("% per year"), _("Usage per offering and month")),
		Indicator(
			"active_customers",
			_("Active customers"),
			VALUE,
			_("customers"),
			_("Customers with usage in the window"),
		),
		Indicator("satisfaction", _("Satisfaction"), VALUE, _("of 100"), _("Satisfaction surveys")),
		Indicator(
			"complaint_rate",
			_("Complaint rate"),
			VALUE,
			_("per customer and year"),
			_("Complaints in service feedback"),
		),
		Indicator(
			"strategic_contribution",
			_("Strategic contribution"),
			VALUE,
			"%",
			_("Outcomes of the service times the weight of their active objectives"),
		),
		Indicator(
			"functional_fit", _("Functional fit"), VALUE, _("of 4"), _("Latest functional fit assessment")
		),
		Indicator(
			"technical_fit", _("Technical fit"), FITNESS, _("of 4"), _("Latest technical fit assessment")
		),
		Indicator("recovery", _("Recovery"), FITNESS, _("% of cost"), _("Charged amount divided by cost")),
		Indicator(
			"unit_cost_trend",
			_("Unit-cost trend"),
			FITNESS,
			_("% per year"),
			_("Cost divided by usage, per month"),
		),
	)
}


def _default(key: str, weight: int, worst: int, target: int) -> IndicatorSetting:
	return IndicatorSetting(key, INDICATORS[key].axis, Decimal(weight), Decimal(worst), Decimal(target))


DEFAULT_INDICATORS = (
	_default("usage_trend", 20, -20, 20),
	_default("active_customers", 15, 0, 5),
	_default("satisfaction", 15, 50, 90),
	_default("complaint_rate", 10, 2, 0),
	_default("strategic_contribution", 25, 0, 30),
	_default("functional_fit", 15, 1, 4),
	_default("technical_fit", 40, 1, 4),
	_default("recovery", 35, 50, 100),
	_default("unit_cost_trend", 25, 20, -10),
)
DEFAULT_SETTINGS = AnalysisSettings(DEFAULT_INDICATORS)


def find_indicator(key_or_label: str) -> Indicator:
	"""The indicator of a key or an English label; IndicatorError when there is none."""
	for indicator in INDICATORS.values():
		if key_or_label in (indicator.key, indicator.label):
			return indicator
	known = ", ".join(indicator.label for indicator in INDICATORS.values())
	raise IndicatorError(f"{key_or_label or 'An empty indicator'} is not known. Choose one of {known}.")


def validate_settings(settings: AnalysisSettings) -> None:
	"""Refuse settings that give no comparable scores: IndicatorError, WeightTotalError or DomainError."""
	validate_indicators(settings.indicators)
	if not LOWEST_SCORE <= settings.cutoff <= HIGHEST_SCORE:
		raise DomainError(
			f"The cut-off {settings.cutoff} is out of range. Enter a score from {LOWEST_SCORE} to {HIGHEST_SCORE}.",
			field="class_cutoff",
		)
	if not 0 <= settings.minimum_coverage <= FULL_WEIGHT:
		raise DomainError(
			f"The minimum coverage {settings.minimum_coverage} is out of range. Enter 0 to {FULL_WEIGHT} %.",
			field="minimum_coverage",
		)
	if settings.months < 1:
		raise DomainError("The window has no month. Enter 1 month or more.", field="analysis_months")


def validate_indicators(indicators: Sequence[IndicatorSetting]) -> None:
	"""Each indicator once and on its own axis, a scale with two ends, and weights of exactly 100 per axis."""
	seen: set[str] = set()
	for row, setting in enumerate(indicators, start=1):
		_validate_indicator(row, setting, seen)
		seen.add(setting.key)
	for axis in AXES:
		# Fractions: a sum of Decimals would be rounded to the context.
		total = sum(_weights(indicators, axis), Fraction(0))
		if total != FULL_WEIGHT:
			raise WeightTotalError(axis, Decimal(total.numerator) / Decimal(total.denominator))


def _validate_indicator(row: int, setting: IndicatorSetting, seen: set[str]) -> None:
	indicator = find_indicator(setting.key)
	if setting.key in seen:
		raise IndicatorError(
			f"Row {row}: {indicator.label} is listed twice. Keep one row.", row, field="indicator"
		)
	if setting.axis != indicator.axis:
		raise IndicatorError(
			f"Row {row}: {indicator.label} belongs to the axis {indicator.axis}. Choose that axis.",
			row,
			field="axis",
		)
	if setting.weight < 0:
		raise IndicatorError(
			f"Row {row}: the weight of {indicator.label} is negative. Enter 0 or more.", row, field="weight"
		)
	if setting.target == setting.worst:
		raise IndicatorError(
			f"Row {row}: {indicator.label} has the same worst value and target. Enter two different ones.",
			row,
			field="target",
		)


def _weights(indicators: Iterable[IndicatorSetting], axis: str) -> Iterable[Fraction]:
	return (Fraction(setting.weight) for setting in indicators if setting.axis == axis)
