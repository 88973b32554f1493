"""After the last day nothing more is charged, and nothing of the past changes (SP-6)."""

import frappe
from frappe.utils import add_days, today

from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from itil_strategy.domain.errors import UsageFileError
from itil_strategy.exceptions import DependencyError, RetirementError
from itil_strategy.it_finance.charging import preflight
from itil_strategy.it_finance.report.charging_statement.charging_statement import execute as statement
from itil_strategy.it_finance.report.service_cost_analysis.service_cost_analysis import execute as cost
from itil_strategy.service_portfolio.retirement.last_day import apply_last_days
from itil_strategy.tests.charging import make_dispute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	charges_of,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	post_all,
	published_run,
	unique,
)
from itil_strategy.tests.portfolio import decide, make_retirement, reload
from itil_strategy.tests.setup import ABBR, COMPANY

LAST_DAY = "2026-02-15"
EXTERNAL = "Harbour GmbH"


def make_item() -> str:
	return (
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": unique("FEE"),
				"item_group": "Services",
				"stock_uom": "Nos",
				"is_stock_item": 0,
			}
		)
		.insert()
		.name
	)


class TestLastDay(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.item = make_item()
		self.service = make_service()
		self.offering = make_offering(self.service, item=self.item)
		self.service.flags.stage_set_by = "tests"
		self.service.db_set("last_day", LAST_DAY)
		make_policy(self.offering, unit_price=2)
		book_expense(self.service.name, 500, "2026-01-20")

	def usage(self, day: str, quantity: float = 10, customer: str = EXTERNAL):
		return import_usage([(self.offering.name, customer, day, "Nos", quantity)])

	def is_disabled(self, doctype: str, name: str) -> bool:
		return bool(frappe.db.get_value(doctype, name, "disabled"))

	def test_the_last_day_is_inclusive(self):
		self.usage(LAST_DAY)
		with self.assertRaisesRegex(UsageFileError, f"after the last day .*{self.offering.name}"):
			self.usage(add_days(LAST_DAY, 1))

	def test_items_are_disabled_once_everything_is_settled(self):
		self.usage("2026-02-10")
		apply_last_days()
		self.assertTrue(self.is_disabled("Service Offering", self.offering.name))
		self.assertFalse(self.is_disabled("Item", self.item), "usage is not charged yet")

		# The disabled offering is still charged for what was used in time.
		run = published_run("2026-02-01")
		self.assertEqual([charge.amount for charge in charges_of(run)], [20.0])
		apply_last_days()
		self.assertFalse(self.is_disabled("Item", self.item), "the charge is not posted yet")
		post_all(run)
		invoice = charges_of(run)[0].voucher_no
		apply_last_days()
		self.assertFalse(self.is_disabled("Item", self.item), "the invoice is not paid yet")

		payment = get_payment_entry("Sales Invoice", invoice, bank_account=f"Cash - {ABBR}")
		payment.reference_no, payment.reference_date = "1", today()
		payment.insert().submit()
		apply_last_days()
		self.assertTrue(self.is_disabled("Item", self.item))

	def test_an_item_that_another_offering_sells_stays(self):
		other = make_offering(make_service(), item=self.item)
		apply_last_days()
		self.assertTrue(self.is_disabled("Service Offering", self.offering.name))
		self.assertFalse(self.is_disabled("Service Offering", other.name))
		self.assertFalse(self.is_disabled("Item", self.item))

	def test_the_item_stays_while_a_charge_is_disputed_or_corrected(self):
		self.usage("2026-01-10", customer="Sales Unit")
		run = published_run("2026-01-01")
		run.db_set("dispute_until", today())
		(charge,) = charges_of(run)
		post_all(run)
		dispute = make_dispute(charge)
		apply_last_days()
		self.assertFalse(self.is_disabled("Item", self.item), "the charge is disputed")
		dispute.decide("Upheld in Part", "One too many", 5)
		apply_last_days()
		self.assertFalse(self.is_disabled("Item", self.item), "the correction is not charged yet")
		post_all(published_run("2026-02-01"))
		apply_last_days()
		self.assertTrue(self.is_disabled("Item", self.item))

	def test_late_usage_is_invoiced_with_the_correction_item(self):
		apply_last_days()
		self.assertTrue(self.is_disabled("Item", self.item))
		self.usage("2026-02-10")
		run = published_run("2026-02-01")
		obstacles = " ".join(preflight.find_obstacles(run, "post"))
		self.assertIn("Choose a Correction Item in Service Strategy Settings", obstacles)
		correction = make_item()
		settings = frappe.get_doc("Service Strategy Settings")
		settings.correction_item = correction
		settings.save()
		self.assertNotIn(self.item, " ".join(preflight.find_obstacles(run, "post")))
		post_all(run)
		invoice = frappe.get_doc("Sales Invoice", charges_of(run)[0].voucher_no)
		self.assertEqual([(row.item_code, row.amount) for row in invoice.items], [(correction, 20.0)])
		self.assertTrue(self.is_disabled("Item", self.item))

	def test_nothing_new_hangs_on_a_service_that_ended(self):
		with self.assertRaisesRegex(RetirementError, "nothing of it is offered any more"):
			make_offering(self.service)
		self.offering.reload()
		self.offering.disabled = 1
		self.offering.save()
		self.offering.disabled = 0
		with self.assertRaisesRegex(RetirementError, "Disable the offering"):
			self.offering.save()
		with self.assertRaisesRegex(DependencyError, "Row #1.*has ended"):
			make_service(dependencies=[{"depends_on": self.service.name}])

	def test_history_is_unchanged_to_the_cent(self):
		self.usage("2026-01-10", customer="Sales Unit")
		self.usage("2026-02-10")
		for month in ("2026-01-01", "2026-02-01"):
			post_all(published_run(month))
		filters = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
		before = [report({**filters, "it_service": self.service.name})[1] for report in (statement, cost)]
		self.assertTrue(all(before))
		apply_last_days()
		self.retire()
		after = [report({**filters, "it_service": self.service.name})[1] for report in (statement, cost)]
		self.assertEqual(after, before)

	def retire(self):
		"""Through the records, as the last day lies in the past already: planned in January."""
		service = reload(self.service)
		service.flags.stage_set_by = "tests"
		service.db_set("last_day", None)
		with self.freeze_time("2026-01-31 12:00:00.250000"):
			plan = make_retirement(
				service,
				last_day=LAST_DAY,
				loss_accepted=1,
				loss_reason="Nobody uses it",
				data_owner="Administrator",
				data_retention="Deleted",
			)
			plan.submit()
			decide(service, "Retire")
		apply_last_days()
		self.assertEqual(frappe.db.get_value("Service Retirement", plan.name, "status"), "Last Day Passed")
		decide(service, "Retire")
		self.assertEqual(reload(service).stage, "Retired")
