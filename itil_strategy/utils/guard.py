"""Fields that jobs write and people only read: `read_only` binds the form, this binds every other way in."""

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document
from frappe.utils import cstr, flt, get_datetime

from itil_strategy.exceptions import RunStateError
from itil_strategy.utils.text import bold

BULK_SOURCES = ("Charging Run", "Cost Allocation Run", "Usage Import")
NUMBERS = ("Currency", "Float", "Int", "Percent", "Check")


def protect_job_fields(
	doc: Document, fields: Sequence[str], exception: type[Exception] = RunStateError
) -> None:
	"""A new record starts without them; a changed one is refused. Jobs write them past the document."""
	if doc.flags.written_by_job:
		return
	before = doc.get_doc_before_save()
	for fieldname in fields:
		df = doc.meta.get_field(fieldname)
		if before is None:
			doc.set(fieldname, df.default if df.fieldtype != "Table" else [])
		elif is_changed(doc, fieldname):
			frappe.throw(
				_("{0} is written by the app itself and cannot be changed by hand.").format(
					frappe.bold(_(df.label))
				),
				exception,
				title=_("Not Editable"),
			)


def is_changed(doc: Document, fieldname: str) -> bool:
	"""True when a stored record gets another value; how the client writes it does not matter."""
	before = doc.get_doc_before_save()
	df = doc.meta.get_field(fieldname)
	return before is not None and _differs(df.fieldtype, doc.get(fieldname), before.get(fieldname))


def refuse_row_by_itself(row: Document, method: str | None = None) -> None:
	"""Rows are checked with their record. Frappe's REST interface can save one alone, past all those checks."""
	frappe.throw(
		_("A row of {0} is changed in its {1}. Open {2} and save it there.").format(
			frappe.bold(_(row.doctype)), _(row.parenttype or "record"), frappe.bold(row.parent)
		),
		frappe.PermissionError,
		title=_("Not Editable"),
	)


def refuse_change_of_bulk(doc: Document, method: str | None = None) -> None:
	"""Money hangs on what a run or an import wrote: it is neither changed nor deleted by itself, whoever asks."""
	if method == "validate" and doc.is_new():
		return
	links = {df.options: df for df in reversed(doc.meta.get("fields", {"fieldtype": "Link"}))}
	source = next(links[kind] for kind in BULK_SOURCES if kind in links)
	frappe.throw(
		_("{0} {1} was written by {2} {3} and goes with it. Correct, cancel or delete that.").format(
			_(doc.doctype), bold(cstr(doc.name)), _(source.options), bold(doc.get(source.fieldname))
		),
		frappe.PermissionError,
		title=_("Not Editable"),
	)


def refuse_written_fields(
	doc: Document, fields: Sequence[str], exception: type[Exception], way_out: str
) -> None:
	"""Refuse a value in a new record, and a changed one in a stored record, whichever way it came.

	Called from `validate` and `before_change`; the code that may write says so beforehand in a flag.
	"""
	before = doc.get_doc_before_save()
	for fieldname in fields:
		df = doc.meta.get_field(fieldname)
		if _differs(df.fieldtype, doc.get(fieldname), before.get(fieldname) if before else df.default):
			frappe.throw(
				_("{0} cannot be written by hand. {1}").format(bold(_(df.label)), way_out),
				exception,
				title=_("Not Editable"),
			)


def _differs(fieldtype: str, value, before) -> bool:
	if fieldtype == "Table":
		return _rows(value) != _rows(before)
	return _plain(fieldtype, value) != _plain(fieldtype, before)


def _plain(fieldtype: str, value):
	"""A value as it compares: the form sends numbers and times as texts."""
	if fieldtype in NUMBERS:
		return flt(value, 9)
	if fieldtype == "Datetime":
		return get_datetime(value) if value else None
	return str(value or "")


def _rows(rows) -> list[tuple]:
	return [
		(
			row.name,
			*(
				_plain(df.fieldtype, row.get(df.fieldname))
				for df in row.meta.fields
				if df.fieldtype not in no_value_fields
			),
		)
		for row in rows or []
	]


def load_locked(doc: Document) -> None:
	"""Replace the values of the document by what is stored, and lock its row until the transaction ends.

	A caller of a document's method sends the document, with whatever content. Raises DoesNotExistError.
	"""
	doc.__dict__.pop("__islocal", None)
	doc.flags.for_update = True
	doc.load_from_db()
