import frappe
from frappe.desk.query_report import run

from itil_strategy.business_relationship.report.customer_view.customer_view import execute
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
	unique,
)
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.relationship import make_need, make_topic, mediations_of
from itil_strategy.tests.setup import COMPANY

TODAY = "2026-04-10 12:00:00.250000"
OTHER = "Meadow AG"


def sections(data: list[dict]) -> dict[str, list[dict]]:
	"""Rows by the title of their section."""
	found: dict[str, list[dict]] = {}
	for row in data:
		if row.get("is_section"):
			found[row["label"]] = rows = []
		else:
			rows.append(row)
	return found


def labels(rows: list[dict]) -> list[str]:
	return [row["label"] for row in rows if row["indent"] == 1]


def cards(summary: list[dict]) -> dict:
	return {card["label"]: card["value"] for card in summary}


class TestCustomerView(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.owner = make_user("Service Owner")
		self.mail = make_service(service_name="Mail", service_owner=self.owner)
		self.files = make_service(service_name="Files")
		self.box = make_offering(self.mail, offering_name="Box", practical_capacity=1000)
		self.share = make_offering(self.files, offering_name="Share")
		self.customer = make_customer(unique("Customer")).name

	def execute(self, **filters):
		with self.freeze_time(TODAY):
			return execute({"customer": self.customer, **filters})

	def sections(self, **filters) -> dict[str, list[dict]]:
		return sections(self.execute(**filters)[1])

	def make_commitment(self, offering, units: float, start: str, end: str | None = None, **values):
		with self.freeze_time(TODAY):
			return frappe.get_doc(
				{
					"doctype": "Service Commitment",
					"customer": self.customer,
					"service_offering": offering.name,
					"units_per_month": units,
					"valid_from": start,
					"valid_to": end,
					**values,
				}
			).insert()

	def make_charges(self):
		"""Box: 40 units in February and 20 in March at 2.00; Share: 5 units in March at 10.00, shown only."""
		make_policy(self.box, unit_price=2)
		make_policy(self.share, unit_price=10)
		import_usage(
			[
				(self.box.name, self.customer, "2026-02-05", "Nos", 40),
				(self.box.name, OTHER, "2026-02-05", "Nos", 7),
				(self.box.name, self.customer, "2026-03-05", "Nos", 20),
				(self.share.name, self.customer, "2026-03-05", "Nos", 5),
			]
		)
		published_run("2026-02-01")
		published_run("2026-03-01")
		frappe.db.set_value("Service Charge", {"it_service": self.files.name}, "mode", "Showback")

	def test_promised_against_measured(self):
		"""30 from March and 16 from 16 to 31 January, the window is 2025-04 to 2026-03: 30 + 16 x 16/31."""
		self.make_charges()
		lasting = self.make_commitment(self.box, 30, "2026-03-01", service_level="99.5 % in office hours")
		past = self.make_commitment(self.box, 31, "2026-01-16", "2026-01-31")
		self.make_commitment(self.box, 5, "2024-01-01", "2024-12-31")
		self.make_commitment(self.box, 5, "2026-05-01", status="Draft")
		_columns, data, message, _chart, summary, _skip = self.execute()
		share, box, *commitments = sections(data)["Services (2)"]
		self.assertEqual((box["label"], box["it_service"], box["unit"]), ("Mail: Box", self.mail.name, "Nos"))
		self.assertEqual((box["promised"], box["measured"]), (46.0, 60.0))
		self.assertAlmostEqual(box["attainment"], 130.435, places=3)
		self.assertEqual((share["promised"], share["measured"], share["attainment"]), (0, 5.0, None))
		self.assertEqual(
			[(row["label"], row["status"], row["promised"], row["indent"]) for row in commitments],
			[(past.name, "Ended", 16.0, 2), (lasting.name, "Active", 30.0, 2)],
		)
		self.assertTrue(commitments[1]["details"].endswith("until further notice; 99.5 % in office hours"))
		self.assertEqual(cards(summary)["Active Commitments"], 1)
		self.assertIn("2025-04 to 2026-03", message)

	def test_charges_by_service(self):
		self.make_charges()
		_columns, data, _message, chart, summary, _skip = self.execute()
		self.assertEqual(
			{
				row["label"]: (row["charged"], row["shown"], row["currency"], row["details"])
				for row in sections(data)["Charges (2)"]
			},
			{"Mail": (120.0, 0.0, "EUR", COMPANY), "Files": (0.0, 50.0, "EUR", COMPANY)},
		)
		self.assertEqual((cards(summary)["Charged"], cards(summary)["Shown Only"]), (120.0, 50.0))
		self.assertEqual(chart["data"]["datasets"][0]["values"], [0.0] * 10 + [80.0, 40.0])
		self.assertEqual(chart["data"]["labels"][-1], "2026-03")

	def make_relationship(self):
		topic = make_topic()
		self.need = make_need(self.mail, "Assessed", customer=self.customer, wishes=[(topic, "Must")])
		against = make_need(self.mail, "Assessed", customer=OTHER, wishes=[(topic, "Won't")])
		(self.mediation,) = mediations_of(self.need, against)
		self.waiting = make_need(self.files, "Submitted", customer=self.customer)
		self.declined = make_need(self.files, "Submitted", customer=self.customer)
		self.declined.decline("No")
		make_need(self.mail, customer=self.customer)
		values = {"doctype": "Environment Change", "watch_date": "2026-04-01"}
		for title, more in (
			("They merge", {"kind": "Customer", "customer": self.customer, "likelihood": "High"}),
			(
				"Fax ends",
				{
					"kind": "Technology",
					"impacts": [{"customer_need": self.need.name, "effect_on_cost": "Rises"}],
				},
			),
			("Over", {"kind": "Customer", "customer": self.customer, "status": "Closed"}),
			("Elsewhere", {"kind": "Customer", "customer": OTHER}),
		):
			frappe.get_doc({**values, "change_title": title, **more}).insert()

	def make_review(self, day: str, status: str, **values):
		return frappe.get_doc(
			{
				"doctype": "Relationship Review",
				"customer": self.customer,
				"review_date": day,
				"status": status,
				**values,
			}
		).insert()

	def test_needs_mediations_and_changes(self):
		self.make_relationship()
		_columns, data, _message, _chart, summary, _skip = self.execute()
		found = sections(data)
		needs = {row["reference"]: row for row in found["Needs (3)"]}
		self.assertEqual(list(needs)[-1], self.declined.name)
		row = needs[self.need.name]
		self.assertEqual(
			(row["label"], row["status"], row["score"], row["it_service"], row["details"]),
			(self.need.need_title, "Assessed", 17.0, self.mail.name, f"In mediation: {self.mediation.name}"),
		)
		self.assertEqual((needs[self.waiting.name]["score"], needs[self.waiting.name]["details"]), (None, ""))
		(mediation,) = found["Open Mediations (1)"]
		self.assertEqual(mediation["reference"], self.mediation.name)
		changes = {row["label"]: row for row in found["Environment Changes (2)"]}
		self.assertEqual(set(changes), {"They merge", "Fax ends"})
		self.assertEqual((changes["They merge"]["details"], changes["They merge"]["is_overdue"]), ("High", 1))
		self.assertEqual(changes["Fax ends"]["it_service"], self.mail.name)
		self.assertEqual((cards(summary)["Open Needs"], cards(summary)["In Mediation"]), (2, 1))
		with self.freeze_time("2028-01-10 12:00:00.250000"):
			later = sections(execute({"customer": self.customer})[1])
		self.assertNotIn(self.declined.name, str(later["Needs (2)"]))

	def test_reviews(self):
		self.assertEqual(self.sections()["Reviews (0)"], [])
		self.make_review("2026-01-10", "Held", satisfaction="4", cadence="Quarterly")
		last, following = self.sections()["Reviews (2)"]
		self.assertEqual((last["label"], str(last["date"])), ("Last Review", "2026-01-10"))
		self.assertEqual(last["details"], "Satisfaction 4 of 5")
		# By the cadence, today: not overdue yet.
		self.assertEqual((str(following["date"]), following["is_overdue"]), ("2026-04-10", 0))
		self.assertEqual(following["details"], "Not planned yet")
		planned = self.make_review("2026-04-09", "Planned")
		_last, following = self.sections()["Reviews (2)"]
		self.assertEqual((following["reference"], following["details"]), (planned.name, "Overdue"))

	def test_a_customer_is_needed(self):
		for customer in (None, "", "Nobody at all"):
			with self.assertRaisesRegex(ServiceStrategyError, "Choose a customer"):
				execute({"customer": customer})

	def test_an_empty_page(self):
		_columns, data, _message, chart, summary, _skip = self.execute()
		self.assertTrue(all(row.get("is_section") for row in data))
		self.assertEqual([row["label"][-3:] for row in data], ["(0)"] * 9)
		self.assertIsNone(chart)
		self.assertEqual(
			cards(summary),
			dict.fromkeys(
				(
					"Active Commitments",
					"Open Issues",
					"Breached Issues",
					"Open Needs",
					"In Mediation",
					"Open Complaints",
					"Breached Complaints",
					"Compliments",
				),
				0,
			),
		)

	def test_who_sees_what_through_the_desk(self):
		self.make_charges()
		self.make_relationship()
		self.make_commitment(self.box, 30, "2026-04-01")
		self.make_review("2026-01-10", "Held")
		for role in (
			"Business Relationship Manager",
			"Service Portfolio Manager",
			"IT Financial Manager",
			"Service Owner",
			"System Manager",
		):
			is_owner = role == "Service Owner"
			frappe.set_user(self.owner if is_owner else make_user(role))
			with self.freeze_time(TODAY):
				answer = run("Customer View", filters={"customer": self.customer})
			shown = str(answer["result"])
			with self.subTest(role):
				for text in (self.need.name, "Mail: Box", self.mediation.name, "Fax ends"):
					self.assertIn(text, shown)
				for text in (self.waiting.name, "Files", "They merge", "Last Review"):
					self.assertEqual(text in shown, not is_owner, text)
				self.assertEqual(cards(answer["report_summary"])["Shown Only"], 0.0 if is_owner else 50.0)
			frappe.set_user("Administrator")
		frappe.set_user(make_user("Customer"))
		with self.assertRaises(frappe.PermissionError):
			run("Customer View", filters={"customer": self.customer})

	def test_hidden_services_are_folded_and_counted(self):
		self.make_charges()
		for _number in range(3):
			make_need(self.files, "Submitted", customer=self.customer)
		make_need(self.mail, "Submitted", customer=self.customer)
		total = cards(self.execute()[4])
		user = make_user("Business Relationship Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.mail.name}
		).insert()
		frappe.set_user(user)
		_columns, data, _message, _chart, summary, _skip = self.execute()
		found = sections(data)
		self.assertEqual(labels(found["Services (2)"]), ["Mail: Box", "Not shown (1 records)"])
		self.assertEqual(labels(found["Needs (4)"])[-1], "Not shown (3 records)")
		self.assertNotIn("charged", found["Charges (2)"][-1])
		self.assertEqual(cards(summary), total)

	def test_customers_and_companies_of_others(self):
		self.make_charges()
		user = make_user("Business Relationship Manager")
		permission = {"doctype": "User Permission", "user": user}
		frappe.get_doc({**permission, "allow": "Company", "for_value": "Test Cloud Services"}).insert()
		frappe.set_user(user)
		self.assertEqual(self.sections()["Charges (0)"], [])
		frappe.set_user("Administrator")
		frappe.get_doc({**permission, "allow": "Customer", "for_value": OTHER}).insert()
		frappe.set_user(user)
		with self.assertRaisesRegex(frappe.PermissionError, "Choose a customer of yours"):
			self.execute()

	def test_query_count_does_not_grow(self):
		self.make_charges()
		self.make_relationship()
		self.make_review("2026-01-10", "Held")
		self.make_commitment(self.box, 30, "2026-03-01")
		# Usage that no run claims yet takes a query of its own.
		import_usage([(self.box.name, self.customer, "2026-03-06", "Nos", 3)])
		few = count_queries(self.execute)
		for _number in range(6):
			service = make_service()
			offering = make_offering(service)
			self.make_commitment(offering, 3, "2026-03-01")
			import_usage([(offering.name, self.customer, "2026-03-05", "Nos", 3)])
			make_need(service, "Assessed", customer=self.customer)
		self.assertEqual(count_queries(self.execute), few)
		self.assertLessEqual(few, 20)
