"""Every invariant is broken on purpose, past the rules that guard it; the check names the record."""

import json
from io import StringIO
from unittest.mock import patch

import frappe

from itil_strategy.commands.ledger_health import report
from itil_strategy.it_finance.charging.reversal import reverse_open_vouchers
from itil_strategy.it_finance.report.ledger_health.ledger_health import execute, get_check_names
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.budgets import OFFICE, make_budget
from itil_strategy.tests.business_cases import approve, make_case
from itil_strategy.tests.charging import charge_of, make_correction, post, priced_offering, use
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import center, make_service, make_user, published_run
from itil_strategy.tests.health import change, copy_row, find_broken, undone
from itil_strategy.tests.portfolio import decide, propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY
from itil_strategy.tests.surveys import make_contact, make_customer, make_survey, respond
from itil_strategy.utils.erpnext_budget import published
from itil_strategy.utils.health.notice import run_monthly
from itil_strategy.utils.health.registry import CHECKS, run_checks
from itil_strategy.utils.health.test_health_promises import PROVEN_HERE

INTERNAL, EXTERNAL = "Sales Unit", "Harbour GmbH"


class TestLedgerHealth(SiteTestCase):
	"""Usage of 10 and 20 at 10 each, 100 to a unit of our own and 200 to an external customer, and what hangs on it."""

	def setUp(self):
		super().setUp()
		self.before = find_broken()
		self.make_charges()
		self.make_allocation()
		self.make_funds()
		self.make_decisions()

	def make_charges(self) -> None:
		offering = priced_offering(10)
		self.service = offering.it_service
		self.usage = use(offering, INTERNAL, 10), use(offering, EXTERNAL, 20)
		self.run = published_run()
		post(self.run)
		frappe.db.set_value("Charging Run", self.run.name, "posted_amount", 300)
		self.charge = charge_of(self.run, INTERNAL)
		self.entry = self.voucher_of(INTERNAL)
		self.invoice = self.voucher_of(EXTERNAL)
		self.correction = make_correction(self.charge, -30).name
		use(offering, EXTERNAL, 5, "2026-02-10")
		self.next_run = published_run("2026-02-01")
		with patch("frappe.db.commit"):
			self.reversed = self.make_reversed(offering)

	def make_reversed(self, offering):
		"""A posted and counter-posted run of March."""
		use(offering, INTERNAL, 7, "2026-03-10")
		run = published_run("2026-03-01")
		post(run)
		frappe.db.set_value(
			"Charging Run",
			run.name,
			{
				"posted_amount": 70,
				"reversal_date": "2026-03-31",
				"reversal_reason": "Wrong",
				"reversal_recharge": 1,
				"status": "Posting",
			},
		)
		reverse_open_vouchers(run.name)
		return run

	def make_allocation(self) -> None:
		service = make_service().name
		book(100, service)
		book(50)
		make_pool(receivers_are="Only Listed", receivers=receivers(service))
		self.allocation = submitted_allocation()
		self.allocated = service

	def make_funds(self) -> None:
		self.budget = make_budget(make_service())
		other = make_budget(make_service())
		frappe.get_doc(
			{
				"doctype": "Budget Transfer",
				"company": COMPANY,
				"fiscal_year": "2026",
				"amount": 200,
				"from_service": self.budget.it_service,
				"from_account": OFFICE,
				"to_service": other.it_service,
				"to_account": OFFICE,
				"reason": "Needed",
			}
		).insert().submit()
		self.case = approve(make_case())

	def make_decisions(self) -> None:
		self.proposed = propose_service().name
		# The cases that such services come with are stored without their way there and reserve nothing.
		frappe.db.delete("Business Case", {"it_service": self.proposed})
		self.decision = decide(frappe.get_doc("IT Service", self.proposed), "Hold").name
		survey = make_survey(contacts=[make_contact(make_customer())])
		self.answered = respond(survey, 9, 5).invitation

	def voucher_of(self, customer: str) -> str:
		return charge_of(self.run, customer).voucher_no

	def reservation(self) -> dict:
		return {"reference_name": self.case.name, "status": "Open"}

	def test_what_the_app_wrote_is_healthy(self):
		"""Services that other tests put into a stage without a decision are found rightly."""
		found = {row for row in find_broken() - self.before if row[0] != "stages"}
		self.assertEqual(found, set())
		self.assertNotIn(("stages", "IT Service", self.proposed), find_broken("stages"))

	def test_each_invariant_broken_on_purpose_is_found_by_name(self):
		run, entry = ("Charging Run", self.run.name), ("Journal Entry", self.entry)
		usage = ("Usage Import", self.usage[0].name)
		gl_entry = {"voucher_no": self.entry, "debit": (">", 0)}
		claim = {"usage_import": usage[1]}
		cost = {"allocation_run": self.allocation.name, "kind": "Pool"}
		allocation = ("Cost Allocation Run", self.allocation.name)
		case, budget = ("Business Case", self.case.name), ("Service Budget", self.budget.name)
		correction = ("Charge Correction", self.correction)
		service, decision = ("IT Service", self.proposed), ("Portfolio Decision", self.decision)
		(erpnext_budget,) = published(self.budget.name)
		other_center = center("Logistics")
		table = [
			("vouchers-balance", entry, lambda: change("GL Entry", gl_entry, "debit", 99)),
			("vouchers-balance", entry, lambda: change(*entry, "docstatus", 2)),
			("vouchers-known", entry, lambda: frappe.db.delete("Charge Posting", {"voucher_no": self.entry})),
			("vouchers-known", run, lambda: change(*entry, "docstatus", 2)),
			(
				"vouchers-known",
				("Service Charge", str(self.charge.name)),
				lambda: frappe.db.delete("Charge Posting", {"voucher_no": self.entry}),
			),
			("charges-in-ledger", entry, lambda: change("GL Entry", gl_entry, "debit", 101)),
			("charges-in-ledger", entry, lambda: change("GL Entry", gl_entry, "cost_center", other_center)),
			("charges-in-ledger", entry, lambda: change("GL Entry", gl_entry, "it_service", self.allocated)),
			("charges-in-ledger", entry, lambda: frappe.db.delete("GL Entry", {"voucher_no": self.entry})),
			(
				"charges-in-ledger",
				("Sales Invoice", self.invoice),
				lambda: change("GL Entry", {"voucher_no": self.invoice, "credit": 200}, "credit", 199),
			),
			("charges-in-ledger", entry, lambda: change("Service Charge", self.charge.name, "amount", 90)),
			("reversals", ("Charging Run", self.reversed.name), self.halve_counter_voucher),
			("batch-totals", run, lambda: change("Charge Posting", {"voucher_no": self.entry}, "amount", 1)),
			("batch-totals", run, lambda: change("Service Charge", self.charge.name, "status", "Published")),
			("run-totals", run, lambda: change(*run, "total_amount", 301)),
			("run-totals", run, lambda: change(*run, "charge_count", 3)),
			("run-totals", run, lambda: change(*run, "posted_amount", 100)),
			("run-totals", run, lambda: frappe.db.delete("Service Charge", {"name": self.charge.name})),
			("imports-whole", usage, lambda: frappe.db.delete("Service Usage", claim)),
			("imports-whole", usage, lambda: change(*usage, "status", "Importing")),
			("imports-whole", usage, lambda: change(*usage, "group_count", 2)),
			("claims-live", usage, lambda: change("Usage Claim", claim, "charging_run", self.reversed.name)),
			("claims-live", usage, lambda: change("Usage Claim", claim, "charging_run", "CR-GONE")),
			("claims-equal-usage", usage, lambda: change("Service Usage", claim, "quantity", 11)),
			("claims-equal-usage", usage, lambda: change("Service Usage", claim, "quantity_remainder", 1)),
			("claims-equal-usage", usage, lambda: frappe.db.delete("Service Usage", claim)),
			(
				"corrections-limit",
				("Service Charge", str(self.charge.name)),
				lambda: change(*correction, "amount", -100.01),
			),
			(
				"corrections-limit",
				("Service Charge", str(self.charge.name)),
				lambda: change(*correction, "amount", 5),
			),
			("corrections-once", correction, lambda: change(*correction, "status", "Open")),
			("corrections-once", correction, lambda: change(*correction, "amount", -29)),
			("corrections-once", correction, self.charge_correction_twice),
			(
				"corrections-once",
				correction,
				lambda: frappe.db.delete("Service Charge", {"charge_correction": self.correction}),
			),
			("reservations", case, lambda: change("Fund Reservation", self.reservation(), "planned", 1)),
			("reservations", case, lambda: frappe.db.delete("Fund Reservation", self.reservation())),
			("reservations", case, lambda: change(*case, "status", "Lapsed")),
			("reservations-once", case, lambda: copy_row("Fund Reservation", self.reservation())),
			(
				"budgets",
				budget,
				lambda: change("Budget Account", {"parent": erpnext_budget}, "budget_amount", 1200),
			),
			("budgets", budget, lambda: change("Budget", erpnext_budget, "docstatus", 2)),
			("budgets", budget, lambda: change(*budget, "status", "Superseded")),
			("cost-of-services", allocation, lambda: change("Service Cost", cost, "amount", 50.01)),
			("cost-of-runs", allocation, lambda: change(*allocation, "ledger_expense", 1)),
			("cost-of-runs", allocation, lambda: frappe.db.delete("Service Cost", cost)),
			("cost-in-ledger", allocation, lambda: change(*allocation, "journal_entry", self.gone_entry())),
			("stages", service, lambda: change(*service, "stage", "Approved")),
			("stages", service, lambda: change(*service, "decision_state", "Active")),
			("stages", service, lambda: change(*service, "phase", "Catalogue")),
			("stage-log", decision, lambda: frappe.db.delete("Service Stage Log", {"parent": self.proposed})),
			("stage-log", decision, lambda: copy_row("Service Stage Log", {"parent": self.proposed})),
			(
				"survey-answers",
				("Survey Invitation", self.answered),
				lambda: frappe.db.delete("Survey Response", {"invitation": self.answered}),
			),
			(
				"survey-answers",
				("Survey Invitation", self.answered),
				lambda: change("Survey Invitation", self.answered, "status", "Sent"),
			),
		]
		for number, (check, record, break_it) in enumerate(table):
			with self.subTest(number=number, check=check, record=record), undone():
				self.assertNotIn((check, *record), find_broken(check))
				break_it()
				self.assertIn((check, *record), find_broken(check))
		# The database itself forbids the first one; its check is for a site that lost the key.
		self.assertEqual(CHECKS.keys() - {row[0] for row in table}, {"usage-once", *PROVEN_HERE})

	def test_usage_cannot_be_claimed_twice_even_by_hand(self):
		with self.assertRaises(frappe.UniqueValidationError), undone():
			copy_row("Usage Claim", {"usage_import": self.usage[0].name}, charging_run=self.next_run.name)

	def test_a_double_claim_is_named_where_the_unique_key_is_lost(self):
		"""The table is read twice: its key cannot be dropped inside a transaction."""
		send, table = frappe.db.sql, "`tabUsage Claim`"
		doubled = f"(SELECT * FROM {table} UNION ALL SELECT * FROM {table}) {table}"

		def elsewhere(query, *args, **kwargs):
			return send(str(query).replace(table, doubled, 1), *args, **kwargs)

		self.assertEqual(find_broken("usage-once"), set())
		with patch.object(frappe.local.db, "sql", elsewhere):
			self.assertIn(("usage-once", "Usage Import", self.usage[0].name), find_broken("usage-once"))

	def halve_counter_voucher(self) -> None:
		voucher = frappe.db.get_value(
			"Charge Posting", {"charging_run": self.reversed.name}, "reversal_voucher"
		)
		change("GL Entry", {"voucher_no": voucher, "credit": (">", 0)}, "credit", 35)

	def charge_correction_twice(self) -> None:
		copy_row("Service Charge", {"charge_correction": self.correction}, correction_no=99)

	def gone_entry(self) -> str:
		entry = book(1, day="2027-06-01")
		entry.cancel()
		return entry.name

	def test_the_report_names_record_problem_and_way_out(self):
		change("Charging Run", self.run.name, "total_amount", 301)
		columns, rows, *_rest, summary, _skip = execute({"check": "run-totals"})
		(row,) = [row for row in rows if row.get("record") == self.run.name]
		self.assertEqual(
			(row["record_type"], row["state"], row["company"]), ("Charging Run", "Broken", COMPANY)
		)
		self.assertIn("301", row["problem"])
		self.assertTrue(row["way_out"])
		self.assertTrue(row.keys() <= {column["fieldname"] for column in columns})
		self.assertEqual(summary[0]["value"], 1)

	def test_records_of_a_company_that_the_viewer_may_not_see_are_counted_not_named(self):
		change("Charging Run", self.run.name, "total_amount", 301)
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{
				"doctype": "User Permission",
				"user": user,
				"allow": "Company",
				"for_value": "Test Cloud Services",
			}
		).insert()
		total = execute({"check": "run-totals"})[4][2]["value"]
		frappe.set_user(user)
		_columns, rows, *_rest, summary, _skip = execute({"check": "run-totals"})
		self.assertNotIn(self.run.name, {row.get("record") for row in rows})
		self.assertIn("Not shown", rows[-1]["title"])
		self.assertEqual(summary[2]["value"], total)

	def test_the_query_count_does_not_grow_with_the_findings(self):
		few = count_queries(run_checks)
		offering = priced_offering(10)
		for number in range(5):
			use(offering, INTERNAL, 1, f"2026-0{number + 4}-10")
			run = published_run(f"2026-0{number + 4}-01")
			change("Charging Run", run.name, "total_amount", 999)
			decide(frappe.get_doc("IT Service", self.proposed), "Hold", deviation_reason="Again")
		self.assertEqual(count_queries(run_checks), few)

	def test_the_command_prints_every_broken_record_and_fails(self):
		with patch("click.echo") as echo:
			report(["run-totals"], as_json=False)
			change("Charging Run", self.run.name, "total_amount", 301)
			self.assertEqual(report(["run-totals"], as_json=False), 1)
			self.assertIn(f"Charging Run {self.run.name}: It shows", "\n".join(map(str, echo.call_args_list)))
			self.assertEqual(report(["run-totals"], as_json=True), 1)
			(result,) = json.load(StringIO(echo.call_args.args[0]))
			self.assertIn(self.run.name, [finding["record"] for finding in result["findings"]])
			self.assertEqual(report(["nonsense"], as_json=False), 2)

	def test_the_monthly_job_tells_who_can_mend_it_and_nobody_while_all_holds(self):
		user = make_user("IT Financial Manager")
		mine = {"for_user": user}
		with patch("itil_strategy.utils.health.notice.run_checks", return_value=[]):
			run_monthly()
		self.assertFalse(frappe.db.exists("Notification Log", mine))
		change("Charging Run", self.run.name, "total_amount", 301)
		results = run_checks(["run-totals"])
		with patch("itil_strategy.utils.health.notice.run_checks", return_value=results):
			run_monthly()
		subject, link = frappe.db.get_value("Notification Log", mine, ["subject", "link"])
		self.assertIn(f"{len(results[0].findings)} records are broken", subject)
		self.assertIn("Ledger", link)

	def test_only_the_two_roles_run_the_report(self):
		from frappe.desk.query_report import run

		for role in ("System Manager", "IT Financial Manager"):
			frappe.set_user(make_user(role))
			self.assertTrue(run("Ledger Health", {"check": "stages"})["columns"])
			self.assertEqual([row["value"] for row in get_check_names()], list(CHECKS))
			frappe.set_user("Administrator")
		for role in (
			"Service Portfolio Manager",
			"Business Relationship Manager",
			"Service Owner",
			"Accounts User",
		):
			frappe.set_user(make_user(role))
			with self.subTest(role=role), self.assertRaises(frappe.PermissionError):
				run("Ledger Health", {})
			with self.subTest(role=role), self.assertRaises(frappe.PermissionError):
				get_check_names()
			frappe.set_user("Administrator")
