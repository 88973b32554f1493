"""The organisation of the private site: one service, four payers, users with keys, months to charge."""

import json
from dataclasses import dataclass, field

import frappe
from frappe.core.doctype.user.user import generate_keys

from itil_strategy.it_finance.usage.importer import DOCTYPE as USAGE_IMPORT
from itil_strategy.tests.budgets import make_budget
from itil_strategy.tests.business_cases import fund, make_case, take
from itil_strategy.tests.factories import (
	center,
	make_file,
	make_offering,
	make_policy,
	make_user,
	own_csv,
)
from itil_strategy.tests.portfolio import make_objective
from itil_strategy.tests.setup import COMPANY, before_tests
from itil_strategy.tests.surveys import make_account, make_contact, make_customer, make_survey

MODULES = ("Service Portfolio", "Business Relationship", "IT Finance")
# What installing and setting up a site leaves there.
KEPT = {
	"Cost Element",
	"Cost Element Account",
	"Feedback Target",
	"IT Service Category",
	"Retirement Indicator",
	"Service Pipeline Stage",
	"Service Strategy Company",
	"Service Strategy Settings",
	"Stage Requirement",
	"Working Window",
}
LEDGER = (
	"GL Entry",
	"Journal Entry",
	"Journal Entry Account",
	"Payment Ledger Entry",
	"Sales Invoice",
	"Sales Invoice Item",
	"Sales Taxes and Charges",
	"Budget",
	"Budget Account",
	"Email Queue",
	"Notification Log",
)
PAYERS = ("Sales Unit", "Production Unit", "Logistics Unit", "Harbour GmbH")
RESPONDENTS = 6


@dataclass(slots=True)
class Scene:
	"""Names of what there is, and keys of who acts."""

	service: str = ""
	offering: str = ""
	customers: tuple[str, ...] = PAYERS
	contacts: list[str] = field(default_factory=list)
	admin: str = ""
	finance: str = ""
	approver: str = ""
	# Services with a published budget, where there are transfers.
	budgeted: tuple[str, ...] = ()


def make_scene() -> Scene:
	"""Empty the copied site of records and make the few that everything is about; commits."""
	before_tests()
	frappe.set_user("Administrator")
	_forget_records()
	frappe.db.set_single_value("Service Strategy Settings", "dispute_window_days", 0)
	# Four ledger rows an entry: every run is posted in several batches.
	frappe.db.set_single_value("Service Strategy Settings", "posting_batch_lines", 4)
	scene = Scene()
	scene.service, scene.offering = _make_operational("FAULTS", "Faults")
	make_account()
	customer = make_customer()
	scene.contacts = [make_contact(customer) for _number in range(RESPONDENTS)]
	scene.admin = _token("Administrator")
	scene.finance = _token(make_user("IT Financial Manager"))
	scene.approver = _token(make_user("Service Portfolio Manager"))
	frappe.db.commit()
	return scene


def make_budgets(scene: Scene) -> tuple[str, str]:
	"""Published budgets of the service and of another one; answers both services."""
	other, _offering = _make_operational("OTHER", "Other")
	for name in (scene.service, other):
		make_budget(frappe.get_doc("IT Service", name))
	frappe.db.commit()
	return scene.service, other


def make_import(scene: Scene, month: str, quantities: dict[str, int]) -> str:
	"""A draft import of one row per customer, never seen before; answers its name."""
	rows = [(scene.offering, customer, f"{month}-05", "Nos", units) for customer, units in quantities.items()]
	# Each row has a reference of its own: it is never one that is known from an earlier import.
	doc = frappe.get_doc(
		{"doctype": USAGE_IMPORT, "company": COMPANY, "usage_file": make_file(own_csv(rows))}
	).insert()
	frappe.db.commit()
	return doc.name


def make_run(month: str) -> str:
	"""A draft charging run of the month; answers its name."""
	run = frappe.get_doc(
		{
			"doctype": "Charging Run",
			"company": COMPANY,
			"period_start": f"{month}-01",
			"period_end": frappe.utils.get_last_day(f"{month}-01"),
			"mode": "Chargeback",
		}
	).insert()
	frappe.db.commit()
	return run.name


def make_funded_case(scene: Scene) -> str:
	"""A draft of a business case for which there is money."""
	case = make_case(frappe.get_doc("IT Service", scene.service))
	fund(case)
	frappe.db.commit()
	return case.name


def make_secured_case(scene: Scene) -> str:
	"""A business case whose funds are secured: the next step approves it and reserves them."""
	case = frappe.get_doc("Business Case", make_funded_case(scene))
	take(case, "Submit for Review", "Secure Funds")
	frappe.db.commit()
	return case.name


def make_active_survey(scene: Scene) -> str:
	"""An active survey of all contacts, not sent yet."""
	survey = make_survey(contacts=scene.contacts)
	frappe.db.commit()
	return survey.name


def _make_operational(code: str, name: str) -> tuple[str, str]:
	"""A service in use, by a decision, and its priced offering."""
	service = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": code,
			"service_name": name,
			"service_type": "Customer-facing",
			"service_owner": "Administrator",
			"outcomes": [{"strategic_objective": make_objective(), "contribution": 25}],
			"companies": [{"company": COMPANY, "provider_cost_center": center("Data Centre"), "active": 1}],
		}
	).insert()
	offering = make_offering(service)
	make_policy(offering, unit_price=1, valid_from="2024-01-01")
	frappe.get_doc(
		{
			"doctype": "Portfolio Decision",
			"it_service": service.name,
			"outcome": "Proceed",
			"is_existing": 1,
			"to_stage": "Operational",
			"operational_from": "2024-01-01",
			"rationale": "In use",
		}
	).insert().submit()
	return service.name, offering.name


def _token(user: str) -> str:
	secret = generate_keys(user)["api_secret"]
	return f"{frappe.db.get_value('User', user, 'api_key')}:{secret}"


def _forget_records() -> None:
	ours = frappe.get_all("DocType", {"module": ("in", MODULES), "issingle": 0}, ["name", "istable"], limit=0)
	for row in ours:
		if row.name in KEPT:
			continue
		filters = {"parenttype": ("not in", sorted(KEPT))} if row.istable else {}
		frappe.db.delete(row.name, filters)
	for doctype in LEDGER:
		frappe.db.delete(doctype)


def as_json(doctype: str, name: str) -> str:
	"""The document as a form would send it."""
	return json.dumps(frappe.get_doc(doctype, name).as_dict(), default=str)
