"""FM-15: the report Scenario Comparison."""

import json

import frappe

from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.report.scenario_comparison.scenario_comparison import execute
from itil_strategy.tests.allocation import book
from itil_strategy.tests.business_cases import make_case
from itil_strategy.tests.charging import priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.scenarios import LAUNCH, PRICE, RETIRE, change, make_company, make_scenario
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY


def run(*scenarios, **filters):
	return execute({"company": COMPANY, "scenarios": [doc.name for doc in scenarios], **filters})


class TestScenarioComparison(SiteTestCase):
	"""The company of `make_company`: NET 2,640 a year, MAIL 7,560 charged 4,800, FILES 7,800 charged at cost."""

	def setUp(self):
		super().setUp()
		self.codes = tuple(unique(prefix) for prefix in ("NET", "MAIL", "FILES"))
		make_company(self.codes)
		self.net, self.mail, self.files = self.codes
		self.retire = make_scenario(change(RETIRE, self.mail), scenario_title="Without mail")
		self.dearer = make_scenario(
			change(PRICE, self.mail, percent=10), scenario_title="Dearer mail", years=2
		)

	def rows(self, *scenarios, **filters) -> dict[str, dict]:
		return {row.get("it_service"): row for row in run(*scenarios, **filters)[1]}

	def test_two_scenarios_beside_the_base_by_hand(self):
		"""Retired: FILES 8,700 charged at cost, NET 6,900, nothing of MAIL. Dearer: MAIL 5,280."""
		rows = self.rows(self.retire, self.dearer)
		mail, net, files = rows[self.mail], rows[self.net], rows[self.files]
		fields = (
			"cost",
			"charged",
			"recovery",
			"cost_1",
			"charged_1",
			"effect_1",
			"cost_2",
			"charged_2",
			"effect_2",
		)
		self.assertEqual([mail[field] for field in fields], [7560, 4800, -2760, 0, 0, 2760, 7560, 5280, 480])
		self.assertEqual([net[field] for field in fields], [2640, 0, -2640, 6900, 0, -4260, 2640, 0, 0])
		self.assertEqual([files[field] for field in fields], [7800, 7800, 0, 8700, 8700, 0, 7800, 7800, 0])
		total = rows[None]
		# 2,400 of direct cost saved, 4,800 of charges lost, 900 more charged at cost
		self.assertEqual((total["cost_1"] - total["cost"], total["effect_1"]), (-2400, -1500))

	def test_chart_and_cards_show_what_changes(self):
		_columns, _data, message, chart, summary, skip_total = run(self.retire, self.dearer)
		self.assertEqual(chart["data"]["labels"], ["NET", "MAIL"])
		self.assertEqual([item["values"] for item in chart["data"]["datasets"]], [[-4260, 2760], [0, 480]])
		self.assertEqual([card["value"] for card in summary[2:]], [-1500, 480])
		self.assertIn("Nothing is posted", message)
		self.assertTrue(skip_total)

	def test_cost_that_nobody_bears_has_a_row(self):
		book(
			7,
			None,
			"2026-01-20",
			account=frappe.db.get_value("Account", {"company": COMPANY, "account_name": "Postal Expenses"}),
		)
		data = run(self.retire)[1]
		self.assertEqual(
			[(row["description"], row["cost"], row["cost_1"]) for row in data[-2:-1]],
			[("Unassigned", 42, 42)],
		)

	def test_a_launch_adds_columns(self):
		case = make_case(make_service(service_name="CHAT", stage="Chartered"))
		launch = make_scenario(change(LAUNCH, business_case=case.name))
		names = lambda *scenarios: {column["fieldname"] for column in run(*scenarios)[0]}  # noqa: E731
		self.assertNotIn("investment_1", names(self.retire))
		self.assertLessEqual({"investment_2", "benefits_2"}, names(self.retire, launch))
		row = self.rows(launch)[case.it_service]
		self.assertEqual(
			(row["cost"], row["investment_1"], row["benefits_1"], row["effect_1"]), (0, 1000, 600, -400)
		)

	def test_usage_without_a_price_is_told(self):
		offering = priced_offering()
		frappe.db.delete("Charging Policy", {"service_offering": offering.name})
		use(offering, "Sales Unit", 1)
		self.assertIn("No charging policy covers", run(self.retire)[2])

	def test_a_price_that_follows_cost_is_told(self):
		dearer = make_scenario(change(PRICE, self.files, percent=10))
		self.assertIn("has the method Cost", run(dearer)[2])
		self.assertNotIn("has the method", run(self.dearer)[2])

	def test_filters(self):
		self.assertEqual(list(self.rows(self.retire, it_service=self.mail)), [self.mail, None])
		self.assertEqual(next(iter(self.rows(self.dearer, year=2))), self.files)
		names = json.dumps([self.retire.name])
		self.assertEqual(execute({"company": COMPANY, "scenarios": names})[1], run(self.retire)[1])

	def test_nothing_chosen_says_what_to_do(self):
		columns, data, message = run()
		self.assertEqual((columns, data), ([], []))
		self.assertIn("Choose one to 5 scenarios", message)

	def test_refusals(self):
		other_base = make_scenario(base_months="1")
		foreign = make_scenario(company=OTHER_COMPANY)
		for words, scenarios, filters in (
			("Choose one to 5", [frappe._dict(name=str(number)) for number in range(6)], {}),
			("Choose a company", (self.retire,), {"company": None}),
			("start from different bases", (self.retire, other_base), {}),
			("is a scenario of", (foreign,), {}),
			("has 1 years, so there is no year 2", (self.retire, self.dearer), {"year": 2}),
		):
			with self.assertRaisesRegex(StrategyScenarioError, words):
				run(*scenarios, **filters)

	def test_totals_do_not_depend_on_who_looks(self):
		everything = run(self.retire)[1][-1]
		manager = make_user("Service Portfolio Manager")
		frappe.permissions.add_user_permission("IT Service", self.net, manager, ignore_permissions=True)
		# limited to a service that the changes do not name, so the record itself is no more visible
		frappe.set_user(manager)
		seen = make_scenario_of(self.net)
		data = run(seen)[1]
		self.assertEqual({row.get("it_service") for row in data if row.get("it_service")}, {self.net})
		self.assertEqual((data[-1]["cost"], data[-1]["charged"]), (everything["cost"], everything["charged"]))
		self.assertTrue(any(row.get("is_folded") for row in data))

	def test_queries_do_not_grow_with_services_or_changes(self):
		case = make_case(make_service(stage="Chartered"))
		few = make_scenario(change(LAUNCH, business_case=case.name))
		before = count_queries(lambda: run(few))
		cases = [make_case(make_service(stage="Chartered")) for _number in range(3)]
		for _number in range(4):
			offering = priced_offering()
			book(10, offering.it_service, "2026-01-10")
			use(offering, "Sales Unit", 1)
		many = make_scenario(*(change(LAUNCH, business_case=item.name) for item in (case, *cases)))
		self.assertEqual(count_queries(lambda: run(many)), before)


def make_scenario_of(service: str):
	"""A scenario about one service, written by finance."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		return make_scenario(change(PRICE, service, percent=1))
	finally:
		frappe.set_user(user)
