"""The company, offering and clean-up of flows that commit."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe

from itil_strategy.tests.factories import make_file, make_offering, make_policy, make_service, unique
from itil_strategy.tests.setup import OTHER_ABBR, OTHER_COMPANY, OTHER_CURRENCY


def cost_center() -> str:
	"""A leaf cost center of the company."""
	return f"Main - {OTHER_ABBR}"


def make_cloud_offering(uom: str = OTHER_CURRENCY, unit_price: float = 1, **policy):
	"""An operational service of the second company with one offering, priced per unit."""
	service = make_service(
		operational_from="2024-01-01",
		companies=[{"company": OTHER_COMPANY, "provider_cost_center": cost_center()}],
	)
	offering = make_offering(service, uom=uom)
	make_policy(offering, unit_price=unit_price, currency=OTHER_CURRENCY, valid_from="2024-01-01", **policy)
	return offering


def make_payer(name: str, **terms) -> str:
	"""A business unit of the second company, or an external customer with `external`."""
	if frappe.db.exists("Customer", name):
		return name
	charging = [{"company": OTHER_COMPANY, "cost_center": cost_center(), "mode": "Chargeback", **terms}]
	return (
		frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": name,
				"customer_type": "Company",
				"customer_group": "Commercial",
				"territory": "All Territories",
				"it_charging": charging,
			}
		)
		.insert()
		.name
	)


def make_cloud_import(content, name: str = "usage.csv", **values):
	"""A committed draft import of the second company."""
	doc = frappe.get_doc(
		{
			"doctype": "Usage Import",
			"company": OTHER_COMPANY,
			"usage_file": make_file(content, name),
			**values,
		}
	).insert()
	frappe.db.commit()
	return doc


def make_cloud_run(month_start: str, month_end: str, **values):
	"""A committed draft run of the second company."""
	doc = frappe.get_doc(
		{
			"doctype": "Charging Run",
			"company": OTHER_COMPANY,
			"period_start": month_start,
			"period_end": month_end,
			"mode": "Chargeback",
			**values,
		}
	).insert()
	frappe.db.commit()
	return doc


def press(button) -> None:
	"""Press a button whose job the test runs itself: nothing stays in the queue."""
	with patch("itil_strategy.utils.jobs.enqueue"):
		button()
	frappe.db.commit()


@contextmanager
def cleaned_up():
	"""Take back every run of the second company and delete what the flow left, whatever happened."""
	try:
		yield unique("flow")
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		clean_up()
		frappe.db.commit()


def clean_up() -> None:
	live = {"company": OTHER_COMPANY, "docstatus": ("<", 2)}
	for name in frappe.get_all("Charging Run", live, pluck="name"):
		frappe.db.set_value("Charging Run", name, "status", "Posted")
		run = frappe.get_doc("Charging Run", name)
		if run.docstatus == 1:
			run.cancel()  # cancelled runs stay: their vouchers are history
		elif run.docstatus == 0:
			run.delete()
	for doctype in ("Charge Dispute", "Charge Correction"):
		# They stay on record; no test may find those of another one.
		frappe.db.delete(doctype, {"company": OTHER_COMPANY})
	for name in frappe.get_all("Usage Import", {"company": OTHER_COMPANY}, pluck="name"):
		frappe.db.set_value("Usage Import", name, "status", "Completed")
		frappe.delete_doc("Usage Import", name)
