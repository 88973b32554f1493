from datetime import date
from decimal import Decimal

import frappe

from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, make_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import ABBR, COMPANY, OTHER_COMPANY
from itil_strategy.utils.costing import direct_cost_by_month

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def add_ledger_row(service: str | None, debit: str, **values) -> None:
	"""A live expense row of 15 January, unless told otherwise."""
	frappe.get_doc(
		{
			"doctype": "GL Entry",
			"name": frappe.generate_hash(length=12),
			"company": COMPANY,
			"account": f"Administrative Expenses - {ABBR}",
			"posting_date": "2026-01-15",
			"voucher_type": "Journal Entry",
			"it_service": service,
			"debit": debit,
			**values,
		}
	).db_insert()


class TestDirectCost(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.mail, self.files = make_service().name, make_service().name

	def test_what_counts_by_service_and_month(self):
		accounts = get_company_accounts(COMPANY)
		add_ledger_row(self.mail, "100.10")
		add_ledger_row(self.mail, "0", credit="0.30")
		add_ledger_row(self.mail, "7", posting_date="2026-02-28")
		add_ledger_row(self.files, "5", posting_date="2026-01-31")
		for service, changed in (
			(None, {}),
			(self.mail, {"is_cancelled": 1}),
			(self.mail, {"company": OTHER_COMPANY}),
			(self.mail, {"account": f"Cash - {ABBR}"}),
			(self.mail, {"account": accounts.charges_account}),
			(self.mail, {"account": accounts.recovery_account}),
			(self.mail, {"voucher_type": "Period Closing Voucher"}),
			(self.mail, {"posting_date": "2025-12-31"}),
			(self.mail, {"posting_date": "2026-03-01"}),
			(make_service().name, {}),
		):
			add_ledger_row(service, "1000", **changed)
		costs = direct_cost_by_month(COMPANY, [self.mail, self.files], [JANUARY, FEBRUARY])
		self.assertEqual(
			costs,
			{
				(self.mail, JANUARY): Decimal("99.80"),
				(self.mail, FEBRUARY): Decimal(7),
				(self.files, JANUARY): Decimal(5),
			},
		)
		self.assertEqual(
			direct_cost_by_month(COMPANY, [self.mail], [MARCH]), {(self.mail, MARCH): Decimal(1000)}
		)

	def test_nothing_asked_nothing_found(self):
		book_expense(self.mail, 100)
		for services, months in (([], [JANUARY]), ([self.mail], []), ([self.files], [JANUARY])):
			self.assertEqual(direct_cost_by_month(COMPANY, services, months), {})

	def test_query_count_does_not_grow(self):
		months = [date(2026, month, 1) for month in range(1, 13)]
		services = [make_service().name for _number in range(30)]
		few = count_queries(lambda: direct_cost_by_month(COMPANY, [self.mail], [JANUARY]))
		self.assertEqual(count_queries(lambda: direct_cost_by_month(COMPANY, services, months)), few)
		self.assertLessEqual(few, 3)
