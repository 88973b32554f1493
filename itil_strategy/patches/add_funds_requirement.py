import frappe

from itil_strategy.setup.defaults import requirement_rows

STAGE = "Chartered"
# What the stage was seeded with before the funds of business cases could be checked.
BEFORE = [("Capacity", "Stop")]


def execute():
	"""The check on secured funds joins its stage where nobody has edited the requirements."""
	if not frappe.db.exists("Service Pipeline Stage", STAGE):
		return
	doc = frappe.get_doc("Service Pipeline Stage", STAGE)
	if [(row.gate_check, row.level) for row in doc.requirements] != BEFORE:
		return
	doc.set("requirements", requirement_rows(STAGE))
	doc.save(ignore_permissions=True)
