"""Make and check what follows a charge: disputes, corrections, the ledger of more than one run."""

import frappe

from itil_strategy.it_finance.report.reconciliation_to_ledger.reconciliation_to_ledger import execute
from itil_strategy.tests.factories import charges_of, import_usage, make_offering, make_policy, post_all
from itil_strategy.tests.setup import COMPANY


def set_dispute_window(days: int = 5) -> None:
	"""Days in which charges of runs published from now on can be disputed."""
	frappe.db.set_single_value("Service Strategy Settings", "dispute_window_days", days)


def use(offering, customer: str, quantity, day: str = "2026-01-10"):
	"""Import one row of usage."""
	return import_usage([(offering.name, customer, day, "Nos", quantity)])


def priced_offering(unit_price: float = 10, **values):
	"""An offering with a price per unit."""
	offering = make_offering()
	make_policy(offering, unit_price=unit_price, **values)
	return offering


def charge_of(run, customer: str, **values) -> frappe._dict:
	"""The one charge of the customer in the run."""
	(row,) = [
		row
		for row in charges_of(run)
		if row.customer == customer and all(row[key] == value for key, value in values.items())
	]
	return row


def make_dispute(charge, reason: str = "We had fewer", **values):
	"""A dispute of the charge."""
	return frappe.get_doc(
		{"doctype": "Charge Dispute", "service_charge": str(charge.name), "reason": reason, **values}
	).insert()


def make_correction(charge, price_amount: float, reason: str = "Counted twice", **values):
	"""A manual correction; below 0 the customer gets it back."""
	return frappe.get_doc(
		{
			"doctype": "Charge Correction",
			"service_charge": str(charge.name),
			"price_amount": price_amount,
			"reason": reason,
			**values,
		}
	).insert()


def post(run) -> None:
	"""Post the run and mark it, as the job does."""
	post_all(run)
	frappe.db.set_value("Charging Run", run.name, "status", "Posted")
	run.reload()


def ledger_of(*runs) -> dict[str, tuple[float, float, float]]:
	"""(posted charges, ledger, difference) per run, from the Reconciliation to Ledger."""
	filters = {"company": COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
	rows = {row.get("charging_run"): row for row in execute(filters)[1]}
	return {
		run.name: tuple(rows[run.name][field] for field in ("amount", "ledger", "difference")) for run in runs
	}
