"""Invariants of prices, limits and promises, each broken on purpose past the rules that guard it."""

import frappe

from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.budgets import make_budget, make_ceiling
from itil_strategy.tests.charging import charge_of, post, priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user, published_run, unique
from itil_strategy.tests.feedback import make_feedback, respond_and_close
from itil_strategy.tests.health import change, copy_row, find_broken, undone
from itil_strategy.tests.relationship import make_need, mediations_of, settle
from itil_strategy.utils.health.registry import CHECKS

PAYER = "Sales Unit"
# All others are broken in test_health.py.
PROVEN_HERE = {
	"claims-charged",
	"prices-once",
	"showback",
	"held",
	"last-day",
	"budgets-once",
	"ceilings-once",
	"cost-passed-on",
	"capacity",
	"feedback-closed",
	"credits-once",
	"mediations",
	"dependencies",
}


class TestPromises(SiteTestCase):
	"""A posted and a published month, a budget, a ceiling, a commitment of 60 of 100, a closed complaint, a mediation."""

	def setUp(self):
		super().setUp()
		self.before = find_broken()
		self.offering = priced_offering(10)
		use(self.offering, PAYER, 10)
		self.run = published_run()
		post(self.run)
		change("Charging Run", self.run.name, "posted_amount", 100)
		self.posted = charge_of(self.run, PAYER)
		use(self.offering, PAYER, 5, "2026-02-10")
		self.next_run = published_run("2026-02-01")
		self.published = charge_of(self.next_run, PAYER)
		self.policy = frappe.db.get_value("Charging Policy", {"service_offering": self.offering.name})
		service = make_service()
		self.budget, self.ceiling = make_budget(service), make_ceiling(5000, it_service=service.name)
		self.allocated = make_service().name
		book(50)
		make_pool(receivers_are="Only Listed", receivers=receivers(self.allocated))
		self.allocation = submitted_allocation()
		self.commitment = self.make_commitment()
		self.complaint = respond_and_close(
			make_feedback(
				customer=PAYER, actions=[{"action": "Move it", "action_owner": "Administrator", "is_done": 1}]
			)
		)
		self.mediation = self.make_mediation()

	def make_commitment(self):
		self.promised = make_offering(practical_capacity=100)
		return frappe.get_doc(
			{
				"doctype": "Service Commitment",
				"customer": PAYER,
				"service_offering": self.promised.name,
				"valid_from": frappe.utils.get_first_day(frappe.utils.today()),
				"units_per_month": 60,
			}
		).insert()

	def make_mediation(self):
		topic, service = unique("Topic"), make_service()
		needs = [
			make_need(service, "Submitted", customer=customer, wishes=[(topic, moscow)])
			for customer, moscow in (("Harbour GmbH", "Must"), ("Production Unit", "Won't"))
		]
		(mediation,) = mediations_of(*needs)
		# Whoever raised a need does not decide.
		settle(mediation, decided_by=make_user("Business Relationship Manager")).close_mediation()
		return mediation

	def test_what_the_app_wrote_is_healthy(self):
		found = {row for row in find_broken() - self.before if row[0] != "stages"}
		self.assertEqual(found, set())

	def test_each_invariant_broken_on_purpose_is_found_by_name(self):
		run, next_run = (("Charging Run", run.name) for run in (self.run, self.next_run))
		posted, published = (("Service Charge", str(row.name)) for row in (self.posted, self.published))
		ceiling, complaint = (
			("Budget Ceiling", self.ceiling.name),
			("Service Feedback", self.complaint.name),
		)
		allocation, mediation = (
			("Cost Allocation Run", self.allocation.name),
			("Requirement Mediation", self.mediation.name),
		)
		budget, service = ("Service Budget", self.budget.name), ("IT Service", self.budget.it_service)
		provider, dependent = ("IT Service", self.allocated), self.offering.it_service
		cost = {"allocation_run": self.allocation.name, "kind": "Pool"}
		action = {"parent": self.complaint.name, "parenttype": "Service Feedback"}
		promised = ("Service Offering", self.promised.name)
		table = [
			("claims-charged", run, lambda: change(*posted, "quantity", 9)),
			("claims-charged", next_run, lambda: frappe.db.delete("Service Charge", {"name": published[1]})),
			(
				"claims-charged",
				next_run,
				lambda: frappe.db.delete("Usage Claim", {"charging_run": next_run[1]}),
			),
			(
				"prices-once",
				None,
				lambda: copy_row("Charging Policy", {"name": self.policy}, policy_name=unique("Policy")),
			),
			("showback", posted, lambda: change(*posted, "mode", "Showback")),
			("held", published, lambda: change(*published, "status", "Held")),
			("held", published, self.dispute_without_holding),
			("last-day", published, lambda: change("IT Service", dependent, "last_day", "2026-01-31")),
			("budgets-once", service, lambda: self.publish_again(budget[1])),
			("budgets-once", service, lambda: change(*budget, "live_key", None)),
			("ceilings-once", ceiling, lambda: change(*ceiling, "live_key", None)),
			("ceilings-once", ceiling, lambda: change(*ceiling, "disabled", 1)),
			(
				"cost-passed-on",
				allocation,
				lambda: copy_row("Service Cost", cost, kind="Received", amount=5),
			),
			(
				"capacity",
				promised,
				lambda: change("Service Commitment", self.commitment.name, "units_per_month", 101),
			),
			("capacity", promised, lambda: change(*promised, "practical_capacity", 59)),
			("feedback-closed", complaint, lambda: change(*complaint, "responded_on", None)),
			("feedback-closed", complaint, lambda: change(*complaint, "findings", None)),
			("feedback-closed", complaint, lambda: change("Feedback Action", action, "is_done", 0)),
			("credits-once", complaint, lambda: change(*complaint, "credit_status", "Credited")),
			("credits-once", complaint, lambda: change(*complaint, "credit_correction", "X")),
			("mediations", mediation, lambda: change(*mediation, "decision", None)),
			("mediations", mediation, lambda: change(*mediation, "decided_by", None)),
			(
				"mediations",
				mediation,
				lambda: change("Mediation Party", {"parent": mediation[1]}, "answer", ""),
			),
			("dependencies", provider, lambda: self.depend(dependent, provider[1], share=101)),
			("dependencies", None, lambda: self.depend_in_a_circle(dependent, provider[1])),
		]
		for number, (check, record, break_it) in enumerate(table):
			with self.subTest(number=number, check=check, record=record), undone():
				healthy = find_broken(check)
				break_it()
				found = find_broken(check) - healthy
				if record:
					self.assertEqual(found, {(check, *record)})
				else:
					self.assertEqual(len(found), 1)
		self.assertEqual({row[0] for row in table}, PROVEN_HERE)
		self.assertTrue(PROVEN_HERE <= CHECKS.keys())

	def test_a_promise_beyond_the_capacity_is_healthy_once_it_is_waived(self):
		"""Also when the waiver is over: what is short then is the report's to tell."""
		change("Service Commitment", self.commitment.name, "units_per_month", 101)
		found = ("capacity", "Service Offering", self.promised.name)
		self.assertIn(found, find_broken("capacity"))
		change("Service Commitment", self.commitment.name, "waiver_reason", "More disks come in May")
		yesterday = frappe.utils.add_days(frappe.utils.today(), -1)
		change("Service Commitment", self.commitment.name, "waiver_expires_on", yesterday)
		self.assertNotIn(found, find_broken("capacity"))

	def publish_again(self, budget: str) -> None:
		copy = copy_row("Service Budget", {"name": budget}, live_key=None)
		change("Service Budget", copy, "docstatus", 1)

	def dispute_without_holding(self) -> None:
		frappe.get_doc(
			{
				"doctype": "Charge Dispute",
				"name": unique("CD"),
				"service_charge": str(self.published.name),
				"status": "Open",
			}
		).db_insert()

	def depend(self, service: str, provider: str, **values) -> None:
		frappe.get_doc(
			{
				"doctype": "Service Dependency",
				"name": unique("DEP"),
				"parent": service,
				"parenttype": "IT Service",
				"parentfield": "dependencies",
				"depends_on": provider,
				"is_critical": 1,
				**values,
			}
		).db_insert()

	def depend_in_a_circle(self, one: str, other: str) -> None:
		self.depend(one, other)
		self.depend(other, one)
