"""Settings of the retirement analysis as the domain knows them."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.retirement_settings import (
	DEFAULT_INDICATORS,
	DEFAULT_SETTINGS,
	INDICATORS,
	AnalysisSettings,
	IndicatorSetting,
	find_indicator,
	validate_settings,
)
from itil_strategy.domain.retirement_settings import (
	WeightTotalError as DomainWeightTotalError,
)
from itil_strategy.exceptions import ServiceStrategyError, WeightTotalError
from itil_strategy.utils.money import currency_precision, to_decimal

SETTINGS = "Service Strategy Settings"


def load_settings() -> AnalysisSettings:
	"""The site's settings, or the defaults where nothing or 0 is entered; refused when they give no score."""
	return read_settings(frappe.get_cached_doc(SETTINGS))


def read_settings(doc: Document) -> AnalysisSettings:
	"""The settings as they stand in the document; WeightTotalError or ServiceStrategyError if they cannot score."""
	try:
		settings = AnalysisSettings(
			indicators=tuple(_indicator(row) for row in doc.get("indicators") or ()) or DEFAULT_INDICATORS,
			cutoff=to_decimal(doc.get("class_cutoff")) or DEFAULT_SETTINGS.cutoff,
			minimum_coverage=to_decimal(doc.get("minimum_coverage")) or DEFAULT_SETTINGS.minimum_coverage,
			months=cint(doc.get("analysis_months")) or DEFAULT_SETTINGS.months,
			precision=currency_precision(),
		)
		validate_settings(settings)
	except DomainError as error:
		frappe.throw(
			_("The retirement analysis cannot score: {0} Correct it in {1}.").format(
				error.message, frappe.bold(_(SETTINGS))
			),
			WeightTotalError if isinstance(error, DomainWeightTotalError) else ServiceStrategyError,
			title=_("Settings of the Analysis"),
		)
	return settings


def default_rows() -> list[dict]:
	"""The default indicators as rows of the settings."""
	return [
		{
			"indicator": INDICATORS[setting.key].label,
			"axis": setting.axis,
			"weight": float(setting.weight),
			"worst": float(setting.worst),
			"target": float(setting.target),
		}
		for setting in DEFAULT_INDICATORS
	]


def _indicator(row) -> IndicatorSetting:
	return IndicatorSetting(
		find_indicator(row.indicator).key,
		row.axis,
		to_decimal(row.weight),
		to_decimal(row.worst),
		to_decimal(row.target),
	)
