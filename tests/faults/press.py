"""The buttons of the crowd: what one person does, on whichever of the few records chance picks."""

import json
import random
from collections.abc import Callable
from contextlib import suppress

import frappe

from itil_strategy.tests.budgets import OFFICE, YEAR
from itil_strategy.tests.setup import COMPANY
from tests.faults import scene as world
from tests.faults.actors import WebProcess, connected
from tests.faults.steps import CASE, IMPORT, RUN, SURVEY, document_method

Answer = tuple[int, str] | None
# Few enough that people meet in them.
MONTHS = ("2026-01", "2026-02", "2026-03")
NEWEST = 4
SOMEBODY_ELSE = (
	frappe.QueryDeadlockError,
	frappe.QueryTimeoutError,
	frappe.DuplicateEntryError,
	frappe.ValidationError,
)


class Person:
	"""Who presses: a web process, the keys of the scene, and the chance that picks."""

	def __init__(self, scene: world.Scene, web: WebProcess, chance: random.Random):
		self.scene, self.web, self.chance = scene, web, chance

	def pick(self, doctype: str, **filters) -> str | None:
		"""One of the newest records, or none."""
		with connected():
			names = frappe.get_all(
				doctype, filters, pluck="name", order_by="creation desc, name desc", limit=NEWEST
			)
		return str(self.chance.choice(names)) if names else None

	def document(self, doctype: str, name: str) -> str:
		"""The document as a form that is open has it."""
		with connected():
			return world.as_json(doctype, name)

	def prepare(self, make: Callable[[world.Scene], str]) -> str:
		"""What was there before the button: made again when somebody else came first, as its own saving is not what is tried."""
		for _attempt in range(20):
			with connected(), suppress(*SOMEBODY_ELSE):
				return make(self.scene)
		raise RuntimeError("Nothing could be prepared.")

	def press(
		self, doctype: str, method: str, token: str, arguments: dict | None = None, **filters
	) -> Answer:
		"""A button of a form of one of the newest records."""
		name = self.pick(doctype, **filters)
		if not name:
			return None
		return document_method(doctype, name, method, token, **(arguments or {}))(self.web)

	def insert(self, token: str, **values) -> Answer:
		return self.web.post(token, "frappe.client.insert", doc=values)

	def submit(self, token: str, doctype: str, **filters) -> Answer:
		name = self.pick(doctype, docstatus=0, **filters)
		return name and self.web.post(token, "frappe.client.submit", doc=self.document(doctype, name))

	def cancel(self, token: str, doctype: str) -> Answer:
		name = self.pick(doctype, docstatus=1)
		return name and self.web.post(token, "frappe.client.cancel", doctype=doctype, name=name)


def deliver(person: Person) -> Answer:
	"""A usage file arrives and is imported by whoever comes first."""
	month = person.chance.choice(MONTHS)
	quantities = {customer: person.chance.randint(1, 99) for customer in person.scene.customers}
	name = person.prepare(lambda scene: world.make_import(scene, month, quantities))
	return document_method(IMPORT, name, "start_import", person.scene.finance)(person.web)


def start_run(person: Person) -> Answer:
	month = person.chance.choice(MONTHS)
	return person.insert(
		person.scene.finance,
		doctype=RUN,
		company=COMPANY,
		period_start=f"{month}-01",
		period_end=str(frappe.utils.get_last_day(f"{month}-01")),
		mode="Chargeback",
	)


def reverse(person: Person) -> Answer:
	arguments = {"reason": "Charged wrongly", "recharge": person.chance.random() < 0.5}
	return person.press(RUN, "reverse", person.scene.finance, arguments, docstatus=1)


def pick_charge(person: Person, status: str) -> str | None:
	"""A charge of a run in that state, or of any run."""
	run = person.pick(RUN, status=status) or person.pick(RUN)
	return run and person.pick("Service Charge", charging_run=run)


def dispute(person: Person) -> Answer:
	charge = pick_charge(person, "Published")
	return charge and person.insert(
		person.scene.admin, doctype="Charge Dispute", service_charge=charge, reason="We had fewer"
	)


def decide_dispute(person: Person) -> Answer:
	outcome = person.chance.choice(("Rejected", "Upheld in Full", "Withdrawn"))
	arguments = {"outcome": outcome, "note": "Counted anew"}
	return person.press("Charge Dispute", "decide", person.scene.admin, arguments)


def correct(person: Person) -> Answer:
	charge = pick_charge(person, "Posted")
	return charge and person.insert(
		person.scene.admin,
		doctype="Charge Correction",
		service_charge=charge,
		price_amount=-1,
		reason="Counted twice",
		docstatus=1,
	)


def allocate(person: Person) -> Answer:
	month = person.chance.choice(MONTHS)
	return person.insert(
		person.scene.admin,
		doctype="Cost Allocation Run",
		company=COMPANY,
		period_start=f"{month}-01",
		period_end=str(frappe.utils.get_last_day(f"{month}-01")),
		method="Reciprocal",
	)


