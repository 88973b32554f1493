import frappe

from itil_strategy.setup.defaults import requirement_rows

# What the stages were seeded with before commitments could be checked.
BEFORE = {
	"Chartered": [],
	"Operational": [
		("Service owner", "Stop"),
		("Business outcome", "Stop"),
		("Priced offering", "Stop"),
		("Cost model", "Stop"),
	],
	"Retired": [("No uncharged usage", "Stop"), ("Data retention decided", "Stop")],
}


def execute():
	"""The checks on capacity and commitments join the stages whose requirements nobody has edited."""
	for stage, before in BEFORE.items():
		if not frappe.db.exists("Service Pipeline Stage", stage):
			continue
		doc = frappe.get_doc("Service Pipeline Stage", stage)
		if [(row.gate_check, row.level) for row in doc.requirements] != before:
			continue
		doc.set("requirements", requirement_rows(stage))
		doc.save(ignore_permissions=True)
