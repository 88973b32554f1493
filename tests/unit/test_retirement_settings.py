"""SP-7: settings of the retirement analysis that are refused, each with the way out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.retirement_settings import (
	AXES,
	DEFAULT_INDICATORS,
	DEFAULT_SETTINGS,
	INDICATORS,
	IndicatorError,
	WeightTotalError,
	find_indicator,
	validate_indicators,
	validate_settings,
)


def changed(changed_key: str, **values) -> list:
	"""The default indicators with one of them changed."""
	return [
		replace(setting, **values) if setting.key == changed_key else setting
		for setting in DEFAULT_INDICATORS
	]


def test_the_defaults_are_valid_and_complete():
	validate_settings(DEFAULT_SETTINGS)
	assert [setting.key for setting in DEFAULT_INDICATORS] == list(INDICATORS)
	for axis in AXES:
		assert sum(setting.weight for setting in DEFAULT_INDICATORS if setting.axis == axis) == 100


def test_weights_total_exactly_100_per_axis():
	with pytest.raises(WeightTotalError, match=r"axis Fitness total 99\.999") as caught:
		validate_indicators(changed("recovery", weight=Decimal("34.999")))
	assert (caught.value.axis, caught.value.total) == ("Fitness", Decimal("99.999"))
	with pytest.raises(WeightTotalError, match="axis Value total 0"):
		validate_indicators([setting for setting in DEFAULT_INDICATORS if setting.axis == "Fitness"])
	thirds = changed("technical_fit", weight=Decimal("39.9999999999999999999999999999"))
	with pytest.raises(WeightTotalError):
		validate_indicators(thirds)


def test_a_weight_of_zero_is_a_way_to_leave_an_indicator_out():
	indicators = [
		replace(setting, weight={"technical_fit": Decimal(75), "recovery": Decimal(0)}[setting.key])
		if setting.key in ("technical_fit", "recovery")
		else setting
		for setting in DEFAULT_INDICATORS
	]
	validate_indicators(indicators)


@pytest.mark.parametrize(
	("indicators", "message"),
	[
		(changed("recovery", weight=Decimal(-1)), "Row 8: the weight of Recovery is negative"),
		(changed("recovery", target=Decimal(50)), "Row 8: Recovery has the same worst value and target"),
		(changed("recovery", axis="Value"), "Row 8: Recovery belongs to the axis Fitness"),
		(changed("recovery", key="technical_fit"), "Row 8: Technical fit is listed twice"),
		(changed("recovery", key="weather"), "weather is not known. Choose one of Usage trend,"),
		(changed("recovery", key=""), "An empty indicator is not known"),
	],
)
def test_bad_indicators(indicators, message):
	with pytest.raises(IndicatorError, match=message):
		validate_indicators(indicators)


@pytest.mark.parametrize(
	("values", "field"),
	[
		({"cutoff": Decimal("10.1")}, "class_cutoff"),
		({"cutoff": Decimal("0.9")}, "class_cutoff"),
		({"minimum_coverage": Decimal(101)}, "minimum_coverage"),
		({"minimum_coverage": Decimal(-1)}, "minimum_coverage"),
		({"months": 0}, "analysis_months"),
	],
)
def test_bad_limits(values, field):
	with pytest.raises(DomainError) as caught:
		validate_settings(replace(DEFAULT_SETTINGS, **values))
	assert caught.value.field == field


def test_an_indicator_is_found_by_key_and_by_label():
	assert find_indicator("usage_trend") is find_indicator("Usage trend")
