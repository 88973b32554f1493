import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, add_months, get_first_day, today

from itil_strategy.service_portfolio.report.service_portfolio.service_portfolio import execute
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_offering, make_service, make_user
from itil_strategy.tests.portfolio import decide, forget_services, make_objective, propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY

WITH_COST = {"company": COMPANY}


def rows_by_service(data: list[dict]) -> dict:
	return {row["it_service"]: row for row in data if row.get("it_service")}


def cards(summary: list[dict]) -> dict:
	return {card["label"]: card["value"] for card in summary}


class TestServicePortfolio(SiteTestCase):
	def setUp(self):
		super().setUp()
		forget_services()
		# A day of the last complete month, and one of the month before the twelve.
		self.inside = str(add_days(get_first_day(today()), -1))
		self.before = str(add_days(add_months(get_first_day(today()), -12), -1))

	def test_a_row_per_service_grouped_by_phase_in_stage_order(self):
		live, idea = make_service(), propose_service()
		designed = make_service(stage="In Design")
		old = make_service(stage="Retired")
		data = execute()[1]
		order = [row.get("it_service") or row["description"] for row in data]
		self.assertEqual(
			order,
			["Pipeline (2)", idea.name, designed.name, "Catalogue (1)", live.name, "Retired (1)", old.name],
		)
		self.assertEqual([row["indent"] for row in data], [0, 1, 1, 0, 1, 0, 1])

	def test_days_in_stage_and_overdue(self):
		waiting, held, fresh = propose_service(), propose_service(), propose_service()
		decide(held, "Hold")
		for service in (waiting, held):
			frappe.db.set_value(
				"IT Service", service.name, "creation", add_days(today(), -31), update_modified=False
			)
		rows = rows_by_service(execute()[1])
		facts = {
			name: (row["days_in_stage"], row["days_allowed"], row["is_overdue"]) for name, row in rows.items()
		}
		# Hold keeps the stage, so it restarts nothing; and what is held waits on purpose.
		self.assertEqual(facts, {waiting.name: (31, 30, 1), held.name: (31, 30, 0), fresh.name: (0, 30, 0)})
		decide(waiting, "Proceed")
		self.assertEqual(rows_by_service(execute()[1])[waiting.name]["days_in_stage"], 0)
		self.assertEqual(list(rows_by_service(execute({"overdue_only": 1})[1])), [])

	def test_completeness_names_what_is_missing(self):
		category = frappe.get_doc({"doctype": "IT Service Category", "category_name": "Test Basics"}).insert()
		service = propose_service(
			category=category.name,
			investment_class="Grow",
			value_proposition="Shop around the clock",
			conditions=[{"condition": "Framework contract"}],
			stage_plan=[{"stage": "Defined", "planned_date": "2026-12-31"}],
		)
		make_offering(service)
		row = rows_by_service(execute()[1])[service.name]
		# 9 of 11: both fits are not assessed.
		self.assertEqual((row["completeness"], row["missing"]), (81.8, "Technical fit, Functional fit"))
		self.assertEqual((row["next_stage"], str(row["next_planned"])), ("Defined", "2026-12-31"))

	def test_last_decision_and_its_review(self):
		service = propose_service()
		decide(service, "Hold", review_date=add_days(today(), 10))
		decision = decide(service, "Proceed", review_date=add_days(today(), 20), deviation_reason="Needed")
		row = rows_by_service(execute()[1])[service.name]
		self.assertEqual((row["last_decision"], row["last_outcome"]), (decision.name, "Proceed"))
		self.assertEqual(str(row["review_due"]), add_days(today(), 20))
		frappe.db.set_value("Portfolio Decision", decision.name, "reviewed_on", today())
		self.assertIsNone(rows_by_service(execute()[1])[service.name]["review_due"])

	def test_the_mix_of_spend_against_its_target(self):
		self.make_spend()
		_columns, data, message, chart, summary, _skip = execute(WITH_COST)
		# Targets of a new site: 60, 25, 15. Classed spend 1,000; 50 without class, 25.50 without service.
		self.assertEqual(
			cards(summary),
			{
				"Services": 4,
				"Overdue": 0,
				"Run: 80.0 % (target 60 %)": 800.0,
				"Grow: 20.0 % (target 25 %)": 200.0,
				"Transform: 0.0 % (target 15 %)": 0.0,
				"No Investment Class": 50.0,
				"Unassigned Expense": 25.5,
			},
		)
		self.assertEqual(
			[(dataset["name"], dataset["values"]) for dataset in chart["data"]["datasets"]],
			[("Share of Spend", [80.0, 20.0, 0.0]), ("Target", [60.0, 25.0, 15.0])],
		)
		self.assertEqual([row["cost"] for row in data[-2:]], [25.5, 1075.5])
		self.assertIn("Cost is direct cost", message)

	def test_cost_is_full_cost_where_a_run_covers_the_month(self):
		"""Of 40 of rent on no service in the last month the Grow service takes all: 240, the whole stays 1,115.50."""
		services = self.make_spend()
		book(40, day=self.inside)
		make_pool(receivers_are="Only Listed", receivers=receivers(services["Grow"].name))
		run = submitted_allocation(self.inside)
		columns, data, message, _chart, summary, _skip = execute(WITH_COST)
		self.assertEqual(rows_by_service(data)[services["Grow"].name]["cost"], 240.0)
		self.assertEqual([row["cost"] for row in data[-2:]], [25.5, 1115.5])
		self.assertEqual(cards(summary)["Grow: 23.1 % (target 25 %)"], 240.0)
		self.assertIn("full cost in the 1 of 12 months", message)
		self.assertIn("Cost", [column["label"] for column in columns])
		columns = execute({**WITH_COST, "months": 1})[0]
		self.assertIn("Full Cost", [column["label"] for column in columns])
		run.cancel()
		columns, data, *_rest = execute(WITH_COST)
		self.assertEqual(rows_by_service(data)[services["Grow"].name]["cost"], 200.0)
		self.assertEqual([row["cost"] for row in data[-2:]], [65.5, 1115.5])
		self.assertIn("Direct Cost", [column["label"] for column in columns])

	def test_filters(self):
		run_service = self.make_spend()["Run"]
		_columns, data, _message, _chart, summary, _skip = execute({**WITH_COST, "investment_class": "Run"})
		self.assertEqual(set(rows_by_service(data)), {run_service.name, self.second.name})
		self.assertEqual(cards(summary)["Unassigned Expense"], 25.5)
		self.assertEqual(rows_by_service(execute({"phase": "Pipeline"})[1]), {})

	def test_a_service_owner_sees_all_services_and_the_cost_of_the_own(self):
		services = self.make_spend()
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", services["Grow"].name, "service_owner", user)
		frappe.set_user(user)
		_columns, data, message, _chart, summary, _skip = execute(WITH_COST)
		self.assertEqual(
			{name: row["cost"] for name, row in rows_by_service(data).items()},
			{
				services["Run"].name: None,
				self.second.name: None,
				services["Grow"].name: 200.0,
				self.unclassed.name: None,
			},
		)
		self.assertEqual((data[-1]["cost"], cards(summary)["Services"]), (200.0, 4))
		self.assertNotIn("Unassigned Expense", cards(summary))
		self.assertIn("services that you own", message)

	def test_rows_outside_user_permissions_are_folded_and_the_total_stays(self):
		services = self.make_spend()
		user = make_user("Service Portfolio Manager")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "IT Service",
				"for_value": services["Grow"].name,
			}
		).insert()
		frappe.set_user(user)
		result = run("Service Portfolio", WITH_COST)
		data = [row for row in result["result"] if isinstance(row, dict)]
		self.assertEqual(
			[(row["description"], row.get("cost")) for row in data],
			[
				("Catalogue (4)", None),
				(services["Grow"].service_name, 200.0),
				("Not shown (3 records)", 850.0),
				("Unassigned: no service on the entry", 25.5),
				("Total", 1075.5),
			],
		)

	def test_no_data(self):
		for filters in ({}, WITH_COST):
			_columns, data, _message, chart, summary, _skip = execute(filters)
			self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_query_count_does_not_grow_with_services(self):
		self.grow(3)
		few = count_queries(lambda: execute(WITH_COST))
		self.grow(27)
		self.assertEqual(count_queries(lambda: execute(WITH_COST)), few)
		self.assertLessEqual(few, 18)

	def make_spend(self) -> dict:
		"""Run 700 + 100, Grow 200, no class 50, no service 25.50; what is older does not count."""
		services = {
			"Run": make_service(investment_class="Run"),
			"Grow": make_service(investment_class="Grow"),
		}
		self.second, self.unclassed = make_service(investment_class="Run"), make_service()
		for service, amount in (
			(services["Run"].name, 700),
			(self.second.name, 100),
			(services["Grow"].name, 200),
			(self.unclassed.name, 50),
			(None, 25.5),
		):
			book_expense(service, amount, self.inside)
		book_expense(services["Grow"].name, 999, self.before)
		book_expense(services["Grow"].name, 888, today())
		return services

	def grow(self, number: int) -> None:
		objective = make_objective()
		for _number in range(number):
			service = propose_service(outcomes=[{"strategic_objective": objective, "contribution": 5}])
			book_expense(service.name, 10, self.inside)
			decide(service, "Hold")
