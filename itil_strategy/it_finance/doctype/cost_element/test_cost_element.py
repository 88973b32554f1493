import frappe

from itil_strategy.exceptions import CostElementError
from itil_strategy.tests.allocation import RENT
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import unique
from itil_strategy.tests.setup import ABBR


def make_element(*accounts: str):
	return frappe.get_doc(
		{
			"doctype": "Cost Element",
			"element_name": unique("EL"),
			"accounts": [{"account": account} for account in accounts],
		}
	).insert()


class TestCostElement(SiteTestCase):
	def test_an_account_is_expense_and_of_one_element(self):
		with self.assertRaisesRegex(CostElementError, "Row #1: .*is no expense account"):
			make_element(f"Cash - {ABBR}")
		with self.assertRaisesRegex(CostElementError, "Row #2: .*is listed twice"):
			make_element(RENT, RENT)
		first = make_element(RENT)
		with self.assertRaisesRegex(CostElementError, f"belongs to cost element .*{first.name}.* already"):
			make_element(RENT)
