"""Two people save the same at the same moment, in two real processes: one is stored, the other reads why not."""

import json
import re
import subprocess
import time

import pytest

import frappe

from itil_strategy.tests.allocation import make_driver
from itil_strategy.tests.factories import make_offering, make_policy, make_service, unique
from itil_strategy.tests.setup import COMPANY, CURRENCY
from tests.site import processes

# What the app and Frappe call the fields that nobody sees on a form.
INTERNAL = re.compile(r"(?i)live.key|counted.once|policy.tier|conflict.key")

SAVE = """
import json, sys
# From here on it reads what was stored now, as somebody whose form is open.
frappe.db.get_all("DocType", limit=1)
print("READY", flush=True)
sys.stdin.readline()
try:
	doc = frappe.get_doc(json.loads({document!r}))
	doc.insert()
	print("STORED", flush=True)
	sys.stdin.readline()
	frappe.db.commit()
except frappe.ValidationError as error:
	said = " ".join(frappe.utils.strip_html(str(m.get("message"))) for m in frappe.get_message_log())
	print(json.dumps([type(error).__name__, said]), flush=True)
"""


class Saver:
	"""A process that saves a document when told."""

	def __init__(self, document: dict):
		self.process = processes.start(SAVE.format(document=json.dumps(document)), stdin=subprocess.PIPE)
		assert self.answer() == "READY", self.process.stderr.read()

	def tell(self) -> None:
		self.process.stdin.write("\n")
		self.process.stdin.flush()

	def answer(self) -> str:
		return self.process.stdout.readline().strip()

	def end(self) -> None:
		self.process.kill()
		self.process.communicate()


def save_both(document: dict, **of_second) -> tuple[str, str]:
	"""(name of the exception, sentence) of who comes second."""
	first, second = Saver(document), Saver({**document, **of_second})
	try:
		first.tell()
		assert first.answer() == "STORED"
		second.tell()
		time.sleep(0.7)  # it waits for the first, whose transaction is open
		first.tell()
		first.process.wait(30)
		answer = second.answer()
	finally:
		first.end()
		second.end()
	assert answer != "STORED", "Both were stored."
	return tuple(json.loads(answer))


@pytest.fixture
def committed():
	"""Masters that both processes see; gone afterwards."""
	made = []

	def keep(doc):
		made.append((doc.doctype, doc.name))
		frappe.db.commit()
		return doc

	yield keep
	frappe.db.rollback()
	for doctype, name in reversed(made):
		for other, field in (
			("Budget Ceiling", "it_service"),
			("Cost Driver Value", "it_service"),
			("Charging Policy", "it_service"),
			("Service Company", "parent"),
			("Charging Tier", "charging_policy"),
		):
			if doctype in ("IT Service", "Charging Policy"):
				frappe.db.delete(other, {field: name})
		frappe.db.delete(doctype, {"name": name})
	frappe.db.commit()


def test_two_ceilings_for_the_same(committed):
	service = committed(make_service()).name
	kind, said = save_both(
		{
			"doctype": "Budget Ceiling",
			"company": COMPANY,
			"fiscal_year": "2026",
			"ceiling_for": "IT Service",
			"it_service": service,
			"amount": 100,
		}
	)
	(stored,) = frappe.get_all("Budget Ceiling", {"it_service": service}, pluck="name")
	assert kind == "BudgetPlanError"
	assert said == f"{stored} is for the same already. Change the amount there, or disable it."


def test_two_counted_values_for_the_same_month(committed):
	service, driver = committed(make_service()).name, committed(make_driver()).name
	kind, said = save_both(
		{
			"doctype": "Cost Driver Value",
			"cost_driver": driver,
			"company": COMPANY,
			"it_service": service,
			"month": "2026-01-01",
			"value": 5,
		}
	)
	assert frappe.db.count("Cost Driver Value", {"it_service": service}) == 1
	assert kind == "SavedMeanwhileError"
	assert "Somebody else saved" in said
	assert not INTERNAL.search(said)


def test_two_tiers_from_the_same_quantity(committed):
	offering = make_offering(committed(make_service()))
	policy = committed(make_policy(offering, method="Graduated"))
	committed(offering)
	kind, said = save_both(
		{"doctype": "Charging Tier", "charging_policy": policy.name, "from_quantity": 0, "unit_price": 1}
	)
	assert frappe.db.count("Charging Tier", {"charging_policy": policy.name}) == 1
	assert kind == "SavedMeanwhileError"
	assert not INTERNAL.search(said)


def test_two_prices_for_the_same_days(committed):
	service = committed(make_service())
	offering = committed(make_offering(service))
	kind, said = save_both(
		{
			"doctype": "Charging Policy",
			"policy_name": unique("POL"),
			"service_offering": offering.name,
			"valid_from": "2025-01-01",
			"method": "Per Unit",
			"unit_price": 1,
			"currency": CURRENCY,
		},
		policy_name=unique("POL"),
	)
	assert frappe.db.count("Charging Policy", {"it_service": service.name}) == 1
	assert kind == "OverlappingPolicyError"
	assert "End one before the other starts" in said
