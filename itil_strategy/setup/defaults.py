"""Records that a new site starts with; users may edit them, so existing ones are never overwritten."""

import frappe

from itil_strategy.business_relationship.feedback.settings import show_defaults as show_feedback_defaults
from itil_strategy.domain.text import _
from itil_strategy.it_finance.business_case.policy import show_defaults as show_case_defaults
from itil_strategy.service_portfolio.retirement.settings import show_defaults

# (stage, phase, days allowed); stored in English, shown in the language of the reader.
PIPELINE_STAGES = (
	(_("Proposed"), "Pipeline", 30),
	(_("Defined"), "Pipeline", 30),
	(_("Analysed"), "Pipeline", 45),
	(_("Approved"), "Pipeline", 30),
	(_("Chartered"), "Pipeline", 30),
	(_("In Design"), "Pipeline", 90),
	(_("In Transition"), "Pipeline", 90),
	(_("Operational"), "Catalogue", 0),
	(_("Retiring"), "Catalogue", 180),
	(_("Retired"), "Retired", 0),
)
# What a stage asks for: (check, level). A check that joins later comes by a patch, and only where the
# requirements are still these.
STAGE_REQUIREMENTS = {
	"Defined": (("Service owner", "Stop"), ("Business outcome", "Stop")),
	"Analysed": (("Customer need", "Stop"), ("No open mediation", "Warn")),
	"Approved": (("Approved business case", "Stop"), ("No open mediation", "Stop")),
	"Chartered": (("Funds secured", "Stop"), ("Capacity", "Stop")),
	"In Transition": (("Priced offering", "Stop"), ("Cost model", "Warn")),
	"Operational": (
		("Service owner", "Stop"),
		("Business outcome", "Stop"),
		("Priced offering", "Stop"),
		("Cost model", "Stop"),
		("Capacity", "Stop"),
	),
	"Retiring": (
		("No live dependents", "Stop"),
		("Notice given", "Stop"),
		("Successor or loss accepted", "Stop"),
	),
	"Retired": (
		("No commitments after the last day", "Stop"),
		("No uncharged usage", "Stop"),
		("Data retention decided", "Stop"),
	),
}
# Our series with a year, e.g. CR-2026-; others may start alike, or be the same (CN- is a common credit note).
NUMBER_SERIES = r"^(UI|CR|CA|SCN|IT-CHG|PD|SR|CN|RM|EC|RR|SC|FB|SS|SB|BT|CL|FR|FS|CC|CD|BC)-[0-9]{4}-$"
OUR_MODULES = ("Service Portfolio", "Business Relationship", "IT Finance")
SETTINGS = "Service Strategy Settings"
SURVEY_THROTTLE_DAYS = 30
TARGET_MIX = {"target_run": 60, "target_grow": 25, "target_transform": 15}


def create_defaults() -> None:
	"""Seed the pipeline stages where there are none, and the settings."""
	_create_pipeline_stages()
	_create_settings()


def requirement_rows(stage: str) -> list[dict]:
	"""The seeded requirements of a stage as child rows."""
	return [{"gate_check": check, "level": level} for check, level in STAGE_REQUIREMENTS.get(stage, ())]


def delete_leftovers() -> None:
	"""Delete what Frappe keeps of a removed app: number series, stored settings, scheduled jobs, patches that ran.

	A patch that is noted as run would be left out when another version is installed and upgraded later.
	"""
	_delete_number_series()
	frappe.db.delete("Singles", {"doctype": SETTINGS})
	frappe.db.delete("DefaultValue", {"parent": "__global", "defkey": "itil_strategy_sample"})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "itil_strategy.%")})
	frappe.db.delete("Patch Log", {"patch": ("like", "itil_strategy.%")})
	frappe.db.delete("Portal Menu Item", {"route": ("like", "/it-services%")})


def _delete_number_series() -> None:
	"""Our counters; one that a doctype of others counts with as well stays."""
	series = frappe.qb.DocType("Series")
	found = frappe.qb.from_(series).select(series.name).where(series.name.regexp(NUMBER_SERIES)).run()
	others = _number_series_of_others()
	for (name,) in found:
		if name.split("-20")[0] not in others:
			frappe.qb.from_(series).delete().where(series.name == name).run()


def _number_series_of_others() -> set[str]:
	"""What the naming series of other apps' doctypes begin with, before the year."""
	field, doctype = frappe.qb.DocType("DocField"), frappe.qb.DocType("DocType")
	options = (
		frappe.qb.from_(field)
		.inner_join(doctype)
		.on(doctype.name == field.parent)
		.select(field.options)
		.where((field.fieldname == "naming_series") & doctype.module.notin(OUR_MODULES))
	).run(pluck=True)
	options += frappe.get_all(
		"Property Setter", {"field_name": "naming_series", "property": "options"}, pluck="value", limit=0
	)
	patterns = {line.strip() for text in options for line in (text or "").splitlines()}
	return {pattern.split("-.YYYY")[0] for pattern in patterns if "-.YYYY" in pattern}


def _create_pipeline_stages() -> None:
	if frappe.db.count("Service Pipeline Stage"):
		return
	for order, (stage, phase, days_allowed) in enumerate(PIPELINE_STAGES, start=1):
		frappe.get_doc(
			{
				"doctype": "Service Pipeline Stage",
				"stage_name": stage,
				"phase": phase,
				"stage_order": order,
				"days_allowed": days_allowed,
				"requirements": requirement_rows(stage),
			}
		).insert(ignore_permissions=True)


def _create_settings() -> None:
	settings = frappe.get_single(SETTINGS)
	is_new = not frappe.db.exists("Singles", {"doctype": settings.doctype, "field": "posting_batch_lines"})
	changed = show_defaults(settings)
	changed = _show_target_mix(settings) or changed
	changed = show_feedback_defaults(settings) or changed
	changed = _show_survey_throttle(settings) or changed
	changed = show_case_defaults(settings) or changed
	if is_new or changed:
		# Old rows of other parts may be out of date; they are checked when somebody edits them.
		settings.flags.ignore_validate = True
		settings.save(ignore_permissions=True)


def _show_target_mix(settings) -> bool:
	"""A site that had the settings before these fields existed reads them as empty."""
	if any(settings.get(fieldname) for fieldname in TARGET_MIX):
		return False
	settings.update(TARGET_MIX)
	return True


def _show_survey_throttle(settings) -> bool:
	"""As above; 0 that somebody entered stays."""
	if frappe.db.count("Singles", {"doctype": SETTINGS, "field": "survey_throttle_days"}):
		return False
	settings.survey_throttle_days = SURVEY_THROTTLE_DAYS
	return True
