import shutil
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from unittest.mock import patch

import frappe
from frappe.www.printview import get_html_and_style

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging import statement_mail
from itil_strategy.it_finance.charging.statement_mail import (
	complete_statements,
	mail_addresses,
	make_pdf,
	run_sending,
	send_statements,
)
from itil_strategy.it_finance.charging.statement_print import PRINT_FORMAT, get_charging_statements
from itil_strategy.tests.charging import priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	calculated_run,
	make_customer,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
	unique,
)
from itil_strategy.tests.feedback import forget_accounts, make_contact, make_email_account

MARKUP = "<b>Bold</b> & Sons"
HAS_PDF = shutil.which("wkhtmltopdf") and shutil.which("pdftotext")


class StatementTestCase(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.account = make_email_account()
		self.addCleanup(forget_accounts)
		self.offering, free = priced_offering(), make_offering()
		make_policy(free, method="None")
		self.customer = make_customer(unique("Payer")).name
		for customer, quantity in ((self.customer, 9), ("Sales Unit", 2)):
			use(self.offering, customer, quantity)
		use(free, self.customer, 4)
		self.run_1 = published_run()


class TestStatement(StatementTestCase):
	def test_lines_and_totals_of_each_customer(self):
		statements = {row["customer"]: row for row in get_charging_statements(self.run_1.name)}
		self.assertEqual(set(statements), {self.customer, "Sales Unit"})
		mine = statements[self.customer]
		self.assertEqual((len(mine["lines"]), mine["has_charged"], mine["has_shown"]), (2, True, True))
		self.assertIn("90", mine["charged"])
		paid = next(line for line in mine["lines"] if line["mode"] == "Chargeback")
		self.assertEqual((paid["month"], paid["quantity"]), ("2026-01", "9 Nos"))
		self.assertIn("9 × ", paid["steps"][0])
		(only,) = get_charging_statements(self.run_1.name, self.customer)
		self.assertEqual(only, mine)

	def test_the_print_format_shows_all_or_one_and_no_markup_of_others(self):
		frappe.db.set_value("Customer", self.customer, "customer_name", MARKUP)
		html = self.print_html()
		self.assertIn("&lt;b&gt;Bold&lt;/b&gt; &amp; Sons", html)
		self.assertNotIn(MARKUP, html)
		self.assertEqual(html.count('class="its-statement"'), 2)
		frappe.form_dict.customer = "Sales Unit"
		self.addCleanup(frappe.form_dict.pop, "customer", None)
		html = self.print_html()
		self.assertEqual(html.count('class="its-statement"'), 1)
		self.assertIn("Sales Unit", html)

	def print_html(self) -> str:
		return get_html_and_style("Charging Run", self.run_1.name, print_format=PRINT_FORMAT)["html"]

	def test_who_may_not_read_the_run_gets_no_statement(self):
		for role in ("Service Owner", "Customer"):
			frappe.set_user(make_user(role))
			with self.assertRaises(frappe.PermissionError):
				get_charging_statements(self.run_1.name)
		frappe.set_user("Administrator")
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "IT Service",
				"for_value": make_service().name,
			}
		).insert()
		frappe.set_user(user)
		with self.assertRaisesRegex(frappe.PermissionError, "charges that you are not permitted to see"):
			get_charging_statements(self.run_1.name)
		with complete_statements():
			self.assertEqual(len(get_charging_statements(self.run_1.name)), 2)

	def test_query_count_does_not_grow_with_charges(self):
		get_charging_statements(self.run_1.name)
		with self.assertQueryCount(12):
			get_charging_statements(self.run_1.name)

	def test_the_pdf_is_of_one_customer(self):
		if not HAS_PDF:
			self.skipTest("wkhtmltopdf or pdftotext is not installed")
		with serving_nothing() as address, patch.dict(frappe.local.conf, host_name=address):
			pdf = make_pdf(self.run_1.name, self.customer)
		read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
		text = read.stdout.decode()
		for words in ("Statement of IT Charges", self.customer, self.offering.offering_name, "90"):
			self.assertIn(words, text)
		self.assertNotIn("Sales Unit", text)


