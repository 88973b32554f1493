import frappe

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.report.service_cost_analysis.service_cost_analysis import execute
from itil_strategy.tests.allocation import (
	MONTH,
	TELEPHONE,
	book,
	calculated_allocation,
	count_units,
	make_driver,
	make_pool,
	submitted_allocation,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import import_usage, make_offering, make_service, make_user
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY

MAY = {"company": COMPANY, "from_date": "2027-05-01", "to_date": "2027-05-31"}
COST = ("direct_cost", "pool_cost", "received", "passed_on", "final_cost", "not_borne")


def rows_of(data: list[dict], *fields: str) -> dict:
	"""Rows of services and buckets by the fields."""
	return {
		tuple(row.get(field) for field in fields): tuple(row[measure] for measure in COST)
		for row in data
		if not row.get("is_total")
	}


class TestAllocatedCost(SiteTestCase):
	"""NET 1,000 gives FILES 50 % and MAIL 30 %; MAIL 200; rent 300 by units: NET 1, MAIL 1, FILES 1 of 5; travel 77.

	By hand: each service gets 60 of the rent, 120 stay idle. NET 1,060: 212 stay, MAIL 200 + 60 + 318, FILES 60 + 530.
	"""

	def setUp(self):
		super().setUp()
		self.net = make_service(service_name="NET").name
		self.mail, self.files = (
			make_service(
				service_name=name, dependencies=[{"depends_on": self.net, "share": share, "is_critical": 0}]
			).name
			for name, share in (("MAIL", 30), ("FILES", 50))
		)
		book(1000, self.net)
		book(200, self.mail)
		book(300)
		book(77, account=TELEPHONE)
		driver = make_driver()
		for service in (self.net, self.mail, self.files):
			count_units(driver, service, 1)
		self.pool = make_pool(
			basis="Driver", cost_driver=driver.name, idle_capacity="Own Line", practical_capacity=5
		).name
		self.run = submitted_allocation(MONTH)

	def test_the_matrix_adds_up_to_the_ledger(self):
		_columns, data, message, _chart, cards, _skip = execute(MAY)
		self.assertEqual(
			rows_of(data, "description"),
			{
				("NET",): (1000, 60, 0, -848, 212, 0),
				("MAIL",): (200, 60, 318, 0, 578, 0),
				("FILES",): (0, 60, 530, 0, 590, 0),
				(f"Idle capacity of {self.pool}",): (0, 120, 0, 0, 0, 120),
				("Unassigned: no service on the entry",): (77, 0, 0, 0, 0, 77),
			},
		)
		total = data[-1]
		self.assertEqual(tuple(total[measure] for measure in COST), (1277, 300, 848, -848, 1380, 197))
		self.assertEqual({card["label"]: card["value"] for card in cards}["Final Cost of Services"], 1380)
		self.assertIn(f"Allocated by {self.run.name}: 2027-05", message)
		self.assertNotIn("changed", message)

	def test_from_whom_and_to_whom(self):
		data = execute({**MAY, "breakdown": "Source and Receiver"})[1]
		rows = rows_of(data, "it_service", "cost_pool", "partner_service")
		self.assertEqual(rows[(self.files, None, self.net)], (0, 0, 530, 0, 0, 0))
		self.assertEqual(rows[(self.net, None, self.files)], (0, 0, 0, -530, 0, 0))
		self.assertEqual(rows[(self.mail, self.pool, None)], (0, 60, 0, 0, 0, 0))
		self.assertEqual(rows[(self.mail, None, None)], (200, 0, 0, 0, 578, 0))
		self.assertEqual(tuple(data[-1][measure] for measure in COST), (1277, 300, 848, -848, 1380, 197))

	def test_unit_cost_and_what_it_is_made_of(self):
		offering = make_offering(frappe.get_doc("IT Service", self.files))
		import_usage([(offering.name, "Sales Unit", "2027-05-05", "Nos", 100)])
		data = execute({**MAY, "breakdown": "Offering"})[1]
		row = next(row for row in data if row.get("service_offering") == offering.name)
		self.assertEqual((row["units"], row["uom"], row["final_cost"]), (100, "Nos", 590))
		self.assertEqual(
			[row[f"{part}_per_unit"] for part in ("final_cost", "direct_cost", "pool_cost", "received")],
			[5.9, 0, 0.6, 5.3],
		)
		self.assertEqual(tuple(data[-1][measure] for measure in COST), (1277, 300, 848, -848, 1380, 197))

	def test_months_without_a_run_show_direct_cost(self):
		book(10, self.mail, "2027-06-15")
		data = execute({**MAY, "to_date": "2027-06-30"})[1]
		self.assertEqual(rows_of(data, "it_service")[(self.mail,)], (210, 60, 318, 0, 588, 0))
		# A month that is in the period in part is no allocated one.
		data = execute({**MAY, "from_date": "2027-05-02"})[1]
		self.assertEqual(rows_of(data, "it_service")[(self.mail,)], (200, 0, 0, 0, 200, 0))

	def test_elements_of_both(self):
		data = execute({**MAY, "breakdown": "Cost Element", "to_date": "2027-06-30"})[1]
		self.assertEqual(tuple(data[-1][measure] for measure in COST), (1277, 300, 848, -848, 1380, 197))

	def test_a_ledger_that_changed_since_is_told(self):
		book(5, self.mail)
		_columns, data, message = execute(MAY)[:3]
		self.assertEqual(rows_of(data, "it_service")[(self.mail,)][0], 200)
		self.assertRegex(message, "The ledger of these months changed by .*5.00 since")

	def test_a_cost_without_driver_has_its_row(self):
		book(40, account=TELEPHONE, day="2027-06-10")
		pool = make_pool(
			accounts=[{"account": TELEPHONE}], basis="Driver", cost_driver=make_driver().name, pool_order=1
		)
		run = calculated_allocation("2027-06-01")
		run.accept_unallocated("Not known yet")
		run.submit()
		data = execute({**MAY, "from_date": "2027-06-01", "to_date": "2027-06-30"})[1]
		self.assertEqual(
			rows_of(data, "description"), {(f"Unallocated, no driver: {pool.name}",): (0, 40, 0, 0, 0, 40)}
		)

	def test_a_service_owner_sees_the_own_rows(self):
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.files, "service_owner", user)
		frappe.set_user(user)
		data = execute(MAY)[1]
		self.assertEqual(rows_of(data, "it_service"), {(self.files,): (0, 60, 530, 0, 590, 0)})

	def test_an_unknown_breakdown_is_refused(self):
		with self.assertRaisesRegex(ServiceStrategyError, "Choose one of Service, Month"):
			execute({**MAY, "breakdown": "Colour"})

	def test_query_count_does_not_grow(self):
		calls = {
			breakdown: count_queries(lambda breakdown=breakdown: execute({**MAY, "breakdown": breakdown}))
			for breakdown in ("Service", "Source and Receiver", "Offering", "Cost Element")
		}
		self.run.cancel()
		for _number in range(4):
			service = make_service(dependencies=[{"depends_on": self.net, "share": 1, "is_critical": 0}])
			book(3, service.name)
			offering = make_offering(service)
			import_usage([(offering.name, "Sales Unit", "2027-05-05", "Nos", 1)])
		submitted_allocation(MONTH)
		for breakdown, count in calls.items():
			self.assertLessEqual(
				count_queries(lambda b=breakdown: execute({**MAY, "breakdown": b})), count + 2
			)
