import frappe
from frappe.utils import today

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.doctype.budget_transfer.test_budget_transfer import make_transfer
from itil_strategy.it_finance.report.cost_recovery.cost_recovery import execute
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.budgets import OFFICE, TRAVEL, make_budget
from itil_strategy.tests.charging import charge_of, make_correction, make_dispute, post, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
)
from itil_strategy.tests.setup import COMPANY

QUARTER = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-03-31"}


class TestCostRecovery(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.owner = make_user("Service Owner")
		self.mail = make_service(service_name="Mail", service_owner=self.owner)
		self.offering = make_offering(self.mail)
		make_policy(self.offering, unit_price=10)
		for day, amount in (("2026-01-15", 400), ("2026-02-15", 300), ("2026-03-15", 300)):
			book_expense(self.mail.name, amount, day)
		for month, quantity in (("01", 30), ("02", 30), ("03", 30)):
			use(self.offering, "Sales Unit", quantity, f"2026-{month}-10")

	def row(self, service=None, **filters) -> dict:
		name = (service or self.mail).name
		return next(row for row in execute({**QUARTER, **filters})[1] if row.get("it_service") == name)

	def charge(self):
		run = published_run(period_end="2026-03-31")
		post(run)
		return run

	def test_cost_price_and_charge_by_hand(self):
		self.charge()
		row = self.row()
		# 1,000 cost, 90 units at 10
		self.assertEqual((row["cost"], row["price"], row["charged"], row["shown"]), (1000, 900, 900, 0))
		self.assertEqual((row["recovery"], row["percent"], row["units"]), (-100, 90, 90))
		self.assertEqual((row["unit_cost"], row["unit_price"]), (11.111111, 10))
		# (1,000 + 100) / 90
		self.assertEqual(
			(row["planned_cost"], row["forecast_units"], row["next_rate"]), (1000, 90, 12.222222)
		)

	def test_cost_is_full_cost_where_a_submitted_run_covers_the_month(self):
		# February: 300 of its own and the rent of 120 that nobody else is to bear
		book(120, day="2026-02-20")
		make_pool(receivers_are="Only Listed", receivers=receivers(self.mail.name))
		run = submitted_allocation("2026-02-01")
		self.charge()
		self.assertEqual((self.row()["cost"], self.row()["recovery"]), (1120, -220))
		run.cancel()
		self.assertEqual(self.row()["cost"], 1000)

	def test_cost_may_change_and_nothing_be_carried_over(self):
		self.charge()
		# (1,000 + 8 % + 100) / 90 = 1,180 / 90; 1,080 / 90 without what was not recovered
		self.assertEqual(self.row(cost_change=8)["next_rate"], 13.111111)
		self.assertEqual(self.row(cost_change=8, without_carry=1)["next_rate"], 12)

	def test_the_budget_of_the_months_to_come_is_the_plan(self):
		"""Budget 1,400 for April to June: (1,400 + 100 not recovered) / 90; with rent of 90, (1,400 + 90 + 190) / 90."""
		self.charge()
		make_budget(
			self.mail,
			{
				(OFFICE, "2026-03-01"): 5000,
				(OFFICE, "2026-04-01"): 700,
				(TRAVEL, "2026-05-01"): 300,
				(OFFICE, "2026-06-01"): 400,
				(OFFICE, "2026-07-01"): 5000,
			},
		)
		row = self.row()
		self.assertEqual((row["planned_cost"], row["planned_from"]), (1400, "Service Budget"))
		self.assertEqual(row["next_rate"], 16.666667)
		self.assertIn("Service Budget of those months", execute(QUARTER)[2])
		book(90, day="2026-02-20")
		make_pool(receivers_are="Only Listed", receivers=receivers(self.mail.name))
		submitted_allocation("2026-02-01")
		row = self.row()
		self.assertEqual((row["planned_cost"], row["next_rate"]), (1490, 18.666667))
		row = self.row(without_budget=1)
		# 1,090 + 190 not recovered
		self.assertEqual((row["planned_cost"], row["next_rate"]), (1090, 14.222222))
		self.assertEqual(row["planned_from"], "Cost of the Months Shown")

	def test_a_transfer_changes_the_plan_and_a_part_of_a_plan_is_none(self):
		self.charge()
		other = make_service()
		make_budget(other, {(OFFICE, "2026-04-01"): 500})
		budget = make_budget(self.mail, {(OFFICE, "2026-01-01"): 1000, (OFFICE, "2026-04-01"): 700})
		transfer = make_transfer(other, self.mail, 120)
		self.assertEqual(self.row()["planned_cost"], 820)
		transfer.cancel()
		budget.reload()
		self.assertEqual(self.row()["planned_cost"], 700)
		# November to January: nobody has planned January of 2027, so the three months shown are the plan.
		book_expense(self.mail.name, 60, "2026-09-01")
		row = self.row(from_date="2026-08-01", to_date="2026-10-31")
		self.assertEqual((row["planned_cost"], row["planned_from"]), (60, "Cost of the Months Shown"))
		budget.cancel()
		self.assertEqual(self.row()["planned_from"], "Cost of the Months Shown")

	def test_corrections_and_disputes_stand_beside_the_price(self):
		run = published_run(period_end="2026-01-31")
		run.db_set("dispute_until", today())
		make_dispute(charge_of(run, "Sales Unit")).decide("Upheld in Part", "Ten too many", 100)
		run_2 = published_run("2026-02-01", period_end="2026-02-28")
		post(run_2)
		make_correction(charge_of(run_2, "Sales Unit"), -50)
		run_3 = published_run("2026-03-01")
		post(run_3)
		row = self.row()
		self.assertEqual((row["price"], row["corrections"], row["charged"]), (900, -150, 750))
		self.assertEqual(row["price"] + row["corrections"], row["charged"] + row["shown"])
		self.assertEqual(row["recovery"], -250)

	def test_what_is_only_shown_recovers_nothing(self):
		published_run(period_end="2026-03-31", mode="Showback")
		row = self.row()
		self.assertEqual((row["price"], row["charged"], row["shown"], row["recovery"]), (900, 0, 900, -1000))

	def test_no_rate_without_units_or_over_several_units(self):
		idle = make_service(service_name="Idle")
		book_expense(idle.name, 50, "2026-02-01")
		row = self.row(idle)
		self.assertEqual((row["cost"], row["units"], row["next_rate"]), (50, None, None))
		other = make_offering(self.mail, uom="Gigabyte")
		make_policy(other, unit_price=1)
		import_usage([(other.name, "Sales Unit", "2026-01-10", "Gigabyte", 5)])
		row = self.row()
		self.assertEqual((row["units"], row["next_rate"], row["cost"]), (None, None, 1000))

	def test_value_balance_by_hand(self):
		"""Mail 1,000 : 900 with 30 % of an objective of 50 is 15 points; chat 100 : 600 with 10 % of it, 5 points."""
		frappe.db.delete("Service Outcome", {"parenttype": "IT Service"})
		frappe.db.delete("Strategic Objective")
		objective = frappe.get_doc(
			{"doctype": "Strategic Objective", "objective_name": "Grow", "weight": 50, "is_active": 1}
		).insert()
		chat = make_service(service_name="Chat")
		for service, percent in ((self.mail, 30), (chat, 10)):
			service.reload()
			service.append(
				"outcomes",
				{
					"strategic_objective": objective.name,
					"outcome": "More customers",
					"contribution": percent,
				},
			)
			service.save()
		offering = make_offering(chat)
		make_policy(offering, unit_price=20)
		book_expense(chat.name, 100, "2026-01-15")
		use(offering, "Sales Unit", 30, "2026-01-10")
		self.charge()
		mail, other = self.row(), self.row(chat)
		self.assertEqual((mail["value_score"], mail["balance"]), (15, "Price Below Cost"))
		self.assertEqual((other["value_score"], other["balance"]), (5, "Value Below Price"))
		chart = execute({**QUARTER, "value_balance": 1})[3]
		# 1,000 : 100, 900 : 600, 15 : 5
		self.assertEqual(
			[item["values"] for item in chart["data"]["datasets"]], [[90.91, 9.09], [60, 40], [75, 25]]
		)

	def test_other_months_do_not_count(self):
		self.charge()
		book_expense(self.mail.name, 999, "2026-04-01")
		self.assertEqual(self.row()["cost"], 1000)
		row = self.row(from_date="2026-02-01", to_date="2026-02-28")
		self.assertEqual((row["cost"], row["charged"], row["next_rate"]), (300, 300, 10))

	def test_a_service_owner_sees_the_own_services_only(self):
		self.charge()
		other = make_service()
		book_expense(other.name, 10, "2026-01-15")
		frappe.set_user(self.owner)
		_columns, data, message, _chart, _summary, _skip = execute(QUARTER)
		self.assertEqual([row.get("it_service") for row in data], [self.mail.name, None])
		self.assertIn("services that you own", message)

	def test_the_total_does_not_depend_on_who_looks(self):
		self.charge()
		other = make_service()
		book_expense(other.name, 10, "2026-01-15")
		everything = execute(QUARTER)[1][-1]
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.mail.name}
		).insert()
		frappe.set_user(user)
		_columns, data, _message, chart, *_rest = execute(QUARTER)
		self.assertEqual((data[-1]["cost"], data[-1]["charged"]), (everything["cost"], everything["charged"]))
		labels = chart["data"]["labels"]
		self.assertIn("Not shown", labels)
		self.assertNotIn(other.service_name, " ".join(labels))
		self.assertNotIn(other.name, " ".join(labels))
		self.assertTrue(any(row.get("is_folded") for row in data))

	def test_filters_are_checked(self):
		for filters, words in (
			({"to_date": "2025-01-01"}, "before From"),
			({"company": None}, "Choose a value"),
			({"cost_change": -100}, "above -100"),
		):
			with self.assertRaisesRegex(ServiceStrategyError, words):
				execute({**QUARTER, **filters})

	def test_query_count_does_not_grow_with_services(self):
		self.charge()
		make_budget(self.mail, {(OFFICE, "2026-04-01"): 700})
		with self.assertQueryCount(20):
			execute(QUARTER)
		for _number in range(8):
			service = make_service()
			make_budget(service, {(OFFICE, "2026-04-01"): 1})
			book_expense(service.name, 1, "2026-01-15")
		with self.assertQueryCount(20):
			execute(QUARTER)
