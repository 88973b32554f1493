import frappe

from itil_strategy.setup.defaults import STAGE_REQUIREMENTS, requirement_rows


def execute():
	"""Sites that had stages before requirements existed get the seeded ones; edited stages stay."""
	for stage in STAGE_REQUIREMENTS:
		if not frappe.db.exists("Service Pipeline Stage", stage):
			continue
		doc = frappe.get_doc("Service Pipeline Stage", stage)
		if doc.requirements:
			continue
		doc.extend("requirements", requirement_rows(stage))
		doc.save(ignore_permissions=True)
