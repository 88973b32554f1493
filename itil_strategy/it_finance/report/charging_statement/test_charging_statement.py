import frappe

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.charging import vouchers
from itil_strategy.it_finance.charging.posting import open_batches
from itil_strategy.it_finance.report.charging_statement.charging_statement import execute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	ledger_movement,
	make_offering,
	make_policy,
	make_user,
	published_run,
)
from itil_strategy.tests.setup import COMPANY


class TestChargingStatement(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.offering = make_offering()
		make_policy(self.offering, unit_price=2)
		free = make_offering()
		make_policy(free, method="None")
		import_usage(
			[
				(self.offering.name, "Sales Unit", "2026-01-05", "Nos", 10),
				(self.offering.name, "Production Unit", "2026-01-05", "Nos", 20),
				(self.offering.name, "Harbour GmbH", "2026-01-05", "Nos", 0.5),
				(free.name, "Sales Unit", "2026-01-05", "Nos", 7),
			]
		)

	def run_report(self, **filters):
		columns, data, _message, chart, summary, _skip = execute({"company": COMPANY, **filters})
		return columns, data, chart, summary

	def test_rows_totals_and_ledger_agree(self):
		run = published_run()
		for batch_no in open_batches(run.name):
			vouchers.post_batch(run, batch_no)
		_columns, data, chart, summary = self.run_report(charging_run=run.name)
		self.assertEqual(
			[(row.get("customer"), row.get("quantity"), row["chargeback"], row["showback"]) for row in data],
			[
				("Harbour GmbH", 0.5, 1.0, 0),
				("Production Unit", 20.0, 40.0, 0),
				("Sales Unit", 10.0, 20.0, 0),
				("Sales Unit", 7.0, 0, 0.0),
				(None, None, 61.0, 0),
			],
		)
		self.assertEqual(data[-1]["amount"], run.total_amount)
		moved = ledger_movement("charges_account", run.name) - ledger_movement("income_account", run.name)
		self.assertEqual(data[-1]["chargeback"], moved)
		self.assertEqual([card["value"] for card in summary], [61.0, 0.0, 61.0])
		self.assertEqual(chart["data"]["labels"], ["Production Unit", "Sales Unit", "Harbour GmbH"])

	def test_drafts_are_shown_on_request_only(self):
		from itil_strategy.tests.factories import calculated_run

		calculated_run()
		self.assertEqual(self.run_report(from_date="2026-01-01", to_date="2026-01-31")[1], [])
		drafts = self.run_report(from_date="2026-01-01", to_date="2026-01-31", include_unpublished=1)[1]
		self.assertEqual(len(drafts), 5)

	def test_rows_outside_user_permissions_are_folded_and_the_total_stays(self):
		run = published_run()
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": "Sales Unit"}
		).insert()
		frappe.set_user(user)
		data = self.run_report(charging_run=run.name)[1]
		self.assertEqual(
			[(row["description"], row.get("amount")) for row in data if not row.get("customer")],
			[("Not shown (2 records)", None), ("Total", 61.0)],
		)

	def test_a_service_owner_sees_the_own_services_only(self):
		run = published_run()
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.offering.it_service, "service_owner", user)
		frappe.set_user(user)
		data = self.run_report(charging_run=run.name)[1]
		self.assertEqual({row.get("service_offering") for row in data}, {self.offering.name, None})
		self.assertEqual(data[-1]["amount"], 61.0)

	def test_no_data(self):
		_columns, data, chart, _summary = self.run_report(from_date="2025-01-01", to_date="2025-01-31")
		self.assertEqual((data, chart), ([], None))

	def test_filters_are_checked(self):
		with self.assertRaisesRegex(ServiceStrategyError, "Choose a company"):
			execute({})
		with self.assertRaisesRegex(ServiceStrategyError, "before From Month"):
			self.run_report(from_date="2026-02-01", to_date="2026-01-01")

	def test_query_count_does_not_grow_with_rows(self):
		published_run()
		with self.assertQueryCount(8):
			self.run_report(from_date="2026-01-01", to_date="2026-01-31")
		offerings = [make_offering() for _number in range(10)]
		for offering in offerings:
			make_policy(offering, unit_price=1)
		import_usage([(offering.name, "Sales Unit", "2026-02-05", "Nos", 1) for offering in offerings])
		published_run("2026-02-01")
		with self.assertQueryCount(8):
			self.run_report(from_date="2026-01-01", to_date="2026-02-28")
