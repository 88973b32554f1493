"""A business case from the need to what it brought, and one that loses its budget (FM-6, FM-14, SP-3)."""

import frappe

from itil_strategy.exceptions import GateError
from itil_strategy.it_finance.report.benefit_realisation.benefit_realisation import execute as realisation
from itil_strategy.it_finance.report.budget_and_forecast.budget_and_forecast import execute
from itil_strategy.tests.budgets import OFFICE, make_budget, make_ceiling, make_order
from itil_strategy.tests.business_cases import (
	FINANCE,
	PORTFOLIO,
	ensure_fiscal_years,
	make_case,
	reserved_for,
	take,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_offering, make_policy, make_user
from itil_strategy.tests.portfolio import decide, propose_service, reload
from itil_strategy.tests.relationship import SCORE, make_portal_user
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.funds import open_reservations

NOW = "2026-06-15 12:00:00.250000"
CUSTOMER = "Harbour GmbH"


class TestCaseFlow(SiteTestCase):
	def setUp(self):
		super().setUp()
		clock = self.freeze_time(NOW)
		clock.__enter__()
		self.addCleanup(clock.__exit__, None, None, None)
		ensure_fiscal_years()
		self.owner, self.manager, self.finance, self.relationship = (
			make_user(role) for role in ("Service Owner", PORTFOLIO, FINANCE, "Business Relationship Manager")
		)
		self.service = propose_service(with_need=False, service_owner=self.owner)

	def test_from_the_need_to_what_it_brought(self):
		need = self.raise_need()
		self.proceed("Defined", "Analysed")
		self.refused("Approved business case")
		case = self.write_case(need)
		self.fund()
		self.as_user(self.finance, lambda: take(case, "Secure Funds"))
		self.assertEqual(self.row(case).available, 1200)
		self.assertEqual(reserved_for(case), {})
		self.refused("Approved business case")
		take(case, "Approve", user=self.manager)
		self.assertEqual(reserved_for(case), {"2026": 1100.0, "2027": 100.0, "2028": 100.0})
		self.assertEqual(self.report(), (1200, 0, 0, 1100, 100))

		self.proceed("Approved")
		decision = self.proceed("Chartered")
		(evidence,) = (row.evidence for row in decision.gate_results if row.gate_check == "Funds secured")
		self.assertIn(f"Reserved for {case.name}, by fiscal year: 2026: 1,100.00; 2027: 100.00", evidence)
		self.launch(need)

		# What is ordered and booked on the service uses the reservation up: nothing is counted twice.
		make_order(self.service, 400, day="2026-06-15")
		self.assertEqual((self.still_open(case), self.report()), (700, (1200, 0, 400, 700, 100)))
		book_expense(self.service.name, 650, "2026-06-15")
		self.assertEqual((self.still_open(case), self.report()), (50, (1200, 650, 400, 50, 100)))
		book_expense(self.service.name, 80, "2026-06-15")
		self.assertEqual((self.still_open(case), self.report()), (0, (1200, 730, 400, 0, 70)))
		self.assertEqual(case.reload().status, "Approved")
		self.realise(case)

	def realise(self, case):
		"""A year later: the licences of 1,000 cost 630, support 100 as planned, and 540 of the 600 came in.

		As planned from here: −630 + 440 ÷ 1.1 + 500 ÷ 1.21 + 500 ÷ 1.331. As so far, 0.9 of the benefits come for
		730 ÷ 1,100 of the costs.
		"""
		with self.freeze_time("2027-02-10 12:00:00.250000"):
			for kind, item, period, amount in (
				("CapEx", "Licences", 0, 630),
				("OpEx", "Support", 1, 100),
				("Benefit", "Savings", 1, 540),
			):
				frappe.set_user(self.owner)
				frappe.get_doc(
					{
						"doctype": "Benefit Measurement",
						"business_case": case.name,
						"kind": kind,
						"item": item,
						"period": period,
						"amount": amount,
						"evidence": "Invoices and tickets of 2026",
						"lessons": "Retail was late" if kind == "Benefit" else "",
					}
				).insert()
			frappe.set_user(self.finance)
			rows = realisation({"company": COMPANY, "it_service": self.service.name})[1]
			lines = realisation({"business_case": case.name})[1]
		frappe.set_user("Administrator")
		row = next(row for row in rows if row["business_case"] == case.name)
		self.assertEqual(
			(row["approved_npv"], row["verdict"], row["measured"]), (243.43, "On track", "1 of 1")
		)
		self.assertEqual((row["benefit_ratio"], row["cost_ratio"]), (90, 66.4))
		self.assertEqual((row["as_planned"], row["as_so_far"]), (558.88, 517.29))
		self.assertEqual(lines[1]["lessons"], "Savings: Retail was late")

	def test_a_cut_budget_ends_the_approval_and_shuts_the_gate(self):
		need = self.raise_need()
		self.proceed("Defined", "Analysed")
		case = self.write_case(need)
		budget = self.fund()
		self.as_user(self.finance, lambda: take(case, "Secure Funds"))
		take(case, "Approve", user=self.manager)
		self.proceed("Approved")
		frappe.set_user(self.finance)
		revision = frappe.get_doc("Service Budget", budget.revise())
		revision.set("lines", [])
		revision.spread_amount(OFFICE, 900)
		revision.save()
		frappe.clear_messages()
		revision.submit()
		# Whoever cuts is told what it costs.
		self.assertIn(f"The approval of <strong>{case.name}", str(frappe.get_message_log()))
		self.assertEqual((case.reload().status, reserved_for(case)), ("Lapsed", {}))
		self.assertRegex(case.lapse_reason, "200.00 are missing in 2026")
		self.refused("Funds secured")
		told = frappe.get_all("Notification Log", {"document_name": case.name}, pluck="for_user")
		self.assertEqual(set(told), {self.owner, self.manager})

	def raise_need(self):
		"""A customer asks in the portal; the relationship manager finds the service for it and assesses it."""
		frappe.set_user(make_portal_user(CUSTOMER))
		need = frappe.get_doc(
			{
				"doctype": "Customer Need",
				"need_title": "Invoices by noon",
				"customer": CUSTOMER,
				"wanted_outcome": "Invoices leave the day they are written",
			}
		).insert()
		need.submit_need()
		frappe.set_user(self.relationship)
		need = frappe.get_doc("Customer Need", need.name)
		need.it_service = self.service.name
		need.save()
		need.assess(**SCORE)
		return need

	def write_case(self, need):
		"""The service owner writes it and sends it to review."""
		frappe.set_user("Administrator")
		case = make_case(reload(self.service), insert=False, customer_need=need.name, case_owner=self.owner)
		frappe.set_user(self.owner)
		case.insert()
		return take(case, "Submit for Review", user=self.owner)

	def fund(self):
		"""1,200 in 2026 for the 1,100 that the case spends then."""
		frappe.set_user(self.finance)
		budget = make_budget(self.service, {OFFICE: 1200}, annual_action="Warn")
		for year in ("2027", "2028"):
			make_ceiling(100, it_service=self.service.name, fiscal_year=year)
		return budget

	def launch(self, need):
		frappe.set_user(self.relationship)
		need.reload().accept()
		need.start_delivery()
		self.proceed("In Design")
		frappe.set_user("Administrator")
		make_policy(make_offering(reload(self.service)), unit_price=1)
		self.proceed("In Transition", "Operational")
		self.assertEqual(reload(self.service).phase, "Catalogue")
		frappe.set_user("Administrator")

	def proceed(self, *stages: str):
		frappe.set_user(self.manager)
		for stage in stages:
			decision = decide(self.service, "Proceed", f"Ready for {stage}")
			self.assertEqual(reload(self.service).stage, stage)
		return decision

	def refused(self, check: str):
		frappe.set_user(self.manager)
		with self.assertRaisesRegex(GateError, check):
			decide(self.service, "Proceed", "Too early")

	def as_user(self, user: str, step):
		frappe.set_user(user)
		return step()

	def row(self, case):
		return next(row for row in case.reload().spend if row.fiscal_year == "2026")

	def still_open(self, case) -> float:
		return sum(
			float(item.open_amount)
			for item in open_reservations(COMPANY, load_year("2026"))
			if item.reference == ("Business Case", case.name)
		)

	def report(self) -> tuple:
		"""Budget, actual, committed, reserved and available of the service in Budget and Forecast."""
		frappe.set_user("Administrator")
		_columns, data, *_rest = execute(
			frappe._dict(company=COMPANY, fiscal_year="2026", it_service=self.service.name)
		)
		(row,) = (row for row in data if row.get("it_service") == self.service.name)
		return tuple(row[field] for field in ("budget", "actual", "committed", "reserved", "available"))
