"""Pools, drivers, dependencies and allocation runs for tests."""

import frappe
from frappe.utils import get_last_day, getdate

from itil_strategy.it_finance.allocation.calculation import calculate_run
from itil_strategy.tests.factories import center, unique
from itil_strategy.tests.setup import ABBR, COMPANY

RENT = f"Office Rent - {ABBR}"
TELEPHONE = f"Telephone Expenses - {ABBR}"
MONTH = "2027-05-01"  # no other test books expense in it


def book(amount: float, service: str | None = None, day: str = "2027-05-15", **values):
	"""Book expense with or without a service."""
	account = values.get("account", RENT)
	entry = frappe.get_doc(
		{
			"doctype": "Journal Entry",
			"voucher_type": "Journal Entry",
			"company": COMPANY,
			"posting_date": day,
			"accounts": [
				{
					"account": account,
					"cost_center": values.get("cost_center", center("Data Centre")),
					"it_service": service,
					"debit_in_account_currency": amount,
				},
				{"account": f"Cash - {ABBR}", "credit_in_account_currency": amount},
			],
		}
	).insert()
	entry.submit()
	return entry


def make_pool(**values):
	"""A pool of the rent, shared equally."""
	return frappe.get_doc(
		{
			"doctype": "Cost Pool",
			"pool_name": unique("POOL"),
			"company": COMPANY,
			"pool_order": 10,
			"basis": "Equal",
			"accounts": [{"account": RENT}],
			**values,
		}
	).insert()


def receivers(*services, **shares) -> list[dict]:
	"""Rows of services, with shares by name."""
	return [
		*({"it_service": name} for name in services),
		*({"it_service": name, "share": share} for name, share in shares.items()),
	]


def make_driver(source: str = "Counted Values", **values):
	"""A driver, counted unless said otherwise."""
	return frappe.get_doc(
		{"doctype": "Cost Driver", "driver_name": unique("DRV"), "source": source, **values}
	).insert()


def count_units(driver, service: str, value: float, month: str = MONTH):
	"""A counted value."""
	return frappe.get_doc(
		{
			"doctype": "Cost Driver Value",
			"cost_driver": driver.name,
			"company": COMPANY,
			"it_service": service,
			"month": month,
			"value": value,
		}
	).insert()


def make_allocation(month: str = MONTH, until: str | None = None, **values):
	"""A draft run of a month, or up to another one."""
	return frappe.get_doc(
		{
			"doctype": "Cost Allocation Run",
			"company": COMPANY,
			"period_start": getdate(month).replace(day=1),
			"period_end": get_last_day(until or month),
			"method": "Reciprocal",
			**values,
		}
	).insert()


def calculated_allocation(month: str = MONTH, until: str | None = None, **values):
	"""A calculated run."""
	run = make_allocation(month, until, **values)
	calculate_run(run)
	run.reload()
	return run


def submitted_allocation(month: str = MONTH, until: str | None = None, **values):
	"""A submitted run."""
	run = calculated_allocation(month, until, **values)
	run.submit()
	return run


def costs_of(run, kind: str) -> dict[str, float]:
	"""Sum of a kind per service."""
	sums: dict[str, float] = {}
	for row in frappe.get_all(
		"Service Cost", {"allocation_run": run.name, "kind": kind}, ["it_service", "amount"], limit=0
	):
		sums[row.it_service] = round(sums.get(row.it_service, 0) + row.amount, 2)
	return sums
