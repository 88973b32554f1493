"""FM-7: the report Business Case Comparison."""

import frappe

from itil_strategy.exceptions import BusinessCaseError
from itil_strategy.it_finance.report.business_case_comparison.business_case_comparison import execute
from itil_strategy.tests.business_cases import BUY, NOTHING, FigureTestCase, approve, make_case, take
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY


def run(**filters):
	return execute({"company": COMPANY, **filters})


class TestBusinessCaseComparison(FigureTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Business Case")

	def test_cases_side_by_side(self):
		"""243.43 − 174.34 of doing nothing; without discounting 500 and 200."""
		first, second = make_case(discount_rate=0), approve(make_case())
		_columns, data, message, chart, summary, skip_total = run()
		self.assertEqual([row.get("business_case") for row in data], [first.name, second.name, None])
		self.assertEqual(
			[(row["npv"], row["advantage"]) for row in data],
			[(500, 700), (243.43, 417.77), (743.43, 1117.77)],
		)
		self.assertEqual((data[1]["internal_rates"], data[1]["payback"]), ("33.64 %", "1.73 years"))
		self.assertIn("at different rates", message)
		self.assertEqual(chart["data"]["datasets"][0]["values"], [700, 417.77])
		self.assertEqual([card["value"] for card in summary], [2, 1, 1117.77, 2600, 0])
		self.assertTrue(skip_total)

	def test_options_stand_below_their_case(self):
		make_case()
		data = run(show_options=1)[1]
		self.assertEqual(
			[(row["case_title"], row["npv"]) for row in data[1:3]], [(BUY, 243.43), (NOTHING, -174.34)]
		)
		self.assertEqual(data[3]["npv"], 243.43)

	def test_filters(self):
		service = make_service()
		case, reviewed = make_case(service), take(make_case(), "Submit for Review")
		names = lambda **filters: {row.get("business_case") for row in run(**filters)[1]} - {None}  # noqa: E731
		self.assertEqual(names(it_service=service.name), {case.name})
		self.assertEqual(names(status="In Review"), {reviewed.name})
		self.assertEqual(names(status="Lapsed"), set())
		self.assertEqual(names(status="All"), {case.name, reviewed.name})
		self.assertRaisesRegex(BusinessCaseError, "is not known here", run, status="<b>")
		self.assertRaisesRegex(BusinessCaseError, "Choose a company", execute, {})

	def test_no_cases(self):
		_columns, data, _message, chart, summary, _skip = run()
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_a_service_owner_sees_the_own_cases(self):
		owner = make_user("Service Owner")
		own, accountable = make_case(make_service(service_owner=owner)), make_case(case_owner=owner)
		make_case()
		frappe.set_user(owner)
		self.assertEqual({row.get("business_case") for row in run()[1]}, {own.name, accountable.name, None})

	def test_who_owns_no_service_sees_no_case_without_a_service(self):
		case = make_case()
		case.db_set("it_service", "")
		accountable = make_user("Service Owner")
		seen = make_case(case_owner=accountable)
		for user, cases in ((make_user("Service Owner"), set()), (accountable, {seen.name})):
			frappe.set_user(user)
			self.assertEqual({row.get("business_case") for row in run()[1]} - {None}, cases)
			self.assertNotIn(case.name, frappe.get_list("Business Case", pluck="name"))

	def test_totals_do_not_depend_on_who_looks(self):
		seen = make_service()
		make_case(seen)
		for _number in range(3):
			make_case()
		manager = make_user("Service Portfolio Manager")
		frappe.permissions.add_user_permission("IT Service", seen.name, manager, ignore_permissions=True)
		everything = run()[1][-1]["npv"]
		frappe.set_user(manager)
		data = run()[1]
		self.assertEqual((len(data), data[-1]["npv"]), (3, everything))
		self.assertEqual(data[1]["case_title"], "Not shown (3 records)")
		self.assertEqual(data[1]["npv"], 730.29)

	def test_queries_do_not_grow_with_cases(self):
		make_case()
		few = count_queries(lambda: run(show_options=1))
		for _number in range(5):
			make_case()
		self.assertEqual(count_queries(lambda: run(show_options=1)), few)
