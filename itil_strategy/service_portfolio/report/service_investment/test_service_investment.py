import frappe
from frappe.desk.query_report import run
from frappe.utils import flt

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.report.service_investment.service_investment import execute
from itil_strategy.tests.allocation import book, make_pool, receivers, submitted_allocation
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	book_expense,
	center,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
	unique,
)
from itil_strategy.tests.portfolio import propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import ABBR, COMPANY, ITEM
from itil_strategy.utils.costing import recharge_accounts

YEAR = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
BY_STAGE = {**YEAR, "breakdown": "Stage"}
TRAVEL, OFFICE = f"Travel Expenses - {ABBR}", f"Administrative Expenses - {ABBR}"
MEASURES = ("budget", "committed", "actual", "charged", "returned")


def figures(row: dict) -> tuple:
	return tuple(row.get(measure) for measure in MEASURES)


def by_service(data: list[dict]) -> dict:
	return {row["it_service"]: figures(row) for row in data if row.get("it_service")}


def make_budget(service, year: str = "2026", submit: bool = True, **amounts: float):
	doc = frappe.get_doc(
		{
			"doctype": "Budget",
			"budget_against": "IT Service",
			"it_service": service.name,
			"company": COMPANY,
			"fiscal_year": year,
			"action_if_annual_budget_exceeded": "Ignore",
			"action_if_accumulated_monthly_budget_exceeded": "Ignore",
			"accounts": [
				{"account": account, "budget_amount": amount} for account, amount in amounts.items()
			],
		}
	).insert()
	return doc.submit() if submit else doc


def make_order(service, rate: float, day: str = "2026-04-10", quantity: float = 1, **values):
	supplier = frappe.db.exists("Supplier", "Test Supplies") or (
		frappe.get_doc(
			{"doctype": "Supplier", "supplier_name": "Test Supplies", "supplier_group": "Services"}
		)
		.insert()
		.name
	)
	order = frappe.get_doc(
		{
			"doctype": "Purchase Order",
			"company": COMPANY,
			"supplier": supplier,
			"transaction_date": day,
			"schedule_date": day,
			"items": [
				{
					"item_code": ITEM,
					"qty": quantity,
					"rate": rate,
					"schedule_date": day,
					"cost_center": center("Data Centre"),
					"it_service": service.name if service else None,
					**values,
				}
			],
		}
	).insert()
	order.submit()
	return order


def make_request(service, rate: float, quantity: float = 1, day: str = "2026-04-05"):
	request = frappe.get_doc(
		{
			"doctype": "Material Request",
			"material_request_type": "Purchase",
			"company": COMPANY,
			"transaction_date": day,
			"schedule_date": day,
			"items": [
				{
					"item_code": ITEM,
					"qty": quantity,
					"rate": rate,
					"schedule_date": day,
					"cost_center": center("Data Centre"),
					"it_service": service.name,
				}
			],
		}
	).insert()
	request.submit()
	return request


