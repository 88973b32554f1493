"""Strategy scenarios for tests, and the small company that they change."""

import frappe

from itil_strategy.tests.allocation import book, make_pool, receivers
from itil_strategy.tests.charging import use
from itil_strategy.tests.factories import make_offering, make_policy, make_service, unique
from itil_strategy.tests.setup import COMPANY

RETIRE, LAUNCH, USAGE, PRICE, COST = (
	"Retire Service",
	"Launch from Business Case",
	"Change Usage",
	"Change Price",
	"Change Cost",
)
DAYS = ("2026-01-10", "2026-02-10")


def make_scenario(*changes: dict, **values):
	"""A scenario of 2027 over January and February 2026."""
	return frappe.get_doc(
		{
			"doctype": "Strategy Scenario",
			"scenario_title": unique("Scenario"),
			"company": COMPANY,
			"start_date": "2027-01-01",
			"base_until": "2026-02-28",
			"base_months": "2",
			"years": 1,
			"method": "Reciprocal",
			"changes": list(changes),
			**values,
		}
	).insert()


def change(kind: str, service: str | None = None, **values) -> dict:
	"""A row of a scenario."""
	return {"kind": kind, "it_service": service, **values}


def make_company(codes: tuple[str, str, str], with_mail: bool = True) -> frappe._dict:
	"""NET costs 1,000 a month and gives FILES 50 %, MAIL 30 %; MAIL costs 200; a building of 300 in equal shares.

	MAIL is charged at 10 a unit, 40 units a month; FILES at what it costs. Without MAIL there is nothing of it at all.
	"""
	net, mail, files = codes
	make_service(service_code=net, service_name="NET")
	names = {net: None, files: 50} | ({mail: 30} if with_mail else {})
	world = frappe._dict(net=net, mail=mail, files=files, offerings={})
	for code, share in names.items():
		if share is None:
			continue
		service = make_service(
			service_code=code,
			service_name="FILES" if code == files else "MAIL",
			dependencies=[{"depends_on": net, "share": share, "is_critical": 0}],
		)
		world.offerings[code] = make_offering(service)
		terms = {"method": "Cost"} if code == files else {"unit_price": 10}
		make_policy(world.offerings[code], **terms)
	world.pool = make_pool(receivers_are="Only Listed", receivers=receivers(*names))
	for day in DAYS:
		book(1000, net, day)
		book(300, None, day)
		use(world.offerings[files], "Sales Unit", 5, day)
		if with_mail:
			book(200, mail, day)
			use(world.offerings[mail], "Sales Unit", 40, day)
	return world
