import frappe
from frappe.desk.query_report import run

from itil_strategy.business_relationship.report.satisfaction.satisfaction import execute
from itil_strategy.exceptions import DateOrderError, ServiceStrategyError
from itil_strategy.service_portfolio.retirement.analysis import analyse_services
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.setup import COMPANY
from itil_strategy.tests.surveys import (
	QUESTIONS,
	answer,
	make_customer,
	make_invitation,
	make_survey,
	respond,
)

FILTERS = {"from_date": "2026-01-01", "to_date": "2026-06-30", "period": "Quarter"}
COUNTS = ("delivered", "answered", "promoters", "passives", "detractors")


class TestSatisfaction(SiteTestCase):
	def setUp(self):
		super().setUp()
		for doctype in ("Survey Answer", "Survey Response", "Survey Invitation"):
			frappe.db.delete(doctype)
		self.mail, self.files = (
			make_service(service_name="Mail").name,
			make_service(service_name="Files").name,
		)
		self.north, self.south = make_customer(), make_customer()
		self.survey = make_survey(customers=[self.north])
		# (service, customer, day sent, recommendation, mark 1 to 5); score = 40 % x 10 n + 60 % x 25 (m - 1)
		for service, customer, day, nps, mark in (
			(self.mail, self.north, "2026-01-15", 10, 5),  # 100
			(self.mail, self.north, "2026-02-15", 9, 4),  # 81
			(self.mail, self.south, "2026-02-20", 7, 3),  # 58
			(self.mail, self.south, "2026-04-20", 6, 3),  # 54
			(self.files, self.north, "2026-03-05", 2, 1),  # 8
			(self.files, self.south, "2026-03-31", 10, 5),  # 100
			(None, self.south, "2026-05-05", 8, 4),  # 77
		):
			respond(self.survey, nps, mark, customer, service, sent_on=day)
		make_invitation(self.survey, self.north, self.mail, sent_on="2026-02-01", status="Expired")
		make_invitation(self.survey, self.south, self.files, sent_on="2026-06-01", is_undelivered=1)
		# Outside the range.
		respond(self.survey, 0, 1, self.north, self.mail, sent_on="2025-12-31")
		respond(self.survey, 0, 1, self.north, self.mail, sent_on="2026-07-01")

	def rows(self, **filters) -> list[dict]:
		return execute({**FILTERS, **filters})[1]

	def figures(self, row: dict) -> tuple:
		return (
			*(
				None if row[name] is None else round(row[name], 2)
				for name in ("nps", "csat", "response_rate")
			),
			row["answered"],
			row["delivered"],
		)

	def test_every_row_by_hand(self):
		rows = {
			(row["period"], row.get("service_name")): self.figures(row)
			for row in self.rows(group_by="Service")
		}
		self.assertEqual(
			rows,
			{
				# 2 promoters, 1 passive of 3; (100 + 81 + 58) / 3; 3 of 4
				("2026-Q1", "Mail"): (66.67, 79.67, 75.0, 3, 4),
				# 1 promoter, 1 detractor; (8 + 100) / 2
				("2026-Q1", "Files"): (0.0, 54.0, 100.0, 2, 2),
				("2026-Q2", "Mail"): (-100.0, 54.0, 100.0, 1, 1),
				# The refused mail is neither delivered nor answered.
				("2026-Q2", "Files"): (None, None, None, 0, 0),
				("2026-Q2", "Without service"): (0.0, 77.0, 100.0, 1, 1),
				# 3 - 2 of 7; 478 / 7; 7 of 8
				("Total", None): (14.29, 68.29, 87.5, 7, 8),
			},
		)

	def test_groups_and_periods_add_up_to_the_same_total(self):
		totals = set()
		for group_by in ("Service", "Customer", "Service and Customer", "Period Only"):
			for period in ("Month", "Quarter", "Half-Year", "Year", "Whole Range"):
				*rows, total = self.rows(group_by=group_by, period=period)
				for name in COUNTS:
					self.assertEqual(sum(row[name] for row in rows), total[name], (group_by, period, name))
				totals.add(self.figures(total))
		self.assertEqual(len(totals), 1)
		(row, _total) = self.rows(group_by="Period Only", period="Whole Range")
		self.assertEqual(row["period"], "2026-01 – 2026-06")

	def test_filters(self):
		other = make_survey(customers=[self.north])
		respond(other, 10, 5, self.north, self.mail, sent_on="2026-01-20")
		total = {
			name: self.rows(**{name: value})[-1]["answered"]
			for name, value in (("survey", other.name), ("it_service", self.files), ("customer", self.north))
		}
		self.assertEqual(total, {"survey": 1, "it_service": 2, "customer": 4})
		self.assertEqual(self.rows(from_date="2026-02-01", to_date="2026-02-28")[-1]["answered"], 2)
		self.assertEqual(execute({**FILTERS, "from_date": "2020-01-01", "to_date": "2020-02-01"})[1], [])

	def test_bad_filters(self):
		with self.assertRaisesRegex(DateOrderError, "before From Month"):
			execute({**FILTERS, "to_date": "2025-01-01"})
		for name, value in (("period", "Week"), ("group_by", "Colour")):
			with self.assertRaisesRegex(ServiceStrategyError, "Choose one of"):
				execute({**FILTERS, name: value})

	def test_chart_and_summary(self):
		_columns, _data, _message, chart, summary, _skip = execute({**FILTERS, "group_by": "Customer"})
		self.assertEqual(chart["data"]["labels"], ["2026-Q1", "2026-Q2"])
		self.assertEqual(
			[[round(value, 2) for value in line["values"]] for line in chart["data"]["datasets"]],
			[[40.0, -50.0], [69.4, 65.5], [83.33, 100.0]],
		)
		figures = [str(card["value"]).replace(",", ".") for card in summary]
		self.assertEqual(figures, ["14.3", "68.3", "87.5", "7"])
		empty = execute({**FILTERS, "from_date": "2020-01-01", "to_date": "2020-02-01"})
		self.assertIsNone(empty[3])
		self.assertEqual([card["value"] for card in empty[4]], ["–", "–", "–", 0])

	def test_a_score_without_the_question_of_recommendation(self):
		survey = make_survey(customers=[self.north], questions=[{**QUESTIONS[1], "weight": 100}])
		invitation = make_invitation(survey, self.north, self.mail, sent_on="2026-06-05")
		invitation.db_set("expires_on", frappe.utils.today())
		answer(invitation, "5")
		row = next(row for row in self.rows(survey=survey.name) if row.get("service_name") == "Mail")
		self.assertEqual((row["nps"], row["csat"], row["answered"]), (None, 100.0, 1))

	def test_hidden_answers_are_folded_and_the_total_stays(self):
		user = make_user("Business Relationship Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": self.north}
		).insert()
		frappe.set_user(user)
		*rows, folded, total = run("Satisfaction", {**FILTERS, "group_by": "Service"})["result"]
		self.assertEqual(sum(row["answered"] for row in rows), 3)
		self.assertEqual((folded["period"], folded["answered"]), ("Not shown (4 answers)", 4))
		self.assertEqual(self.figures(total), (14.29, 68.29, 87.5, 7, 8))
		# Two answers would tell what each of them was.
		folded = self.rows(group_by="Service", from_date="2026-04-01")[-2]
		self.assertEqual((folded["period"], folded.get("nps")), ("Not shown (2 answers)", None))

	def test_a_service_owner_sees_the_own_services(self):
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files, "service_owner", user)
		frappe.set_user(user)
		result = run("Satisfaction", {**FILTERS, "group_by": "Service"})
		self.assertEqual({row.get("it_service") for row in result["result"]}, {self.files, None})
		self.assertEqual(result["result"][-1]["answered"], 2)
		self.assertIn("services that you own", result["message"])

	def test_finance_does_not_see_it(self):
		frappe.set_user(make_user("IT Financial Manager"))
		with self.assertRaises(frappe.PermissionError):
			run("Satisfaction", FILTERS)

	def test_query_count_does_not_grow(self):
		self.rows()
		with self.assertQueryCount(4):
			self.rows(group_by="Service and Customer")
		for _number in range(5):
			respond(self.survey, 9, 4, make_customer(), make_service().name, sent_on="2026-03-03")
		with self.assertQueryCount(4):
			self.rows(group_by="Service and Customer")

	def test_it_feeds_the_retirement_analysis(self):
		"""Mean of the scored answers asked for in the window; no figure without answers."""

		def satisfaction(service: str, last_month: str):
			(analysis,) = analyse_services(COMPANY, last_month, 3, [service])
			return analysis.indicator("satisfaction").value

		self.assertEqual(round(float(satisfaction(self.mail, "2026-03-31")), 2), 79.67)
		self.assertEqual(satisfaction(self.files, "2026-03-31"), 54)
		self.assertIsNone(satisfaction(self.files, "2026-06-30"))