class TestStatementMail(StatementTestCase):
	def setUp(self):
		super().setUp()
		self.address = f"{unique('ann')}@customer.example.com".lower()
		make_contact(self.customer, self.address)
		# The job commits mail by mail; here all of it is undone.
		for target in ("commit", "rollback"):
			patcher = patch.object(frappe.db, target)
			patcher.start()
			self.addCleanup(patcher.stop)

	def send(self, pdf=b"%PDF-1.4"):
		with patch.object(statement_mail, "make_pdf", return_value=pdf):
			run_sending(self.run_1.name, "Administrator")

	def mails(self) -> list:
		return frappe.get_all("Email Queue", {"reference_name": self.run_1.name}, pluck="name")

	def test_each_customer_gets_its_own_once(self):
		self.send()
		(mail,) = [frappe.get_doc("Email Queue", name) for name in self.mails()]
		self.assertEqual([row.recipient for row in mail.recipients], [self.address])
		self.assertIn(f"{self.run_1.name}.pdf", mail.message)
		self.send()
		self.assertEqual(len(self.mails()), 1)
		self.run_1.reload()
		sent = {row.customer: bool(row.statement_sent_on) for row in self.run_1.customers}
		self.assertEqual(sent, {self.customer: True, "Sales Unit": False})
		comments = frappe.get_all("Comment", {"reference_name": self.run_1.name}, pluck="content")
		self.assertTrue(any("No contact with an e-mail address: Sales Unit" in text for text in comments))

	def test_one_that_fails_does_not_keep_the_others(self):
		make_contact("Sales Unit", "sales@customer.example.com")

		def broken(_run, customer):
			if customer == "Sales Unit":
				raise OSError("no wkhtmltopdf")
			return b"%PDF-1.4"

		with patch.object(statement_mail, "make_pdf", broken):
			run_sending(self.run_1.name, "Administrator")
		self.run_1.reload()
		sent = {row.customer for row in self.run_1.customers if row.statement_sent_on}
		self.assertEqual(sent, {self.customer})
		comments = frappe.get_all("Comment", {"reference_name": self.run_1.name}, pluck="content")
		self.assertTrue(any("Not sent, see the Error Log: Sales Unit" in text for text in comments))

	def test_nothing_is_sent_of_a_run_that_was_taken_back(self):
		self.run_1.db_set("status", "Reversed")
		with patch.object(statement_mail, "_send_one") as send:
			run_sending(self.run_1.name, "Administrator")
		send.assert_not_called()
		with self.assertRaisesRegex(RunStateError, "is Reversed"):
			send_statements(self.run_1.name)

	def test_reversed_charges_are_stated_to_nobody(self):
		frappe.db.set_value(
			"Service Charge",
			{"charging_run": self.run_1.name, "customer": "Sales Unit"},
			"status",
			"Reversed",
		)
		self.assertEqual(get_charging_statements(self.run_1.name, "Sales Unit"), [])
		row = frappe._dict(name="x", customer="Sales Unit")
		self.assertIsNone(statement_mail._send_one(self.run_1.name, row, ["a@example.com"]))

	def test_billing_contacts_before_all_others(self):
		billing = make_contact(self.customer, "bills@customer.example.com")
		self.assertEqual(len(mail_addresses([self.customer])[self.customer]), 2)
		frappe.db.set_value("Contact", billing, "is_billing_contact", 1)
		self.assertEqual(mail_addresses([self.customer]), {self.customer: ["bills@customer.example.com"]})
		self.assertEqual(mail_addresses([]), {})

	def test_publishing_queues_it_only_if_the_settings_say_so(self):
		for setting, calls in ((0, 0), (1, 1)):
			frappe.db.set_single_value("Service Strategy Settings", "mail_statements", setting)
			run = calculated_run(f"2026-0{setting + 2}-01")
			with patch.object(statement_mail, "queue") as queue:
				run.submit()
			self.assertEqual(queue.call_count, calls)

	def test_who_sends_them_by_hand(self):
		with patch.object(statement_mail, "queue") as queue:
			for role in ("Service Portfolio Manager", "Business Relationship Manager", "Service Owner"):
				frappe.set_user(make_user(role))
				with self.assertRaises(frappe.PermissionError):
					send_statements(self.run_1.name)
			frappe.set_user(make_user("IT Financial Manager"))
			send_statements(self.run_1.name)
			self.assertEqual(queue.call_count, 1)
			frappe.set_user("Administrator")
			with self.assertRaisesRegex(RunStateError, "Publish it first"):
				send_statements(calculated_run("2026-02-01").name)


class Empty(BaseHTTPRequestHandler):
	def do_GET(self):
		self.send_response(200)
		self.send_header("Content-Length", "0")
		self.end_headers()

	def log_message(self, *_arguments):
		pass


@contextmanager
def serving_nothing():
	"""An address that answers everything with nothing: the styles of the print are not there, its text is."""
	server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
	thread = Thread(target=server.serve_forever, daemon=True)
	thread.start()
	try:
		yield f"http://127.0.0.1:{server.server_port}"
	finally:
		server.shutdown()
		server.server_close()
