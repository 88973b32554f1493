"""Usage: imported as a whole, claimed once, by a live run, in full."""

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum

from itil_strategy.domain.health import Finding
from itil_strategy.utils.money import BILLIONTH, exact, join_quantity

COMPLETED = "Completed"
GROUP = ("usage_import", "customer", "service_offering", "usage_month")


def find_half_imports() -> list[Finding]:
	"""Completed imports with other rows or groups than they counted, others with any row; two queries."""
	rows = frappe.get_all(
		"Usage Import",
		fields=["name", "company", "status", "rows_imported", "group_count"],
		order_by="name asc",
		limit=0,
	)
	stored, groups = _stored_rows()
	findings = []
	for row in rows:
		is_completed = row.status == COMPLETED
		counted = (row.rows_imported, row.group_count) if is_completed else (0, 0)
		there = (stored.get(row.name, 0), groups.get(row.name, 0))
		if counted != there:
			findings.append(
				Finding(
					"Usage Import",
					row.name,
					_(
						"It is {0} and counted {1} rows in {2} groups; {3} rows in {4} groups are stored."
					).format(_(row.status), *counted, *there),
					_("Restore the rows from a backup; until then do not charge this import.")
					if is_completed
					else _("Delete the import and import the file again."),
					row.company,
				)
			)
	return findings


def find_double_claims() -> list[Finding]:
	"""Groups of usage with more than one claim; one query."""
	claim = frappe.qb.DocType("Usage Claim")
	keys = (claim.company, *(claim[field] for field in GROUP))
	rows = (
		frappe.qb.from_(claim).select(*keys, Count("*")).groupby(*keys).having(Count("*") > 1).orderby(*keys)
	).run()
	return [
		Finding(
			"Usage Import",
			usage_import,
			_("{0} of {1} in {2} is claimed {3} times.").format(offering, customer, f"{month:%Y-%m}", times),
			_("Cancel all runs that charged it but one, then run bench migrate: the unique key is missing."),
			company,
		)
		for company, usage_import, customer, offering, month, times in rows
	]


def find_dead_claims() -> list[Finding]:
	"""Claims of runs that were taken back or are gone: their usage would never be charged; one query."""
	claim, run = frappe.qb.DocType("Usage Claim"), frappe.qb.DocType("Charging Run")
	keys = (claim.usage_import, claim.company, claim.charging_run)
	rows = (
		frappe.qb.from_(claim)
		.left_join(run)
		.on(run.name == claim.charging_run)
		.select(*keys, Count("*"))
		.where(
			run.name.isnull()
			| (run.docstatus == 2)
			| ((run.status == "Reversed") & (run.reversal_recharge == 1))
		)
		.groupby(*keys)
		.orderby(*keys)
	).run()
	return [
		Finding(
			"Usage Import",
			usage_import,
			_("{0} groups are claimed by {1}, which is taken back or gone.").format(count, run_name),
			_("Delete these Usage Claims; the next run charges the usage."),
			company,
		)
		for usage_import, company, run_name, count in rows
	]


def find_claim_differences() -> list[Finding]:
	"""Claims whose quantity is not the sum of the usage that they stand for; one query."""
	claim, usage = frappe.qb.DocType("Usage Claim"), frappe.qb.DocType("Service Usage")
	sums = (
		frappe.qb.from_(usage)
		.select(
			*[usage[field] for field in GROUP],
			Sum(usage.quantity).as_("quantity"),
			Sum(usage.quantity_remainder).as_("quantity_remainder"),
		)
		.where(usage.mapping_status == "Mapped")
		.groupby(*[usage[field] for field in GROUP])
	)
	same = claim.usage_import == sums.usage_import
	for field in GROUP[1:]:
		same &= claim[field] == sums[field]
	whole = claim.quantity - Coalesce(sums.quantity, 0)
	rest = claim.quantity_remainder - Coalesce(sums.quantity_remainder, 0)
	rows = (
		frappe.qb.from_(claim)
		.left_join(sums)
		.on(same)
		.select(
			claim.company,
			claim.charging_run,
			*[claim[field] for field in GROUP],
			exact(claim.quantity),
			exact(claim.quantity_remainder),
			exact(sums.quantity),
			exact(sums.quantity_remainder),
		)
		.where(whole + rest * BILLIONTH != 0)
		.orderby(claim.name)
	).run()
	return [
		Finding(
			"Usage Import",
			usage_import,
			_("{0} charged {1} of {2} to {3} in {4}; the usage is {5}.").format(
				run,
				join_quantity(*columns[:2]),
				offering,
				customer,
				f"{month:%Y-%m}",
				join_quantity(*columns[2:]),
			),
			_("Rows of a completed import were changed. Restore them, or cancel the run and charge again."),
			company,
		)
		for company, run, usage_import, customer, offering, month, *columns in rows
	]


def _stored_rows() -> tuple[dict[str, int], dict[str, int]]:
	"""Rows and chargeable groups per import."""
	usage = frappe.qb.DocType("Service Usage")
	rows = dict(
		frappe.qb.from_(usage).select(usage.usage_import, Count("*")).groupby(usage.usage_import).run()
	)
	groups = (
		frappe.qb.from_(usage)
		.select(*[usage[field] for field in GROUP])
		.where(usage.mapping_status == "Mapped")
		.groupby(*[usage[field] for field in GROUP])
	)
	counts = (
		frappe.qb.from_(groups).select(groups.usage_import, Count("*")).groupby(groups.usage_import)
	).run()
	return rows, dict(counts)
