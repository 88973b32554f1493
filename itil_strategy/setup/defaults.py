"""Records that a new site starts with; users may edit them, so existing ones are never overwritten."""

import frappe

from itil_strategy.service_portfolio.retirement.settings import show_defaults

# (stage, phase, days allowed)
PIPELINE_STAGES = (
	("Proposed", "Pipeline", 30),
	("Defined", "Pipeline", 30),
	("Analysed", "Pipeline", 45),
	("Approved", "Pipeline", 30),
	("Chartered", "Pipeline", 30),
	("In Design", "Pipeline", 90),
	("In Transition", "Pipeline", 90),
	("Operational", "Catalogue", 0),
	("Retiring", "Catalogue", 180),
	("Retired", "Retired", 0),
)
# What a stage asks for: (check, level). A check that joins later comes by a patch, and only where the
# requirements are still these.
STAGE_REQUIREMENTS = {
	"Defined": (("Service owner", "Stop"), ("Business outcome", "Stop")),
	"In Transition": (("Priced offering", "Stop"), ("Cost model", "Warn")),
	"Operational": (
		("Service owner", "Stop"),
		("Business outcome", "Stop"),
		("Priced offering", "Stop"),
		("Cost model", "Stop"),
	),
	"Retiring": (
		("No live dependents", "Stop"),
		("Notice given", "Stop"),
		("Successor or loss accepted", "Stop"),
	),
	"Retired": (("No uncharged usage", "Stop"), ("Data retention decided", "Stop")),
}
# Our series with a year, e.g. CR-2026-; others may start alike.
NUMBER_SERIES = r"^(UI|CR|IT-CHG|PD|SR|SS)-[0-9]{4}-$"
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
	"""Delete what Frappe keeps of a removed app: number series, stored settings and scheduled jobs."""
	series = frappe.qb.DocType("Series")
	frappe.qb.from_(series).delete().where(series.name.regexp(NUMBER_SERIES)).run()
	frappe.db.delete("Singles", {"doctype": SETTINGS})
	frappe.db.delete("Email Unsubscribe", {"reference_doctype": "Satisfaction Survey"})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "itil_strategy.%")})


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
	changed = _show_survey_throttle(settings) or changed
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
