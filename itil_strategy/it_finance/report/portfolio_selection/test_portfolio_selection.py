"""FM-8: the report Portfolio Selection, its rounds, and what taking a selection drafts."""

from datetime import date

import frappe

from itil_strategy.exceptions import PortfolioSelectionError
from itil_strategy.it_finance.report.portfolio_selection.portfolio_selection import execute
from itil_strategy.it_finance.selection.take import take_selection
from itil_strategy.tests.business_cases import NOTHING, approve, ensure_fiscal_years, flow, make_case, take
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.portfolio import propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY

YEAR = str(date.today().year)


def make_candidate(
	cost: float, value: float, service=None, days: float = 0, in_review: bool = True, **values
):
	"""A case that costs now and gains cost + value in the same period."""
	case = make_case(
		service,
		discount_rate=0,
		flows=[
			flow(item="Cost", amount=cost),
			flow(item="Gain", kind="Benefit", amount=cost + value),
			flow(NOTHING, item="Nothing", amount=0),
		],
		efforts=[{"skill": "Architect", "amount": days}],
		**values,
	)
	return take(case, "Submit for Review") if in_review else case


def make_round(budget: float | None = 10, days: float | None = None, rules=(), **values) -> str:
	year = frappe.db.get_value("Fiscal Year", {"year_start_date": f"{YEAR}-01-01"})
	return (
		frappe.get_doc(
			{
				"doctype": "Investment Round",
				"round_title": unique("Round"),
				"company": COMPANY,
				"budgets": [] if budget is None else [{"fiscal_year": year, "amount": budget}],
				"capacities": [] if days is None else [{"skill": "Architect", "amount": days}],
				"rules": [
					dict(
						zip(
							("kind", "business_case", "reason", "other_case", "group_name"),
							rule,
							strict=False,
						)
					)
					for rule in rules
				],
				**values,
			}
		)
		.insert()
		.name
	)


def run(name: str, **filters):
	return execute({"investment_round": name, **filters})