def secure(person: Person) -> Answer:
	"""A case goes to review, or its funds are secured."""
	if person.chance.random() < 0.5:
		person.prepare(world.make_funded_case)
	action = person.chance.choice(("Submit for Review", "Secure Funds"))
	return take_case(person, person.scene.admin, action)


def take_case(person: Person, token: str, action: str) -> Answer:
	name = person.pick(CASE)
	method = "frappe.model.workflow.apply_workflow"
	return name and person.web.post(token, method, doc=person.document(CASE, name), action=action)


def transfer(person: Person) -> Answer:
	giver, getter = person.chance.sample(person.scene.budgeted, 2)
	return person.insert(
		person.scene.admin,
		doctype="Budget Transfer",
		company=COMPANY,
		fiscal_year=YEAR,
		amount=1,
		from_service=giver,
		from_account=OFFICE,
		to_service=getter,
		to_account=OFFICE,
		reason="The archive is filled sooner than planned",
		docstatus=1,
	)


def set_window(person: Person) -> Answer:
	"""Runs published from here on can be disputed, or can be posted at once."""
	return person.web.post(
		person.scene.admin,
		"frappe.client.set_value",
		doctype="Service Strategy Settings",
		name="Service Strategy Settings",
		fieldname="dispute_window_days",
		value=str(person.chance.choice((0, 5))),
	)


def limit(person: Person) -> Answer:
	"""A ceiling for what has none, or another amount for what has one."""
	chance, service = person.chance, person.chance.choice(person.scene.budgeted)
	if chance.random() < 0.5:
		return person.insert(
			person.scene.finance,
			doctype="Budget Ceiling",
			company=COMPANY,
			fiscal_year=chance.choice(("2026", "2027")),
			ceiling_for="IT Service",
			it_service=service,
			amount=1_000_000,
		)
	name = person.pick("Budget Ceiling")
	return name and person.web.post(
		person.scene.finance,
		"frappe.client.set_value",
		doctype="Budget Ceiling",
		name=name,
		fieldname=json.dumps(
			{"disabled": chance.choice((0, 1)), "amount": chance.randint(900_000, 1_000_000)}
		),
	)


def price(person: Person) -> Answer:
	"""A price for one customer, for days that others may have priced."""
	first = person.chance.randint(1, 27)
	return person.insert(
		person.scene.finance,
		doctype="Charging Policy",
		policy_name=f"POL-1{frappe.generate_hash(length=10)}",
		service_offering=person.scene.offering,
		customer=person.chance.choice(person.scene.customers),
		valid_from=f"2027-01-{first:02}",
		valid_to=f"2027-01-{first + 1:02}",
		method="Per Unit",
		unit_price=1,
		currency="EUR",
	)


def decide_service(person: Person) -> Answer:
	return person.insert(
		person.scene.admin,
		doctype="Portfolio Decision",
		it_service=person.scene.service,
		outcome="Retain",
		rationale="Decided in the board",
		docstatus=1,
	)


def survey(person: Person) -> Answer:
	person.prepare(world.make_active_survey)
	return person.press(SURVEY, "send_now", person.scene.admin)


def complain(person: Person) -> Answer:
	return person.insert(
		person.scene.admin,
		doctype="Service Feedback",
		subject="Mail is slow",
		what_happened="Every morning it takes minutes.",
		customer=person.chance.choice(person.scene.customers),
		it_service=person.scene.service,
	)


def answer_feedback(person: Person) -> Answer:
	method = person.chance.choice(("acknowledge", "start_work", "close"))
	return person.press("Service Feedback", method, person.scene.admin)


# Weight and function; those who charge meet most.
BUTTONS: dict[str, tuple[int, Callable[[Person], Answer]]] = {
	"import": (4, deliver),
	"make run": (6, start_run),
	"calculate": (8, lambda person: person.press(RUN, "calculate", person.scene.finance, docstatus=0)),
	"publish": (8, lambda person: person.submit(person.scene.finance, RUN)),
	"post": (8, lambda person: person.press(RUN, "post", person.scene.finance, docstatus=1)),
	"cancel": (2, lambda person: person.cancel(person.scene.finance, RUN)),
	"reverse": (3, reverse),
	"dispute": (4, dispute),
	"decide dispute": (4, decide_dispute),
	"correct": (4, correct),
	"make allocation": (1, allocate),
	"allocate": (
		4,
		lambda person: person.press("Cost Allocation Run", "calculate", person.scene.admin, docstatus=0),
	),
	"submit allocation": (2, lambda person: person.submit(person.scene.admin, "Cost Allocation Run")),
	"cancel allocation": (1, lambda person: person.cancel(person.scene.admin, "Cost Allocation Run")),
	"approve": (3, lambda person: take_case(person, person.scene.approver, "Approve")),
	"decide": (2, decide_service),
	"survey": (1, survey),
	"feedback": (3, complain),
	"answer feedback": (3, answer_feedback),
	"secure": (4, secure),
	"transfer": (3, transfer),
	"dispute window": (1, set_window),
	"ceiling": (2, limit),
	"price": (2, price),
}
