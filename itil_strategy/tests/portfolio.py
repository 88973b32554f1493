"""Make portfolio documents for tests."""

import frappe
from frappe.utils import add_days, today

from itil_strategy.tests.factories import center, unique
from itil_strategy.tests.relationship import make_need
from itil_strategy.tests.setup import COMPANY


def make_objective(**values) -> str:
	"""An active strategic objective without weight; answers its name."""
	return (
		frappe.get_doc(
			{
				"doctype": "Strategic Objective",
				"objective_name": unique("Objective"),
				"weight": 0,
				"is_active": 1,
				**values,
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def propose_service(with_need: bool = True, **values):
	"""A service at the first stage that passes every gate up to In Design."""
	code = unique("IDEA")
	if "outcomes" not in values:
		values["outcomes"] = [{"strategic_objective": make_objective(), "contribution": 25}]
	service = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": code,
			"service_name": f"Service {code}",
			"service_type": "Customer-facing",
			"service_owner": "Administrator",
			"companies": [{"company": COMPANY, "provider_cost_center": center("Data Centre"), "active": 1}],
			**values,
		}
	).insert()
	if with_need:
		user = frappe.session.user
		frappe.set_user("Administrator")
		make_need(service, "Assessed")
		store_approved_case(service)
		frappe.set_user(user)
	return service


def store_approved_case(service, **values) -> str:
	"""An approved business case as it is stored, without its way there; answers its name."""
	case = frappe.get_doc(
		{
			"doctype": "Business Case",
			"name": unique("BC"),
			"case_title": f"Case for {service.name}",
			"it_service": service.name,
			"company": COMPANY,
			"case_owner": "Administrator",
			"status": "Approved",
			"docstatus": 1,
			"valid_until": add_days(today(), 90),
			**values,
		}
	)
	case.db_insert()
	return case.name


def reload(service):
	"""The service as it is stored now."""
	return frappe.get_doc("IT Service", service.name)


def decide(service, outcome: str, rationale: str = "Decided in the board", submit: bool = True, **values):
	"""A portfolio decision; in its own savepoint, so that a refused one leaves nothing."""
	frappe.db.savepoint("decision")
	try:
		decision = frappe.get_doc(
			{
				"doctype": "Portfolio Decision",
				"it_service": service.name,
				"outcome": outcome,
				"rationale": rationale,
				**values,
			}
		).insert()
		if submit:
			decision.submit()
	except Exception:
		frappe.db.rollback(save_point="decision")
		raise
	return decision


def make_retirement(service, **values):
	"""A draft plan to retire the service, notice given today."""
	return frappe.get_doc(
		{
			"doctype": "Service Retirement",
			"it_service": service.name,
			"notice_given_on": today(),
			**values,
		}
	).insert()


OF_SERVICES = (
	"IT Service",
	"Service Offering",
	"Service Dependency",
	"Service Outcome",
	"Charging Policy",
	"Usage Import",
	"Service Usage",
	"Usage Claim",
	"Service Charge",
	"Charging Run",
)


def forget_services() -> None:
	"""Start a test as if the site had no services yet; the rollback of the test brings them back."""
	for doctype in OF_SERVICES:
		frappe.db.delete(doctype)
