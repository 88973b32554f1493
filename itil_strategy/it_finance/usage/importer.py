"""The import job: check the whole file, then write it in one transaction, or refuse it as a whole."""

import json
from decimal import Decimal
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from itil_strategy.domain.errors import DomainError, RowError, UsageFileError
from itil_strategy.domain.usage_file import FileSummary, check_file, read_batches
from itil_strategy.exceptions import UsageImportError
from itil_strategy.it_finance.usage.mapping import (
	build_layout,
	get_conversion_factors,
	get_offering_facts,
	known_units,
	resolve_values,
)
from itil_strategy.it_finance.usage.rows import FIELDS, RowBuilder
from itil_strategy.utils import jobs
from itil_strategy.utils.bulk import insert_rows, reserve_names
from itil_strategy.utils.locks import named_lock

DOCTYPE = "Usage Import"
STARTABLE = ("Draft", "Failed")
UNDER_WAY = ("Queued", "Importing")


def start(doc: Document) -> None:
	"""Queue the import; one that stopped can be started again."""
	_claim(doc)
	jobs.enqueue("itil_strategy.it_finance.usage.importer.run_import", DOCTYPE, doc.name)


def import_now(doc: Document) -> None:
	"""Import in this process instead of the queue; the state tells the outcome. Commits."""
	_claim(doc)
	frappe.db.commit()  # nosemgrep: the state is the claim
	run_import(doc.name, frappe.session.user)


def _claim(doc: Document) -> None:
	stalled = doc.status in UNDER_WAY and not jobs.is_working(DOCTYPE, doc.name)
	jobs.move_state(DOCTYPE, doc.name, (*STARTABLE, *UNDER_WAY) if stalled else STARTABLE, "Queued")


def run_import(name: str, user: str) -> None:
	"""Background job: import the file of a queued Usage Import. Starting it twice does no harm."""
	frappe.set_user(user)
	with named_lock(jobs.job_key(DOCTYPE, name)) as got:
		if not got:
			return
		doc = frappe.get_doc(DOCTYPE, name)
		if doc.status not in UNDER_WAY:
			return
		doc.db_set({"status": "Importing", "started_on": now_datetime()}, notify=True, commit=True)
		try:
			jobs.with_deadlock_retry(lambda: import_file(doc))
			frappe.db.commit()  # nosemgrep: the rows and the result become visible together
		except Exception as error:
			frappe.db.rollback()
			record_failure(name, error)
			frappe.db.commit()  # nosemgrep: the refusal must outlive the rollback of the rows
			if not isinstance(error, DomainError | UsageImportError):
				raise


def import_file(doc: Document) -> None:
	"""Write all rows of the file and the result on the record, in the current transaction.

	Raises UsageFileError with the bad rows (up to 1,000), before or after rows were written: the caller
	rolls back.
	"""
	path = get_file_path(doc)
	mapping = frappe.get_doc("Usage Mapping", doc.usage_mapping) if doc.usage_mapping else None
	layout = build_layout(mapping, doc.company)
	summary = check_file(path, layout)
	builder = _row_builder(doc, mapping, summary)
	first_name = reserve_names("Service Usage", summary.rows)
	written = 0
	for number, batch in enumerate(read_batches(path, layout, summary)):
		rows = builder.build(batch)
		if not builder.errors:
			written += _insert(rows, first_name + written)
		jobs.report_progress(
			DOCTYPE,
			doc.name,
			(number + 1) * batch.height,
			summary.rows,
			_("Rows imported: {0}").format(written),
		)
	if builder.errors:
		raise UsageFileError(builder.errors, builder.counts["errors"])
	_record_result(doc, summary, builder)


def get_file_path(doc: Document) -> Path:
	"""Where the attached file lies; the user must be allowed to read it."""
	name = frappe.db.get_value("File", {"file_url": doc.usage_file}, order_by="creation desc")
	if not name:
		frappe.throw(
			_("The usage file {0} does not exist any more. Attach it again.").format(doc.usage_file),
			UsageImportError,
		)
	file = frappe.get_doc("File", name)
	file.check_permission("read")
	return Path(file.get_full_path())


def record_failure(name: str, error: Exception) -> None:
	"""Show on the record why nothing was imported."""
	errors: list[RowError] = list(getattr(error, "errors", []))
	if isinstance(error, DomainError | frappe.ValidationError):
		message = str(error)
	else:
		frappe.log_error(title=_("Usage import {0} failed").format(name))
		message = _(
			"The import stopped unexpectedly; nothing was stored. See the Error Log, then start it again."
		)
	frappe.db.set_value(
		DOCTYPE,
		name,
		{
			"status": "Failed",
			"error_message": message,
			"row_errors": json.dumps([[e.row, e.field, e.message] for e in errors]),
		},
	)
	_notify(name)


def _row_builder(doc: Document, mapping: Document | None, summary: FileSummary) -> RowBuilder:
	customers = resolve_values(mapping, "Customer", summary.customer_values)
	offerings = resolve_values(mapping, "Service Offering", summary.offering_values)
	facts = get_offering_facts(offerings.values())
	return RowBuilder(
		usage_import=doc.name,
		customers=customers,
		offerings=offerings,
		facts=facts,
		factors=get_conversion_factors(summary.totals),
		known_units=known_units(summary.totals),
		restates=bool(doc.restates_month),
	)


def _insert(rows: list[tuple], first_name: int) -> int:
	try:
		return insert_rows("Service Usage", FIELDS, rows, first_name)
	except Exception as error:
		if frappe.db.is_duplicate_entry(error):
			raise UsageImportError(
				_("Another import stored the same rows meanwhile. Start this one again: it will know them.")
			) from error
		raise


def _record_result(doc: Document, summary: FileSummary, builder: RowBuilder) -> None:
	counts = builder.counts
	doc.db_set(
		{
			"status": "Completed",
			"completed_on": now_datetime(),
			"file_hash": summary.sha256,
			"first_date": summary.first_date,
			"last_date": summary.last_date,
			"rows_read": summary.rows,
			"rows_imported": counts["imported"],
			"rows_known": counts["known"],
			"rows_restated": counts["restated"],
			"rows_unmapped": counts["Unmapped"],
			"rows_ignored": 0,
			"rows_not_chargeable": counts["Not Chargeable"],
			"group_count": len(builder.groups),
			"totals": format_totals(summary.totals),
			"error_message": None,
			"row_errors": None,
		}
	)
	doc.notify_update()


def format_totals(totals: dict[str, Decimal]) -> str:
	"""Exact sums, one unit a line."""
	return "\n".join(f"{total.normalize():f} {unit}".strip() for unit, total in sorted(totals.items()))


def _notify(name: str) -> None:
	frappe.get_doc(DOCTYPE, name).notify_update()
