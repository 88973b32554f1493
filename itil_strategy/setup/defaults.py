"""Records that a new site starts with; users may edit them, so existing ones are never overwritten."""

import frappe

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
# Our series with a year, e.g. CR-2026-; others may start alike.
NUMBER_SERIES = r"^(UI|CR|IT-CHG)-[0-9]{4}-$"
SETTINGS = "Service Strategy Settings"


def create_defaults() -> None:
	"""Seed the pipeline stages where there are none, and the settings."""
	_create_pipeline_stages()
	_create_settings()


def delete_leftovers() -> None:
	"""Delete what Frappe keeps of a removed app: number series, stored settings and scheduled jobs."""
	series = frappe.qb.DocType("Series")
	frappe.qb.from_(series).delete().where(series.name.regexp(NUMBER_SERIES)).run()
	frappe.db.delete("Singles", {"doctype": SETTINGS})
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
			}
		).insert(ignore_permissions=True)


def _create_settings() -> None:
	settings = frappe.get_single(SETTINGS)
	if not frappe.db.exists("Singles", {"doctype": settings.doctype, "field": "posting_batch_lines"}):
		settings.save(ignore_permissions=True)
