import frappe
from frappe.desk.query_report import run as run_report

from itil_strategy.business_relationship.report.need_prioritisation.need_prioritisation import execute
from itil_strategy.business_relationship.surveys.answers import submit
from itil_strategy.business_relationship.surveys.links import make_token
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_customer, make_service, make_user, unique
from itil_strategy.tests.relationship import backdate, make_contact, make_need, make_topic, mediations_of
from itil_strategy.tests.surveys import make_invitation, make_survey

SMALL = {"value": 60, "time_criticality": 40, "risk_reduction": 20, "size": 5}


def by_need(data: list[dict]) -> dict:
	return {row["customer_need"]: row for row in data if row.get("customer_need")}


def by_service(data: list[dict]) -> dict:
	return {row["it_service"]: row for row in data if row.get("it_service")}


class TestNeedPrioritisation(SiteTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_value("Strategic Objective", {"is_active": 1}, "is_active", 0)
		self.objectives = [
			frappe.get_doc(
				{"doctype": "Strategic Objective", "objective_name": unique("Objective"), "weight": weight}
			)
			.insert()
			.name
			for weight in (60, 30, 10)
		]
		self.mail = make_service(
			service_name="Mail", outcomes=[{"strategic_objective": self.objectives[0], "contribution": 20}]
		)
		self.files = make_service(
			service_name="Files",
			outcomes=[
				{"strategic_objective": self.objectives[1], "contribution": 5},
				{"strategic_objective": self.objectives[2], "contribution": 0},
			],
		)
		self.first, self.second = (make_customer(unique("Customer")).name for _number in range(2))

	def needs(self, **filters) -> dict:
		return by_need(execute(filters)[1])

	def test_cells_by_hand(self):
		topic, other = make_topic(), make_topic()
		large = make_need(self.mail, "Assessed", customer=self.first)
		small = make_need(
			self.mail,
			"Assessed",
			score=SMALL,
			customer=self.second,
			requirements=[
				{"topic": topic, "statement": "x", "stakeholder": "Sales", "moscow": "Must"},
				{"topic": topic, "statement": "x", "stakeholder": "Finance", "moscow": "Won't"},
				{"topic": other, "statement": "x", "moscow": "Could"},
			],
		)
		backdate(large, submitted_on=10)
		waiting = make_need(self.files, "Submitted", customer=self.first)
		rows = self.needs()
		self.assertEqual((rows[large.name]["wsjf"], rows[small.name]["wsjf"]), (17.0, 24.0))
		self.assertLess(rows[small.name]["rank"], rows[large.name]["rank"])
		row = rows[small.name]
		self.assertEqual(
			(row["value"], row["time_criticality"], row["risk_reduction"], row["size"]), (60, 40, 20, 5)
		)
		self.assertEqual(row["moscow"], f"{topic} (Sales): Must, {topic} (Finance): Won't, {other}: Could")
		self.assertEqual((row["disagreement"], rows[large.name]["disagreement"]), (topic, ""))
		# First asks for Mail and Files: 60 + 30; second for Mail alone. A contribution of 0 serves nothing.
		self.assertEqual((rows[large.name]["customer_weight"], row["customer_weight"]), (90.0, 60.0))
		self.assertEqual((rows[large.name]["age"], row["age"]), (10, 0))
		self.assertEqual((rows[waiting.name]["rank"], rows[waiting.name]["wsjf"]), (None, None))
		order = list(rows)
		self.assertLess(order.index(large.name), order.index(waiting.name))

	def test_what_surveys_say_stands_beside_the_priorities(self):
		"""Two of three would miss it and take it for granted when they have it: Must-be, which suggests a Must."""
		offline, dark = make_topic(), make_topic()
		questions = [
			{"question": topic, "kind": "Kano", "is_required": 0, "topic": topic} for topic in (offline, dark)
		]
		survey = make_survey(
			customers=[self.first], questions=[*questions, {"question": "x", "kind": "Kano"}]
		)
		wishes = [(offline, "Could"), (dark, "Must")]
		need = make_need(self.mail, "Assessed", customer=self.first, wishes=wishes)
		rank = self.needs()[need.name]["rank"]
		self.assertEqual(self.needs()[need.name]["kano"], "")
		rows = [row.name for row in survey.questions]
		for with_it, without in (("Must be", "Dislike"), ("Neutral", "Dislike"), ("Like", "Neutral")):
			invitation = make_invitation(survey, self.first)
			pair = {"choice": with_it, "second": without}
			submit(invitation.name, make_token(invitation.name), {rows[0]: pair, rows[2]: pair})
		row = self.needs()[need.name]
		self.assertEqual(row["kano"], f"{offline}: Must-be, 3 answers (Must)")
		self.assertEqual((row["rank"], row["moscow"]), (rank, f"{offline}: Could, {dark}: Must"))

	def test_ranks_do_not_depend_on_filters_or_on_the_viewer(self):
		make_need(self.mail, "Assessed", score=SMALL, customer=self.second)
		need = make_need(self.mail, "Assessed", customer=self.first)
		rank = self.needs()[need.name]["rank"]
		self.assertGreater(rank, 1)
		self.assertEqual(self.needs(customer=self.first)[need.name]["rank"], rank)
		owner = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.mail.name, "service_owner", owner)
		frappe.set_user(owner)
		self.assertEqual(self.needs()[need.name]["rank"], rank)

	def test_ties_by_age(self):
		young = make_need(self.mail, "Assessed", customer=self.first)
		old = make_need(self.mail, "Assessed", customer=self.first)
		backdate(old, submitted_on=3)
		rows = self.needs()
		self.assertLess(rows[old.name]["rank"], rows[young.name]["rank"])

	def test_filters(self):
		topic = make_topic()
		one = make_need(self.mail, "Assessed", customer=self.first, wishes=[(topic, "Must")])
		two = make_need(self.mail, "Submitted", customer=self.second, wishes=[(topic, "Won't")])
		draft = make_need(self.files, customer=self.first)
		declined = make_need(self.files, "Submitted", customer=self.first)
		declined.decline("No")
		(mediation,) = mediations_of(one, two)
		self.assertLessEqual({one.name, two.name}, set(self.needs()))
		self.assertFalse({draft.name, declined.name} & set(self.needs()))
		self.assertNotIn(draft.name, self.needs(status="All"))
		self.assertIn(declined.name, self.needs(status="All"))
		self.assertEqual(set(self.needs(status="Declined", customer=self.first)), {declined.name})
		self.assertEqual(set(self.needs(customer=self.first)), {one.name})
		self.assertEqual(set(self.needs(it_service=self.mail.name)), {one.name, two.name})
		in_mediation = self.needs(in_mediation=1, customer=self.second)
		self.assertEqual([row["mediation"] for row in in_mediation.values()], [mediation.name])
		for filters in ({"rank_by": "Customers"}, {"status": "Draft"}):
			with self.assertRaisesRegex(ServiceStrategyError, "Choose one of"):
				execute(filters)

	def test_services_are_ranked_by_what_is_asked_of_them(self):
		topic = make_topic()
		make_need(self.mail, "Assessed", customer=self.first, wishes=[(topic, "Must")])
		make_need(self.mail, "Assessed", score=SMALL, customer=self.second, wishes=[(make_topic(), "Must")])
		make_need(self.files, "Assessed", score=SMALL, customer=self.second)
		make_need(self.files, "Submitted", customer=self.first, wishes=[(topic, "Should")])
		done = make_need(self.files, "Delivered", customer=self.first)
		done.confirm(contact=make_contact(self.first))
		_columns, data, message, chart, _summary, _skip = execute({"rank_by": "Services"})
		rows = by_service(data)
		mail, files = rows[self.mail.name], rows[self.files.name]
		self.assertEqual(
			(mail["wsjf"], mail["needs"], mail["customers"], mail["unmet_musts"]), (41.0, 2, 2, 2)
		)
		self.assertEqual(
			(files["wsjf"], files["needs"], files["customers"], files["unmet_musts"]), (24.0, 2, 2, 0)
		)
		self.assertLess(mail["rank"], files["rank"])
		self.assertIn("sum of the scores", message)
		self.assertIn(self.mail.name, chart["data"]["labels"])

	def test_summary_and_chart(self):
		contact = make_contact(self.first)
		need = make_need(self.mail, "Delivered", customer=self.first)
		backdate(need, submitted_on=7)
		need.reload()
		need.confirm(contact=contact)
		make_need(self.mail, "Submitted", customer=self.first)
		small = make_need(self.mail, "Assessed", score=SMALL, customer=self.first)
		_columns, _data, message, chart, summary, _skip = execute({"customer": self.first})
		cards = {card["label"]: card["value"] for card in summary}
		self.assertEqual(
			cards,
			{
				"Open Needs": 2,
				"Not Assessed Yet": 1,
				"Assessed, Not Accepted": 1,
				"In Mediation": 0,
				"Days from Need to Confirmation": 7.0,
			},
		)
		self.assertEqual(chart["data"]["labels"], [small.name])
		self.assertIn("not part of it", message)
		confirmed = self.needs(status="Confirmed", customer=self.first)[need.name]
		self.assertEqual(
			(confirmed["days_to_confirmation"], confirmed["age"], confirmed["rank"]), (7.0, 7, None)
		)

	def test_rows_outside_the_scope_are_folded_and_counted(self):
		for customer in (self.first, self.second, self.second, self.second):
			make_need(self.mail, "Assessed", customer=customer)
		total = execute({"it_service": self.mail.name})[1][-1]
		user = make_user("Business Relationship Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": self.first}
		).insert()
		frappe.set_user(user)
		data = execute({"it_service": self.mail.name})[1]
		self.assertEqual([row["customer"] for row in data if row.get("customer_need")], [self.first])
		self.assertEqual(data[-2]["need_title"], "Not shown (3 records)")
		self.assertEqual(data[-2]["size"], 30)
		self.assertEqual((data[-1]["size"], total["size"]), (40, 40))

	def test_every_role_runs_it_through_the_desk_and_customers_do_not(self):
		owner = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.mail.name, "service_owner", owner)
		seen, other = make_need(self.mail, "Assessed"), make_need(self.files, "Assessed")
		for role in (
			"Business Relationship Manager",
			"Service Portfolio Manager",
			"IT Financial Manager",
			"Service Owner",
			"System Manager",
		):
			frappe.set_user(owner if role == "Service Owner" else make_user(role))
			names = {
				row.get("customer_need") for row in run_report("Need Prioritisation", filters={})["result"]
			}
			with self.subTest(role):
				self.assertIn(seen.name, names)
				self.assertEqual(other.name in names, role != "Service Owner")
			frappe.set_user("Administrator")
		frappe.set_user(make_user("Customer"))
		with self.assertRaises(frappe.PermissionError):
			run_report("Need Prioritisation", filters={})

	def test_query_count_does_not_grow_with_rows(self):
		for mode in ("Needs", "Services"):
			with self.assertQueryCount(11):
				execute({"rank_by": mode})
		for _number in range(8):
			make_need(make_service(), "Assessed", customer=self.first, wishes=[(make_topic(), "Must")])
		for mode in ("Needs", "Services"):
			with self.assertQueryCount(11):
				execute({"rank_by": mode})
