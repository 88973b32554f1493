import frappe
from frappe.desk.query_report import run
from frappe.utils import add_months, get_first_day, today

from itil_strategy.service_portfolio.report.dependency_impact.dependency_impact import HIT, NEEDED, execute
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import (
	import_usage,
	make_offering,
	make_policy,
	make_service,
	make_user,
	published_run,
)
from itil_strategy.tests.portfolio import decide, forget_services, propose_service
from itil_strategy.tests.queries import count_queries
from itil_strategy.tests.setup import COMPANY

WITH_COMPANY = {"company": COMPANY}


def needs(*providers, critical: int = 1, **values):
	"""A live service that depends on others."""
	return make_service(
		dependencies=[{"depends_on": provider.name, "is_critical": critical} for provider in providers],
		**values,
	)


def cards(summary: list[dict]) -> dict:
	return {card["label"]: card["value"] for card in summary}


class TestDependencyImpact(SiteTestCase):
	def setUp(self):
		super().setUp()
		forget_services()

	def make_network(self):
		"""NET carries WEB and MAIL; SHOP needs WEB, PAY needs WEB but can do without."""
		self.net = make_service(service_code="NET-T", service_name="Network")
		self.web = needs(self.net, service_code="WEB-T", service_name="Web")
		self.mail = needs(self.net, service_code="MAIL-T", service_name="Mail")
		self.shop = needs(self.web, service_code="SHOP-T", service_name="Shop")
		self.pay = needs(self.web, critical=0, service_code="PAY-T", service_name="Payment")

	def use(self, service, *customers: str, months_ago: int = 2, unit_price: float = 10):
		"""One unit for each customer in a month, charged."""
		month = str(get_first_day(add_months(today(), -months_ago)))
		offering = make_offering(service)
		make_policy(offering, unit_price=unit_price)
		import_usage([(offering.name, customer, month, "Nos", 1) for customer in customers])
		published_run(month)

	def test_who_is_hit_to_any_depth(self):
		self.make_network()
		self.use(self.shop, "Sales Unit", "Harbour GmbH")
		self.use(self.mail, "Sales Unit", months_ago=3, unit_price=5)
		_columns, data, message, chart, summary, _skip = execute(
			{**WITH_COMPANY, "it_service": self.net.name}
		)
		self.assertEqual(
			[
				(
					row["indent"],
					row["it_service"],
					row["depth"],
					row["is_critical"],
					row["customers"],
					row["charged"],
				)
				for row in data[:-1]
			],
			[
				(0, "NET-T", 0, 1, 0, 0.0),
				(1, "MAIL-T", 1, 1, 1, 5.0),
				(1, "WEB-T", 1, 1, 0, 0.0),
				(2, "PAY-T", 2, 0, 0, 0.0),
				(2, "SHOP-T", 2, 1, 2, 20.0),
			],
		)
		shop = data[4]
		self.assertEqual(
			(shop["path"], shop["customer_names"]), ("NET-T → WEB-T → SHOP-T", "Harbour GmbH, Sales Unit")
		)
		# Sales Unit uses two of the services and is one customer.
		self.assertEqual((data[-1]["customers"], data[-1]["charged"]), (2, 25.0))
		self.assertEqual(
			cards(summary),
			{"Services Hit": 4, "Of Them Critically": 3, "Customers": 2, "Charged": 25.0},
		)
		self.assertEqual(chart["data"]["labels"], ["Depth 1", "Depth 2"])
		self.assertEqual([item["values"] for item in chart["data"]["datasets"]], [[2, 1], [0, 1]])
		self.assertIn("since", message)

	def test_what_a_service_needs(self):
		self.make_network()
		_columns, data, _message, _chart, summary, _skip = execute(
			{"it_service": self.pay.name, "direction": NEEDED}
		)
		self.assertEqual(
			[(row["it_service"], row["depth"], row["is_critical"]) for row in data[:-1]],
			[("PAY-T", 0, 1), ("WEB-T", 1, 0), ("NET-T", 2, 0)],
		)
		self.assertEqual(cards(summary)["Services Needed"], 2)
		self.assertNotIn("Charged", cards(summary))

	def test_older_usage_and_services_that_are_gone_do_not_count(self):
		self.make_network()
		self.use(self.mail, "Sales Unit", months_ago=13)
		frappe.db.set_value("IT Service", self.shop.name, {"stage": "Retired", "phase": "Retired"})
		idea = propose_service(dependencies=[{"depends_on": self.mail.name, "is_critical": 1}])
		rejected = propose_service(dependencies=[{"depends_on": self.mail.name, "is_critical": 1}])
		decide(rejected, "Reject")
		data = execute({**WITH_COMPANY, "it_service": self.net.name, "direction": HIT})[1]
		self.assertEqual(
			[row["it_service"] for row in data[:-1]], ["NET-T", "MAIL-T", idea.name, "WEB-T", "PAY-T"]
		)
		self.assertEqual((data[-1]["customers"], data[-1]["charged"]), (0, 0.0))

	def test_overview_without_a_service(self):
		self.make_network()
		_columns, data, _message, chart, summary, _skip = execute()
		self.assertEqual(
			[
				(
					row["it_service"],
					row["direct_dependents"],
					row["all_dependents"],
					row["direct_providers"],
					row["all_providers"],
				)
				for row in data[:-1]
			],
			[
				("NET-T", 2, 4, 0, 0),
				("WEB-T", 2, 2, 1, 1),
				("MAIL-T", 0, 0, 1, 1),
				("PAY-T", 0, 0, 1, 2),
				("SHOP-T", 0, 0, 1, 2),
			],
		)
		self.assertEqual(chart["data"]["labels"], ["Network", "Web"])
		self.assertEqual((cards(summary)["Services"], cards(summary)["Dependencies"]), (5, 4))

	def test_a_service_owner_sees_the_network_and_the_charges_of_the_own(self):
		self.make_network()
		self.use(self.shop, "Sales Unit")
		self.use(self.mail, "Harbour GmbH", months_ago=3)
		user = make_user("Service Owner")
		frappe.db.set_value("IT Service", self.mail.name, "service_owner", user)
		frappe.set_user(user)
		_columns, data, message, _chart, summary, _skip = execute(
			{**WITH_COMPANY, "it_service": self.net.name}
		)
		rows = {row["it_service"]: row for row in data if row.get("it_service")}
		self.assertEqual(
			[
				(rows[name]["customers"], rows[name]["customer_names"], rows[name]["charged"])
				for name in ("MAIL-T", "SHOP-T")
			],
			[(1, "Harbour GmbH", 10.0), (1, "", None)],
		)
		self.assertEqual((cards(summary)["Customers"], cards(summary)["Charged"]), (2, 10.0))
		self.assertIn("services that you own", message)

	def test_rows_outside_user_permissions_are_folded(self):
		self.make_network()
		self.use(self.shop, "Sales Unit", "Harbour GmbH")
		user = make_user("Service Portfolio Manager")
		for doctype, name in (
			("IT Service", self.net.name),
			("IT Service", self.shop.name),
			("Customer", "Sales Unit"),
		):
			frappe.get_doc(
				{"doctype": "User Permission", "user": user, "allow": doctype, "for_value": name}
			).insert()
		frappe.set_user(user)
		result = run("Dependency Impact", {**WITH_COMPANY, "it_service": self.net.name})
		data = [row for row in result["result"] if isinstance(row, dict)]
		self.assertEqual(
			[(row["description"], row.get("path"), row.get("customer_names")) for row in data],
			[
				("Network", "NET-T", ""),
				("Shop", "NET-T → … → SHOP-T", "Sales Unit, 1 not shown"),
				("Not shown (3 records)", None, None),
				("Total", None, None),
			],
		)
		self.assertEqual((data[-1]["charged"], data[-1]["customers"]), (20.0, 2))
		self.assertEqual(execute()[3]["data"]["labels"], ["Network", "Not shown"])
		with self.assertRaises(frappe.PermissionError):
			execute({"it_service": self.web.name})

	def test_no_data(self):
		_columns, data, _message, chart, summary, _skip = execute(WITH_COMPANY)
		self.assertEqual((data, chart, summary[0]["value"]), ([], None, 0))
		alone = make_service()
		_columns, data, _message, chart, summary, _skip = execute({"it_service": alone.name})
		self.assertEqual((len(data), chart, summary[0]["value"]), (2, None, 0))

	def test_query_count_does_not_grow_with_services(self):
		self.make_network()
		filters = {**WITH_COMPANY, "it_service": self.net.name}
		few = count_queries(lambda: execute(filters)), count_queries(lambda: execute(WITH_COMPANY))
		for _number in range(27):
			needs(self.web)
		self.assertEqual(
			(count_queries(lambda: execute(filters)), count_queries(lambda: execute(WITH_COMPANY))), few
		)
		self.assertLessEqual(max(few), 9)
