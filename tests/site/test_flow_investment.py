"""From a need to the benefit: need → case → review → funds → approved → gate → launched → actuals → realisation."""

from datetime import date

import frappe

from itil_strategy.exceptions import CasePolicyError, GateError, OwnCaseError
from itil_strategy.it_finance.report.benefit_realisation.benefit_realisation import execute as realisation
from itil_strategy.it_finance.report.business_case_comparison.business_case_comparison import (
	execute as comparison,
)
from itil_strategy.tests.business_cases import fund, make_case, reserved_for, take
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_offering, make_policy, make_user
from itil_strategy.tests.portfolio import decide, propose_service, reload
from itil_strategy.tests.relationship import make_need
from itil_strategy.tests.setup import COMPANY

LAST_YEAR = date.today().year - 1


class TestInvestmentFlow(SiteTestCase):
	def test_from_the_need_to_the_benefit(self):
		owner, finance, manager = (
			make_user(role) for role in ("Service Owner", "IT Financial Manager", "Service Portfolio Manager")
		)
		service = propose_service(service_owner=owner)
		frappe.db.delete("Business Case", {"it_service": service.name})
		need = make_need(service, "Assessed")
		for _stage in ("Defined", "Analysed"):
			decide(reload(service), "Proceed")

		frappe.set_user(owner)
		case = make_case(service, customer_need=need.name, case_owner=owner, start_date=f"{LAST_YEAR}-01-01")
		take(case, "Submit for Review")
		frappe.set_user(manager)
		with self.assertRaisesRegex(GateError, "No Business Case of the service is approved"):
			decide(reload(service), "Proceed")

		fund(case)
		take(case, "Secure Funds", user=finance)
		settings = frappe.get_single("Service Strategy Settings")
		settings.set("approval_limits", [{"role": "Service Portfolio Manager", "amount": 1000}])
		settings.flags.ignore_permissions = True
		settings.save()
		with self.assertRaises(CasePolicyError):
			take(case, "Approve", user=manager)
		settings.approval_limits[0].amount = 2000
		settings.save()
		case.reload().db_set("case_owner", manager)
		with self.assertRaises(OwnCaseError):
			take(case, "Approve", user=manager)
		case.db_set("case_owner", owner)
		take(case, "Approve", user=manager)
		self.assertEqual((case.status, case.approved_by), ("Approved", manager))
		# What was planned in a year that is over is paid from the current one.
		years = {row.fiscal_year: row.funds_needed for row in case.spend if row.funds_needed}
		self.assertEqual(years, {str(LAST_YEAR + 1): 1200, str(LAST_YEAR + 2): 100})
		self.assertEqual(reserved_for(case), years)

		for stage in ("Approved", "Chartered", "In Design"):
			decide(reload(service), "Proceed")
			self.assertEqual(reload(service).stage, stage)
		frappe.set_user("Administrator")
		make_policy(make_offering(reload(service)), unit_price=1)
		frappe.set_user(manager)
		for stage in ("In Transition", "Operational"):
			decide(reload(service), "Proceed")
			self.assertEqual(reload(service).stage, stage)

		frappe.set_user("Administrator")
		book_expense(service.name, 110, f"{LAST_YEAR}-06-15")
		frappe.set_user(owner)
		frappe.get_doc(
			{
				"doctype": "Benefit Measurement",
				"business_case": case.name,
				"item": "Savings",
				"period": 1,
				"amount": 540,
				"evidence": "54 users in the directory",
				"lessons": "Six licences were never used",
			}
		).insert()
		data = realisation({"business_case": case.name})[1]
		self.assertEqual((data[1]["actual_benefit"], data[1]["actual_cost"]), (540, 110))
		self.assertIn("never used", data[1]["lessons"])
		(row, _total) = realisation({"company": COMPANY, "it_service": service.name})[1]
		self.assertEqual((row["benefit_ratio"], row["cost_ratio"], row["verdict"]), (90, 110, "Re-approve"))
		self.assertIn(case.name, {row.get("business_case") for row in comparison({"company": COMPANY})[1]})

		# Ten users less for good: the figures move beyond tolerance, the approval is void and the funds are free.
		frappe.set_user("Administrator")
		case.reload().assumptions[0].base_value = 54
		case.save()
		self.assertEqual((case.reload().status, reserved_for(case)), ("Lapsed", {}))
