"""Every way in that a user has: each door answers or raises; False or a PermissionError is a refusal."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from urllib.parse import quote

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import frappe
import frappe.api
import frappe.client
import frappe.share
from frappe.core.doctype.data_export.exporter import export_data
from frappe.core.doctype.data_import.data_import import download_template
from frappe.desk import reportview
from frappe.desk.form import load, save
from frappe.desk.listview import get_group_by_count
from frappe.desk.search import search_link
from frappe.www.printview import get_html_and_style

from tests.site.portfolio_matrix import WRITABLE
from tests.site.portfolio_world import Records


def as_user(user: str) -> None:
	frappe.set_user(user)
	frappe.clear_cache(user=user)


def is_allowed(door: Callable, *args) -> bool:
	"""Try the door and undo what it did."""
	frappe.db.savepoint("door")
	try:
		return door(*args) is not False
	except frappe.PermissionError:
		return False
	finally:
		frappe.db.rollback(save_point="door")
		frappe.db.value_cache.clear()
		frappe.local.message_log = []


@contextmanager
def form(values: dict, http: Request | None = None):
	"""The arguments of one request, in the transaction of the test."""
	before = {key: getattr(frappe.local, key, None) for key in ("form_dict", "response", "request")}
	frappe.local.form_dict, frappe.local.response = frappe._dict(values), frappe._dict(docs=[])
	frappe.local.request = http
	try:
		yield
	finally:
		for key, value in before.items():
			setattr(frappe.local, key, value)


def request(method: str, path: str, /, **values):
	"""What the REST interface answers."""
	builder = EnvironBuilder(method=method, path=quote(path), json=values if method != "GET" else None)
	with form(values, Request(builder.get_environ())):
		answer = json.loads(frappe.api.handle(frappe.local.request).data)
	return answer.get("data", answer.get("message"))


def call_desk(function: Callable, **values):
	"""A desk function that reads its arguments from the form or answers in the response."""
	with form(values):
		answer = function()
		return frappe.local.response if answer is None else answer


def as_json(doc) -> str:
	return json.dumps(doc.as_dict(convert_dates_to_str=True), default=str)


# Lists: allowed is what shows the record

NO_LIMIT = 100_000


def _listed(rows, name: str) -> bool:
	return name in {str(row["name"] if isinstance(row, dict) else row) for row in rows}


LISTS: dict[str, Callable[[str, str], bool]] = {
	"get_list": lambda doctype, name: _listed(frappe.get_list(doctype, pluck="name", limit=0), name),
	"client.get_list": lambda doctype, name: _listed(
		frappe.client.get_list(doctype, fields=["name"], limit_page_length=NO_LIMIT), name
	),
	"client.get_value": lambda doctype, name: bool(
		frappe.client.get_value(doctype, "creation", {"name": name})
	),
	"REST 1 list": lambda doctype, name: _listed(
		request("GET", f"/api/resource/{doctype}", limit_page_length=NO_LIMIT), name
	),
	"REST 2 list": lambda doctype, name: _listed(
		request("GET", f"/api/v2/document/{doctype}", limit=NO_LIMIT), name
	),
	"report view": lambda doctype, name: (
		name in str(call_desk(reportview.get, doctype=doctype, fields='["name"]', page_length=NO_LIMIT))
	),
	"group by": lambda doctype, name: bool(
		get_group_by_count(doctype, json.dumps([[doctype, "name", "=", name]]), "owner")
	),
	"report view count": lambda doctype, name: bool(
		call_desk(
			reportview.get_count,
			doctype=doctype,
			fields="[]",
			filters=json.dumps([[doctype, "name", "=", name]]),
		)
	),
	"search": lambda doctype, name: name in {str(row["value"]) for row in search_link(doctype, name)},
	"search past user permissions": lambda doctype, name: (
		name in {str(row["value"]) for row in search_link(doctype, name, ignore_user_permissions=True)}
	),
}


# One record


def _new(doctype: str, records: Records):
	return frappe.get_doc(records.new(doctype))


def changed(doctype: str, name: str, values: dict) -> str:
	"""The record with other values, as a form would send it."""
	doc = frappe.get_doc(doctype, name)
	doc.update(values)
	return as_json(doc)


# Each writes values into a record.
WRITE: dict[str, Callable[[str, str, dict], object]] = {
	"client.set_value": lambda doctype, name, values: frappe.client.set_value(doctype, name, values),
	"client.save": lambda doctype, name, values: frappe.client.save(changed(doctype, name, values)),
	"form": lambda doctype, name, values: call_desk(
		lambda: save.savedocs(changed(doctype, name, values), "Save")
	),
	"REST 1": lambda doctype, name, values: request("PUT", f"/api/resource/{doctype}/{name}", **values),
	"REST 2": lambda doctype, name, values: request("PATCH", f"/api/v2/document/{doctype}/{name}", **values),
}


TEXTS = ("Small Text", "Text", "Text Editor", "Long Text", "Data")


def writable_field(doctype: str) -> str:
	"""A field of text that whoever may write the record may change, if there is one."""
	if doctype in WRITABLE:
		return WRITABLE[doctype]
	fields = [row for row in frappe.get_meta(doctype).fields if row.fieldtype in TEXTS]
	fields.sort(
		key=lambda row: (
			row.read_only,
			row.permlevel,
			row.set_only_once,
			row.unique,
			TEXTS.index(row.fieldtype),
		)
	)
	return fields[0].fieldname if fields else "docstatus"


def _write(door: str) -> Callable[[str, str], object]:
	return lambda doctype, name: WRITE[door](
		doctype, name, {(field := writable_field(doctype)): 0 if field == "docstatus" else "Changed"}
	)


def _has(right: str) -> Callable:
	return lambda doctype, name: bool(frappe.has_permission(doctype, right, doc=name))


def _export(doctype: str, name: str) -> bool:
	answer = call_desk(
		reportview.export_query, doctype=doctype, fields='["name"]', file_format_type="CSV", title=doctype
	)
	return name in frappe.safe_decode(answer.filecontent)


def _export_data(doctype: str, name: str) -> bool:
	answer = call_desk(
		lambda: export_data(
			doctype=doctype, with_data=True, select_columns=json.dumps({doctype: ["name"]}), file_type="CSV"
		)
	)
	return name in frappe.safe_decode(str(answer.result))


def _import_template(doctype: str, name: str) -> bool:
	fields = json.dumps({doctype: ["name"]})
	answer = call_desk(lambda: download_template(doctype, export_fields=fields, export_records="all"))
	return name in frappe.safe_decode(answer.filecontent or answer.result)


DOORS: dict[str, dict[str, Callable[[str, str], object]]] = {
	"read": {
		"document": _has("read"),
		"client.get": lambda doctype, name: frappe.client.get(doctype, name),
		"form": lambda doctype, name: call_desk(lambda: load.getdoc(doctype, name)),
		"REST 1": lambda doctype, name: request("GET", f"/api/resource/{doctype}/{name}"),
		"REST 2": lambda doctype, name: request("GET", f"/api/v2/document/{doctype}/{name}"),
		"REST 2 copy": lambda doctype, name: request("GET", f"/api/v2/document/{doctype}/{name}/copy"),
		**LISTS,
	},
	"write": {"document": _has("write"), **{door: _write(door) for door in WRITE}},
	"delete": {
		"document": _has("delete"),
		"client.delete": lambda doctype, name: frappe.client.delete(doctype, name),
		"REST 1": lambda doctype, name: request("DELETE", f"/api/resource/{doctype}/{name}"),
		"REST 2": lambda doctype, name: request("DELETE", f"/api/v2/document/{doctype}/{name}"),
	},
	"submit": {
		"document": _has("submit"),
		"client.submit": lambda doctype, name: frappe.client.submit(as_json(frappe.get_doc(doctype, name))),
		"form": lambda doctype, name: call_desk(
			lambda: save.savedocs(as_json(frappe.get_doc(doctype, name)), "Submit")
		),
		"REST 1": lambda doctype, name: request(
			"POST", f"/api/resource/{doctype}/{name}", run_method="submit"
		),
		"REST 1 docstatus": lambda doctype, name: request(
			"PUT", f"/api/resource/{doctype}/{name}", docstatus=1
		),
		"REST 2": lambda doctype, name: request("POST", f"/api/v2/document/{doctype}/{name}/method/submit"),
	},
	"cancel": {
		"document": _has("cancel"),
		"client.cancel": lambda doctype, name: frappe.client.cancel(doctype, name),
		"form": lambda doctype, name: call_desk(lambda: save.cancel(doctype, name)),
		"REST 1": lambda doctype, name: request(
			"POST", f"/api/resource/{doctype}/{name}", run_method="cancel"
		),
		"REST 2": lambda doctype, name: request("POST", f"/api/v2/document/{doctype}/{name}/method/cancel"),
	},
	"export": {
		"document": _has("export"),
		"report view": _export,
		"data export": _export_data,
		"import template": _import_template,
	},
	"report": {"document": _has("report")},
	"print": {
		"document": _has("print"),
		"print view": lambda doctype, name: bool(get_html_and_style(doctype, name)["html"]),
	},
	"share": {
		"document": _has("share"),
		"share": lambda doctype, name: frappe.share.add(doctype, name, "Administrator"),
	},
}
CREATE: dict[str, Callable[[str, Records], object]] = {
	"document": lambda doctype, records: _new(doctype, records).has_permission("create"),
	"client.insert": lambda doctype, records: frappe.client.insert(records.new(doctype)),
	"form": lambda doctype, records: call_desk(
		lambda: save.savedocs(json.dumps({**records.new(doctype), "__islocal": 1, "name": "new-1"}), "Save")
	),
	"REST 1": lambda doctype, records: request("POST", f"/api/resource/{doctype}", **records.new(doctype)),
	"REST 2": lambda doctype, records: request("POST", f"/api/v2/document/{doctype}", **records.new(doctype)),
}
