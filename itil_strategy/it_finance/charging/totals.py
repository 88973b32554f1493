"""The sums that a run shows, from its charges: when it is calculated, and when a dispute revises one."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Count

from itil_strategy.utils.money import exact_sum, to_decimal

MODES = ("Chargeback", "Showback")


def sum_charges(rows: Iterable[tuple[str, str, int, Decimal]]) -> tuple[dict, dict]:
	"""(customer, mode, count, amount) as sums per customer and for the run, ready to be set."""
	by_customer: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	for customer, mode, count, amount in rows:
		by_customer[customer][mode] += amount
		by_customer[customer]["count"] += count
	customers = {
		customer: {
			"charge_count": int(sums["count"]),
			"chargeback_amount": float(sums["Chargeback"]),
			"showback_amount": float(sums["Showback"]),
		}
		for customer, sums in sorted(by_customer.items())
	}
	totals = {mode: sum((sums[mode] for sums in by_customer.values()), Decimal(0)) for mode in MODES}
	count = sum(int(sums["count"]) for sums in by_customer.values())
	return customers, {
		"charge_count": count,
		"chargeback_amount": float(totals["Chargeback"]),
		"showback_amount": float(totals["Showback"]),
		"total_amount": float(sum(totals.values())),
	}


def refresh(run: str, customer: str) -> None:
	"""Set the sums of a published run, and of one customer in it, anew."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.customer, charge.mode, Count("*"), exact_sum(charge.amount))
		.where(charge.charging_run == run)
		.groupby(charge.customer, charge.mode)
	).run()
	customers, totals = sum_charges((*row[:3], to_decimal(row[3])) for row in rows)
	frappe.db.set_value("Charging Run", run, totals)
	frappe.db.set_value(
		"Charging Run Customer",
		{"parent": run, "parenttype": "Charging Run", "customer": customer},
		customers[customer],
	)
