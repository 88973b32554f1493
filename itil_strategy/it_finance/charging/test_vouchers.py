import frappe
from frappe.utils import getdate

from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_customer,
	make_offering,
	make_policy,
	post_all,
	published_run,
	unique,
)
from itil_strategy.tests.setup import COMPANY


def make_terms(*parts: tuple[float, str, int]) -> str:
	"""Payment terms of (portion in percent, counted from, days or months); answers the template's name."""
	terms = []
	for portion, based_on, number in parts:
		term = {
			"doctype": "Payment Term",
			"payment_term_name": unique("TERM"),
			"invoice_portion": portion,
			"due_date_based_on": based_on,
			"credit_months" if based_on.startswith("Month") else "credit_days": number,
		}
		name = frappe.get_doc(term).insert().name
		terms.append({**term, "doctype": "Payment Terms Template Detail", "payment_term": name})
	return (
		frappe.get_doc(
			{"doctype": "Payment Terms Template", "template_name": unique("TERMS"), "terms": terms}
		)
		.insert()
		.name
	)


NET_14 = (100, "Day(s) after invoice date", 14)


class TestDueDate(SiteTestCase):
	def post_invoice(self, customer: str):
		"""The posted invoice of a January run over 7.00."""
		offering = make_offering()
		make_policy(offering, unit_price=1)
		import_usage([(offering.name, customer, "2026-01-10", "Nos", 7)])
		return self.post(published_run())

	def post(self, run):
		post_all(run)
		return frappe.get_doc("Sales Invoice", {"it_charging_run": run.name})

	def test_without_terms_it_is_the_posting_date(self):
		invoice = self.post_invoice("Harbour GmbH")
		self.assertEqual((invoice.due_date, invoice.posting_date), (getdate("2026-01-31"),) * 2)

	def test_terms_of_the_customer(self):
		invoice = self.post_invoice(make_customer(unique("C"), payment_terms=make_terms(NET_14)).name)
		self.assertEqual(invoice.due_date, getdate("2026-02-14"))
		self.assertEqual(
			[(row.due_date, row.payment_amount) for row in invoice.payment_schedule],
			[(getdate("2026-02-14"), 7.0)],
		)

	def test_terms_in_parts(self):
		template = make_terms(
			(40, "Day(s) after the end of the invoice month", 10),
			(60, "Month(s) after the end of the invoice month", 2),
		)
		invoice = self.post_invoice(make_customer(unique("C"), payment_terms=template).name)
		self.assertEqual(
			[(row.due_date, row.payment_amount) for row in invoice.payment_schedule],
			[(getdate("2026-02-10"), 2.8), (getdate("2026-03-31"), 4.2)],
		)
		self.assertEqual(
			(invoice.due_date, invoice.payment_terms_template, invoice.base_net_total),
			(getdate("2026-03-31"), template, 7.0),
		)

	def test_terms_of_the_customer_group_and_then_of_the_company(self):
		company = frappe.get_doc("Company", COMPANY)
		company.db_set("payment_terms", make_terms((100, "Day(s) after invoice date", 30)))
		frappe.clear_document_cache("Company", COMPANY)
		self.addCleanup(frappe.clear_document_cache, "Company", COMPANY)
		group = frappe.get_doc(
			{
				"doctype": "Customer Group",
				"customer_group_name": unique("GROUP"),
				"parent_customer_group": "All Customer Groups",
				"payment_terms": make_terms(NET_14),
			}
		).insert()
		offering = make_offering()
		make_policy(offering, unit_price=1)
		grouped = make_customer(unique("C"), customer_group=group.name).name
		import_usage([(offering.name, grouped, "2026-01-10", "Nos", 7)])
		import_usage([(offering.name, "Harbour GmbH", "2026-01-10", "Nos", 7)])
		run = published_run()
		self.post(run)
		self.assertEqual(
			dict(
				frappe.get_all(
					"Sales Invoice", {"it_charging_run": run.name}, ["customer", "due_date"], as_list=True
				)
			),
			{grouped: getdate("2026-02-14"), "Harbour GmbH": getdate("2026-03-02")},
		)

	def test_a_credit_note_has_no_terms(self):
		customer = make_customer(unique("C"), payment_terms=make_terms(NET_14)).name
		offering = make_offering()
		make_policy(offering, [(0, 10, 2), (10, 0, 0.5)], method="Volume")
		import_usage([(offering.name, customer, "2026-01-10", "Nos", 9)])
		self.post(published_run())
		import_usage([(offering.name, customer, "2026-01-10", "Nos", 1)])
		note = self.post(published_run("2026-02-01"))
		self.assertEqual(
			(note.is_return, note.base_net_total, note.due_date, note.payment_schedule),
			(1, -13.0, getdate("2026-02-28"), []),
		)