class TestServiceInvestment(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.mail, self.files = make_service(service_name="Mail"), make_service(service_name="Files")

	def make_life(self):
		"""Mail: budget 1,000, ordered 250, spent 700.01, charged 900. Files: spent 300. No service: 50."""
		make_budget(self.mail, **{OFFICE: 800, TRAVEL: 200})
		make_order(self.mail, 250)
		book_expense(self.mail.name, 600, "2026-01-15")
		book_expense(self.mail.name, 100.01, "2026-02-15", TRAVEL)
		book_expense(self.files.name, 300, "2026-02-15")
		book_expense(None, 50, "2026-02-15")
		offering = make_offering(self.mail)
		make_policy(offering, unit_price=10)
		import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 90)])
		published_run()

	def test_the_money_of_a_service_and_the_total_of_the_ledger(self):
		self.make_life()
		_columns, data, message, chart, summary, _skip = execute(YEAR)
		self.assertEqual(
			by_service(data),
			{
				self.mail.name: (1000.0, 250.0, 700.01, 900.0, 199.99),
				self.files.name: (0.0, 0.0, 300.0, 0.0, -300.0),
			},
		)
		self.assertEqual(figures(data[-2]), (None, 0.0, 50.0, None, None))
		self.assertEqual(figures(data[-1]), (1000.0, 250.0, 1050.01, 900.0, -100.01))
		self.assertEqual(data[-1]["actual"], self.ledger_expense())
		self.assertEqual(chart["data"]["labels"], ["Mail", "Files"])
		self.assertEqual(
			{card["label"]: card["value"] for card in summary},
			{
				"Budget": 1000.0,
				"Committed": 250.0,
				"Actual of Services": 1000.01,
				"Charged": 900.0,
				"Unassigned Expense": 50.0,
			},
		)
		self.assertIn("whole fiscal years", message)

	def test_budgets_of_the_fiscal_years_that_the_period_touches(self):
		make_budget(self.mail, "2026", **{OFFICE: 100})
		make_budget(self.mail, "2027", **{OFFICE: 10})
		make_budget(self.mail, "2026", submit=False, **{TRAVEL: 1})
		charges = recharge_accounts(COMPANY)[0]
		make_budget(self.files, "2026", **{charges: 5, OFFICE: 7})
		self.assertEqual(by_service(execute(YEAR)[1])[self.mail.name][0], 100.0)
		# The recharge is no budget of a service.
		self.assertEqual(by_service(execute(YEAR)[1])[self.files.name][0], 7.0)
		both = {**YEAR, "from_date": "2026-12-31", "to_date": "2027-01-01"}
		self.assertEqual(by_service(execute(both)[1])[self.mail.name][0], 110.0)

	def test_commitments_are_what_is_open_counted_once(self):
		request = make_request(self.mail, 10, quantity=10)
		self.assertEqual(self.committed(), 100.0)
		# 4 of the 10 are ordered, at a better price: 6 × 10 requested and 4 × 8 ordered stay open.
		order = make_order(
			self.mail,
			8,
			quantity=4,
			material_request=request.name,
			material_request_item=request.items[0].name,
		)
		self.assertEqual(self.committed(), 92.0)
		# Of 32 ordered 12 are billed.
		frappe.db.set_value("Purchase Order Item", order.items[0].name, "billed_amt", 12)
		self.assertEqual(self.committed(), 80.0)
		order.reload()
		order.update_status("Closed")
		frappe.db.set_value("Material Request", request.name, "status", "Stopped")
		self.assertIsNone(self.committed())

	def test_orders_of_other_periods_and_without_service_do_not_count(self):
		make_order(self.mail, 100, "2025-12-31")
		make_order(None, 70)
		self.assertEqual(execute(YEAR)[1], [])

	def test_spend_by_the_stage_of_its_day(self):
		service = propose_service(service_name="Shop")
		frappe.db.set_value(
			"IT Service", service.name, {"creation": "2026-02-01 08:00:00", "stage": "Operational"}
		)
		for idx, (day, before, after) in enumerate(
			(
				("2026-03-10", "Proposed", "Defined"),
				("2026-03-20", "Defined", "Defined"),
				("2026-05-01", "Defined", "Operational"),
			),
			start=1,
		):
			self.log(service, idx, day, before, after)
		for day, amount in (
			("2026-01-31", 5),
			("2026-02-01", 10),
			("2026-03-09", 20),
			("2026-03-10", 40),
			("2026-05-01", 80),
		):
			book_expense(service.name, amount, day)
		make_order(service, 33, "2026-03-15")
		book_expense(None, 7, "2026-03-15")
		_columns, data, _message, chart, summary, _skip = execute(BY_STAGE)
		self.assertEqual(
			[(row["indent"], row["description"], row["committed"], row["actual"]) for row in data],
			[
				(0, "Shop", 33.0, 155.0),
				(1, "Undated: before its first known stage", 0.0, 5.0),
				(1, "Proposed", 0.0, 30.0),
				(1, "Defined", 33.0, 40.0),
				(1, "Operational", 0.0, 80.0),
				(0, "Unassigned: no service on the entry", 0.0, 7.0),
				(0, "Total", 33.0, 162.0),
			],
		)
		self.assertEqual(chart["data"]["labels"], ["Undated", "Proposed", "Defined", "Operational"])
		self.assertEqual({card["label"]: card["value"] for card in summary}["Of It Undated"], 5.0)
		self.assertEqual(data[-1]["actual"], self.ledger_expense())

	def test_filters(self):
		self.make_life()
		data = execute({**YEAR, "it_service": self.files.name})[1]
		self.assertEqual(list(by_service(data)), [self.files.name])
		self.assertEqual((len(data), data[-1]["actual"]), (2, 300.0))
		january = execute({**YEAR, "to_date": "2026-01-31"})[1]
		self.assertEqual(by_service(january)[self.mail.name][2:], (600.0, 900.0, 300.0))
		with self.assertRaisesRegex(ServiceStrategyError, "before From"):
			execute({**YEAR, "to_date": "2025-01-01"})
		with self.assertRaisesRegex(ServiceStrategyError, "Choose a value"):
			execute({})

	def test_a_service_owner_sees_the_own_services_only(self):
		self.make_life()
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files.name, "service_owner", user)
		frappe.set_user(user)
		_columns, data, message, _chart, _summary, _skip = execute(YEAR)
		self.assertEqual(list(by_service(data)), [self.files.name])
		self.assertEqual(data[-1]["actual"], 300.0)
		self.assertIn("services that you own", message)
		self.assertEqual(execute({**YEAR, "it_service": self.mail.name})[1], [])

	def test_a_relationship_manager_sees_charges_and_no_cost(self):
		self.make_life()
		frappe.set_user(make_user("Business Relationship Manager"))
		columns, data, _message, _chart, summary, _skip = execute(YEAR)
		self.assertEqual(
			[item["fieldname"] for item in columns if item["fieldtype"] == "Currency"], ["charged"]
		)
		self.assertEqual(by_service(data), {self.mail.name: (None, None, None, 900.0, None)})
		self.assertEqual([card["label"] for card in summary], ["Charged"])

	def test_rows_outside_user_permissions_are_folded_and_the_total_stays(self):
		self.make_life()
		user = make_user("IT Financial Manager")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": self.files.name}
		).insert()
		frappe.set_user(user)
		data = [row for row in run("Service Investment", BY_STAGE)["result"] if isinstance(row, dict)]
		self.assertEqual(
			[(row["description"], row.get("actual")) for row in data],
			[
				("Files", 300.0),
				("Operational", 300.0),
				("Unassigned: no service on the entry", 50.0),
				("Not shown (1 records)", None),
				("Total", 1050.01),
			],
		)

	def test_no_data(self):
		for filters in (YEAR, BY_STAGE):
			_columns, data, _message, chart, summary, _skip = execute(filters)
			self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))

	def test_query_count_does_not_grow_with_services(self):
		self.make_life()
		few = {
			kind: count_queries(lambda kind=kind: execute({**YEAR, "breakdown": kind}))
			for kind in ("Service", "Stage")
		}
		for _number in range(27):
			service = make_service()
			book_expense(service.name, 10, "2026-03-03")
			make_budget(service, **{OFFICE: 100})
		for kind, count in few.items():
			self.assertEqual(count_queries(lambda kind=kind: execute({**YEAR, "breakdown": kind})), count)
			self.assertLessEqual(count, 16)

	def test_actual_is_full_cost_in_whole_months_that_a_run_covers(self):
		"""Files takes the rent of 80 of February: 380, and 80 less are on no service; a part month stays direct."""
		self.make_life()
		before = by_service(execute(YEAR)[1])[self.files.name]
		book(80, day="2026-02-20")
		make_pool(receivers_are="Only Listed", receivers=receivers(self.files.name))
		total = execute(YEAR)[1][-1]["actual"]
		submitted_allocation("2026-02-01")
		for filters in (YEAR, BY_STAGE):
			_columns, data, message, *_rest = execute(filters)
			self.assertEqual(by_service(data)[self.files.name][2], before[2] + 80)
			self.assertEqual(data[-1]["actual"], total)
			self.assertIn("full cost in the 1 of 12 months", message)
			# The 80 are on a service now: what is left is the 50 that no pool takes.
			self.assertEqual(next(row for row in data if row.get("is_unassigned"))["actual"], 50)
		_columns, data, message, *_rest = execute({**YEAR, "from_date": "2026-02-02"})
		self.assertEqual(by_service(data)[self.files.name][2], 300)
		self.assertIn("Cost is direct cost", message)

	def test_what_allocation_adds_is_of_the_stage_at_the_end_of_the_month(self):
		"""20 before and 40 after the change of 10 March are of their days; the rent of 6 is of the later stage."""
		service = propose_service(service_name="Shop")
		frappe.db.set_value(
			"IT Service",
			service.name,
			{
				"creation": "2026-02-01 08:00:00",
				"stage": "Operational",
				"phase": "Catalogue",
				"operational_from": "2026-03-10",
			},
		)
		self.log(service, 1, "2026-03-10", "Proposed", "Operational")
		book_expense(service.name, 20, "2026-03-09")
		book_expense(service.name, 40, "2026-03-10")
		book(6, day="2026-03-05")
		make_pool(receivers_are="Only Listed", receivers=receivers(service.name))
		submitted_allocation("2026-03-01")
		data = execute(BY_STAGE)[1]
		self.assertEqual(
			[(row["description"], row["actual"]) for row in data],
			[
				("Shop", 66.0),
				("Proposed", 20.0),
				("Operational", 46.0),
				("Unassigned: on no service, or not allocated to one", 0.0),
				("Total", 66.0),
			],
		)

	def committed(self) -> float | None:
		row = by_service(execute(YEAR)[1]).get(self.mail.name)
		return row and row[1]

	def ledger_expense(self) -> float:
		"""Debit less credit of expense accounts, straight from the ledger."""
		accounts = frappe.get_all(
			"Account", {"company": COMPANY, "root_type": "Expense"}, pluck="name", limit=0
		)
		rows = frappe.get_all(
			"GL Entry",
			{
				"account": ("in", accounts),
				"is_cancelled": 0,
				"posting_date": ("between", ["2026-01-01", "2026-12-31"]),
			},
			["debit", "credit"],
			limit=0,
		)
		return flt(sum(row.debit - row.credit for row in rows), 2)

	def log(self, service, idx: int, day: str, before: str, after: str) -> None:
		frappe.get_doc(
			{
				"doctype": "Service Stage Log",
				"parent": service.name,
				"parenttype": "IT Service",
				"parentfield": "stage_log",
				"idx": idx,
				"changed_at": f"{day} 10:00:00",
				"from_stage": before,
				"to_stage": after,
				"reason": unique("reason"),
			}
		).db_insert()
