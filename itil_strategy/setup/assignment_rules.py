"""Assignment rules that administrators may change: created once, never overwritten (design: BR-5).

Rules name users by fields of the feedback, because the users of a role change. What no rule takes goes by the
order in `business_relationship.feedback.people`.
"""

import frappe

DOCUMENT_TYPE = "Service Feedback"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DESCRIPTION = "{{ nature }} from {{ customer | e }}: {{ subject | e }}"
# name: (priority, condition, field with the user)
RULES = {
	"Service Feedback: legal or regulatory": (
		30,
		"is_legal and relationship_manager",
		"relationship_manager",
	),
	"Service Feedback: urgent complaint": (
		20,
		'nature == "Complaint" and severity in ("Critical", "High") and service_owner',
		"service_owner",
	),
	"Service Feedback: compliment for a person": (
		10,
		'nature == "Compliment" and named_person',
		"named_person",
	),
}


def create_assignment_rules() -> None:
	"""Create the missing ones of our rules."""
	for name, (priority, condition, field) in RULES.items():
		if frappe.db.exists("Assignment Rule", name):
			continue
		frappe.get_doc(
			{
				"doctype": "Assignment Rule",
				"name": name,
				"document_type": DOCUMENT_TYPE,
				"priority": priority,
				"description": DESCRIPTION,
				"assign_condition": condition,
				"close_condition": 'status == "Closed"',
				"rule": "Based on Field",
				"field": field,
				"due_date_based_on": "due_by",
				"assignment_days": [{"day": day} for day in WEEKDAYS],
			}
		).insert(ignore_permissions=True)


def delete_assignment_rules() -> None:
	"""Delete all rules for our records, whoever made them."""
	for name in frappe.get_all("Assignment Rule", {"document_type": DOCUMENT_TYPE}, pluck="name"):
		frappe.delete_doc("Assignment Rule", name, force=True, ignore_permissions=True)
