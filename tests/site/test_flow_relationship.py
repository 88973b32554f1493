"""From what a customer wants to the customer's word that it was delivered (BR-1 to BR-4, BR-8)."""

import frappe

from itil_strategy.business_relationship.doctype.requirement_mediation.requirement_mediation import (
	record_answer,
)
from itil_strategy.business_relationship.report.need_prioritisation.need_prioritisation import execute
from itil_strategy.exceptions import MediationError, MediationPartyError, OpenMediationError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user
from itil_strategy.tests.relationship import (
	SCORE,
	backdate,
	make_portal_user,
	make_topic,
	mediations_of,
)

FIRST, SECOND = "Harbour GmbH", "Meadow AG"


class TestRelationshipFlow(SiteTestCase):
	def raise_need(self, customer: str, user: str, moscow: str):
		"""As the customer does it in the portal: a draft, then the submission."""
		frappe.set_user(user)
		need = frappe.get_doc(
			{
				"doctype": "Customer Need",
				"need_title": f"Offline access for {customer}",
				"customer": customer,
				"it_service": self.service.name,
				"wanted_outcome": "Work goes on when the line is down",
				"requirements": [{"topic": self.topic, "statement": "Offline", "moscow": moscow}],
			}
		).insert()
		need.submit_need()
		self.assertEqual((need.status, need.raised_by), ("Submitted", user))
		return need

	def test_from_need_to_confirmation(self):
		manager = make_user("Business Relationship Manager")
		decider = make_user("Service Portfolio Manager")
		users = {customer: make_portal_user(customer) for customer in (FIRST, SECOND)}
		self.service, self.topic = make_service(), make_topic()
		make_offering(self.service)

		first = self.raise_need(FIRST, users[FIRST], "Must")
		frappe.set_user(manager)
		first.assess(**SCORE)
		self.assertEqual((first.status, first.wsjf_score), ("Assessed", 17))
		second = self.raise_need(SECOND, users[SECOND], "Won't")
		frappe.set_user(manager)
		second.assess(value=60, time_criticality=40, risk_reduction=20, size=5)
		self.assertEqual(self.ranks(), {second.name: 1, first.name: 2})

		# The second need brought the conflict; nobody had to see it.
		(mediation,) = mediations_of(first, second)
		self.assertEqual(
			(mediation.status, mediation.kind, mediation.topic), ("Open", "Function", self.topic)
		)
		for need in (first, second):
			with self.assertRaisesRegex(OpenMediationError, mediation.name):
				need.accept()

		with self.assertRaisesRegex(MediationError, "Decision"):
			mediation.close_mediation()
		mediation.reload()
		mediation.append("options", {"option_title": "Per customer", "option_description": "A switch"})
		for row, interests in zip(mediation.parties, ("No downtime", "No data on laptops"), strict=True):
			row.interests = interests
			mediation.append("scores", {"option_title": "Per customer", "customer": row.customer, "score": 7})
		mediation.update(
			{"decision": "A switch per customer", "chosen_option": "Per customer", "decided_by": manager}
		)
		mediation.save()
		frappe.set_user(users[FIRST])
		record_answer(mediation.name, first.name, "Accepted")
		frappe.set_user(manager)
		with self.assertRaisesRegex(MediationError, SECOND):
			mediation.close_mediation()
		record_answer(mediation.name, second.name, "Rejected")
		frappe.db.set_value("Customer", FIRST, "account_manager", manager)
		with self.assertRaisesRegex(MediationPartyError, f"account manager of {FIRST} alone"):
			mediation.close_mediation()
		mediation.reload()
		mediation.decided_by = decider
		mediation.save()
		mediation.close_mediation()
		self.assertEqual((mediation.status, mediation.decided_by), ("Closed", decider))

		for need in (first, second):
			need.accept()
			need.start_delivery()
		first.deliver()
		frappe.set_user(users[SECOND])
		with self.assertRaises(frappe.PermissionError):
			first.confirm()
		frappe.set_user(users[FIRST])
		first.reject_delivery("The switch is missing on tablets")
		self.assertEqual((first.status, first.rejected_count), ("In Delivery", 1))
		frappe.set_user(manager)
		backdate(first, submitted_on=12)
		first.deliver()
		frappe.set_user(users[FIRST])
		first.confirm()
		self.assertEqual((first.status, first.days_to_confirmation), ("Confirmed", 12.0))
		frappe.set_user(manager)
		row = next(row for row in self.report(status="Confirmed") if row.get("customer_need") == first.name)
		self.assertEqual(row["days_to_confirmation"], 12.0)
		self.assertEqual(self.ranks(), {second.name: 1})

	def report(self, **filters) -> list[dict]:
		return execute({"it_service": self.service.name, **filters})[1]

	def ranks(self) -> dict[str, int]:
		"""Their order among each other; other tests' sites may hold more needs."""
		rows = [row for row in self.report() if row.get("rank")]
		return {row["customer_need"]: position for position, row in enumerate(rows, start=1)}
