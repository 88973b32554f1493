"""Settings of the retirement analysis as the domain knows them."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.retirement_settings import (
	DEFAULT_INDICATORS,
	DEFAULT_SETTINGS,
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


def show_defaults(doc: Document) -> bool:
	"""Write what applies anyway into the fields that are empty; True when something changed."""
	values = {
		"analysis_months": DEFAULT_SETTINGS.months,
		"class_cutoff": float(DEFAULT_SETTINGS.cutoff),
		"minimum_coverage": float(DEFAULT_SETTINGS.minimum_coverage),
	}
	empty = {field: value for field, value in values.items() if not doc.get(field)}
	doc.update(empty)
	if doc.indicators:
		return bool(empty)
	for setting in DEFAULT_INDICATORS:
		doc.append(
			"indicators",
			{
				"indicator": find_indicator(setting.key).label,
				"axis": setting.axis,
				**{field: float(getattr(setting, field)) for field in ("weight", "worst", "target")},
			},
		)
	return True


def _indicator(row: Document) -> IndicatorSetting:
	return IndicatorSetting(
		find_indicator(row.indicator).key,
		row.axis,
		to_decimal(row.weight),
		to_decimal(row.worst),
		to_decimal(row.target),
	)