class TestPortfolioSelection(SiteTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Business Case")
		self.a, self.b, self.c = (make_candidate(*pair) for pair in ((6, 12), (5, 9), (5, 9)))

	def chosen(self, name: str, **filters) -> set[str]:
		return {row["business_case"] for row in run(name, **filters)[1] if row.get("is_selected")}

	def test_the_best_set_by_the_designs_figures(self):
		columns, data, message, chart, summary, skip_total = run(make_round())
		self.assertEqual(self.chosen(make_round()), {self.b.name, self.c.name})
		rows = {row["business_case"]: row for row in data if row.get("business_case")}
		self.assertEqual(
			rows[self.a.name]["reason"], f"Beside the more valuable set it does not fit: {YEAR} − 6."
		)
		self.assertEqual([card["value"] for card in summary], [3, 2, 18, 10])
		closing = {row["case_title"]: row for row in data if row.get("is_total")}
		self.assertEqual([closing[key]["limit_0"] for key in ("Selected", "Limit", "Left")], [10, 10, 0])
		self.assertEqual(chart["data"]["datasets"][0]["values"], [10])
		self.assertIn("this is proven", message)
		self.assertTrue(skip_total)
		self.assertEqual(columns[5]["label"], "Against doing nothing")

	def test_every_rule_of_a_round_binds(self):
		for rules, expected in (
			([("Must-have", self.a.name, "The law")], {self.a.name}),
			([("Excluded", self.b.name, "Too early")], {self.a.name}),
			([("Prerequisite", self.b.name, "", self.a.name)], {self.a.name}),
			([("At most one", case.name, "", None, "Either") for case in (self.b, self.c)], {self.a.name}),
		):
			self.assertEqual(self.chosen(make_round(rules=rules)), expected, rules)

	def test_capacity_per_skill(self):
		long = make_candidate(1, 100, days=20)
		self.assertIn(long.name, self.chosen(make_round(days=20)))
		self.assertNotIn(long.name, self.chosen(make_round(days=19.9)))

	def test_drafts_join_when_asked_for_and_what_is_decided_does_not(self):
		draft = make_candidate(0, 50, in_review=False)
		approve(make_candidate(0, 70, in_review=False))
		self.assertNotIn(draft.name, self.chosen(make_round()))
		self.assertEqual(self.chosen(make_round(), with_drafts=1), {self.b.name, self.c.name, draft.name})

	def test_a_prerequisite_that_is_approved_is_met(self):
		done = approve(make_candidate(0, 70, in_review=False))
		self.assertIn(
			self.b.name, self.chosen(make_round(rules=[("Prerequisite", self.b.name, "", done.name)]))
		)

	def test_what_more_is_worth_and_the_curve(self):
		name = make_round()
		_columns, _data, message, chart, *_rest = run(name, show_analysis=1, step=1)
		self.assertRegex(message, r"1,00 more in <b>.*</b> would be worth .*3,00")
		values = dict(zip(chart["data"]["labels"], chart["data"]["datasets"][0]["values"], strict=True))
		self.assertEqual((values["0 %"], values["50 %"], values["100 %"], values["110 %"]), (0, 9, 18, 21))

	def test_what_was_planned_in_a_year_that_is_over_needs_money_of_this_one(self):
		"""A, which costs 6, began last year: it takes as much of this year's 10 as before."""
		last = str(int(YEAR) - 1)
		with self.freeze_time(f"{last}-06-15 12:00:00"):
			ensure_fiscal_years(1)
		self.a.reload().delete()
		late = make_candidate(6, 12, start_date=f"{last}-10-01")
		self.assertEqual([row.fiscal_year for row in late.spend], [last])
		name = make_round()
		self.assertEqual(self.chosen(name), {self.b.name, self.c.name})
		row = next(row for row in run(name)[1] if row.get("business_case") == late.name)
		self.assertEqual(row["limit_0"], 6)
		# Where the round limits that year itself, it is that year's money.
		doc = frappe.get_doc("Investment Round", name)
		doc.append("budgets", {"fiscal_year": last, "amount": 6})
		doc.save()
		self.assertEqual(self.chosen(name), {self.b.name, self.c.name, late.name})

	def test_contradictions_are_named_and_nothing_else(self):
		name = make_round(
			rules=[
				("Must-have", self.a.name, "x"),
				("Must-have", self.b.name, "y"),
				("Excluded", self.c.name, "z"),
			]
		)
		with self.assertRaises(PortfolioSelectionError) as refusal:
			run(name)
		self.assertIn(f"limit {YEAR} of 10", str(refusal.exception))
		for case in (self.a, self.b):
			self.assertIn(f"{case.name} is a must-have", str(refusal.exception))
		self.assertNotIn(self.c.name, str(refusal.exception))

	def test_bad_rounds_are_refused(self):
		for rules, words in (
			([("Must-have", self.a.name)], "Row 1: Must-have of .* needs a reason"),
			([("Prerequisite", self.a.name)], "Row 1: choose the other case that"),
			([("At most one", self.a.name)], "Row 1: name the group"),
		):
			with self.assertRaisesRegex(PortfolioSelectionError, words):
				make_round(rules=rules)
		year = frappe.db.get_value("Fiscal Year", {"year_start_date": f"{YEAR}-01-01"})
		with self.assertRaisesRegex(PortfolioSelectionError, "rows 1 and 2 are both for"):
			make_round(budgets=[{"fiscal_year": year, "amount": 1}] * 2)
		self.assertRaisesRegex(PortfolioSelectionError, "Choose an Investment Round", execute, {})
		self.assertRaisesRegex(
			PortfolioSelectionError, "The step must be above 0", run, make_round(), show_analysis=1, step=-1
		)
		name = make_round(rules=[("Must-have", approve(make_case()).name, "x")])
		self.assertRaisesRegex(
			PortfolioSelectionError, "is not among the cases that can be chosen", run, name
		)

	def test_no_cases_no_selection(self):
		frappe.db.delete("Business Case")
		_columns, data, _message, chart, summary, _skip = run(make_round())
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_taking_a_selection_drafts_decisions_and_submits_none(self):
		idea, other = propose_service(), propose_service()
		frappe.db.delete("Business Case")
		best, worse = make_candidate(6, 12, idea), make_candidate(6, 3, other)
		running = make_candidate(1, 5, make_service())
		name = make_round(rules=[])
		found = take_selection(name)
		decisions = {
			row.it_service: row
			for row in frappe.get_all(
				"Portfolio Decision",
				{"name": ("in", found["drafted"])},
				["it_service", "outcome", "docstatus", "rationale"],
			)
		}
		self.assertEqual(
			{key: (row.outcome, row.docstatus) for key, row in decisions.items()},
			{idea.name: ("Proceed", 0), other.name: ("Hold", 0)},
		)
		self.assertIn(best.name, decisions[idea.name].rationale)
		self.assertIn("it does not fit", decisions[other.name].rationale)
		self.assertEqual([row["it_service"] for row in found["skipped"]], [running.it_service])
		again = take_selection(name)
		self.assertEqual((again["drafted"], len(again["skipped"])), ([], 3))
		self.assertTrue(worse)

	def test_queries_do_not_grow_with_cases(self):
		name = make_round()
		few = count_queries(lambda: run(name))
		for _number in range(6):
			make_candidate(3, 2)
		self.assertEqual(count_queries(lambda: run(name)), few)

	def test_who_may(self):
		name = make_round()
		for role, allowed in (
			("Service Portfolio Manager", True),
			("IT Financial Manager", True),
			("Service Owner", False),
			("Business Relationship Manager", False),
		):
			frappe.set_user(make_user(role))
			try:
				run(name)
				done = True
			except frappe.PermissionError:
				done = False
			frappe.set_user("Administrator")
			self.assertEqual(done, allowed, role)
		frappe.set_user(make_user("IT Financial Manager"))
		self.assertRaises(frappe.PermissionError, take_selection, name)
