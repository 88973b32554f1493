"""Rows that can be charged only after their import was completed move to an import of their own.

Rows of a completed import never change once they can be claimed: the groups of rows that come later are
claimed apart from what was charged before.
"""

from collections.abc import Callable

from pypika.queries import QueryBuilder

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max, Min
from frappe.utils import now_datetime

from itil_strategy.exceptions import RunStateError, UsageImportError

DOCTYPE = "Service Usage"


def require_completed(doc: Document) -> None:
	"""Refuse an import whose rows are not stored yet."""
	if doc.status != "Completed":
		frappe.throw(
			_("The import is {0}; this needs a completed one.").format(_(doc.status)), UsageImportError
		)


def move_rows(doc: Document, narrow: Callable[[QueryBuilder], QueryBuilder]) -> str | None:
	"""Move rows of the import to a new one, as mapped; answers its name, or None without such rows.

	`narrow` adds the condition, and what it joins, to a query on Service Usage.
	"""
	usage = frappe.qb.DocType(DOCTYPE)
	find = frappe.qb.from_(usage).select(Count("*"), Min(usage.usage_date), Max(usage.usage_date))
	count, first_date, last_date = narrow(find).run()[0]
	if not count:
		return None
	moved = _new_import(doc, count, first_date, last_date)
	change = frappe.qb.update(usage).set(usage.usage_import, moved.name).set(usage.mapping_status, "Mapped")
	narrow(change).run()
	if frappe.db._cursor.rowcount != count:
		frappe.throw(
			_("Somebody else is working on the rows of {0}. Reload and try again.").format(doc.name),
			RunStateError,
			title=_("Already Under Way"),
		)
	refresh_counts(moved.name)
	refresh_counts(doc.name)
	return moved.name


def refresh_counts(usage_import: str) -> None:
	"""Count the rows of an import again after they moved or were ignored."""
	usage = frappe.qb.DocType(DOCTYPE)
	counts = dict(
		frappe.qb.from_(usage)
		.select(usage.mapping_status, Count("*"))
		.where(usage.usage_import == usage_import)
		.groupby(usage.mapping_status)
		.run()
	)
	groups = (
		frappe.qb.from_(usage)
		.select(usage.customer, usage.service_offering, usage.usage_month)
		.where((usage.usage_import == usage_import) & (usage.mapping_status == "Mapped"))
		.groupby(usage.customer, usage.service_offering, usage.usage_month)
	).run()
	frappe.db.set_value(
		"Usage Import",
		usage_import,
		{
			"rows_unmapped": counts.get("Unmapped", 0),
			"rows_ignored": counts.get("Ignored", 0),
			"rows_not_chargeable": counts.get("Not Chargeable", 0),
			"rows_imported": sum(counts.values()),
			"group_count": len(groups),
		},
	)


def _new_import(doc: Document, count: int, first_date, last_date) -> Document:
	moved = frappe.get_doc(
		{
			"doctype": "Usage Import",
			"company": doc.company,
			"usage_mapping": doc.usage_mapping,
			"usage_file": doc.usage_file,
			"remap_of": doc.name,
			"status": "Completed",
			"rows_read": count,
			"first_date": first_date,
			"last_date": last_date,
			"completed_on": now_datetime(),
		}
	)
	moved.flags.written_by_job = True
	return moved.insert()
