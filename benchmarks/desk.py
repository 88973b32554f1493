"""What the desk asks for when a person opens a view, ours beside ERPNext's own records of equal number.

The lists and report views of every kind of record that the large site holds many of stand beside those of ERPNext's
Issue, which is filled to as many rows; the heaviest form beside that of ERPNext's Item.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from statistics import median

import frappe
from frappe.desk import notifications, reportview
from frappe.desk.form import load
from frappe.desk.form.meta import get_meta
from frappe.model import data_fieldtypes

from benchmarks import report_scene
from benchmarks.relationship_scene import add_relationship
from benchmarks.result import Result
from benchmarks.site import empty_named, remove_masters, reset
from benchmarks.worker import measure
from itil_strategy.it_finance.stewardship import get_service_assets
from itil_strategy.service_portfolio.dependency_picture import get_picture
from itil_strategy.service_portfolio.doctype.portfolio_decision.portfolio_decision import get_choices
from itil_strategy.setup.defaults import OUR_MODULES
from itil_strategy.setup.roles import ROLES

BAR = 1.5
SLOWEST = 10
TURNS = 9
MANY = 100  # fewer rows make no large list, at full size
LIST, FLOOR_FORM = "Issue", "Item"
READER = "benchmark-reader@example.com"
STANDARD_FIELDS = (
	*("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"),
	*("_user_tags", "_comments", "_assign", "_liked_by"),
)
PAGES = {"list": 20, "report view": 500}  # rows of the first page
# What a form asks for besides the record, its timeline and the counts of its connections.
FORM_CALLS: dict[str, tuple[Callable[[str], object], ...]] = {
	"IT Service": (get_choices, get_picture, get_service_assets),
}


def bench_desk(options) -> Iterator[Result]:
	"""The ten slowest lists and report views of the large site, and its heaviest form."""
	_make_scene(options.rows)
	try:
		views, forms = _measure_all()
	finally:
		_remove_floor()
	for work, (ours, floor) in sorted(views.items(), key=lambda item: -item[1][0])[:SLOWEST]:
		yield Result("desk", f"{work} beside {LIST}", ours, floor, BAR)
	heaviest = max(forms, key=lambda doctype: forms[doctype][0])
	yield Result("desk", f"{heaviest}, form beside {FLOOR_FORM}", *forms[heaviest], BAR)


def open_views(doctype: str) -> tuple[float, dict]:
	"""Task: seconds of each view of the record kind and of its floor, in turns; medians."""
	frappe.set_user(READER)
	facts = {
		view: _in_turns(lambda rows=rows: _list(doctype, rows), lambda rows=rows: _list(LIST, rows))
		for view, rows in PAGES.items()
	}
	names = {
		kind: frappe.db.get_value(kind, {}, "name", order_by="name desc") for kind in (doctype, FLOOR_FORM)
	}
	facts["form"] = _in_turns(
		lambda: _form(doctype, names[doctype]), lambda: _form(FLOOR_FORM, names[FLOOR_FORM])
	)
	return 0.0, facts


def _make_scene(rows: int) -> None:
	reset()
	remove_masters()
	scene = report_scene.scene_of(rows)
	report_scene.make_masters(scene)
	report_scene.add_charges(scene)
	report_scene.add_rows(scene, range(rows))
	add_relationship(scene, rows)
	empty_named(LIST)
	report_scene.insert_select(
		FLOOR_FORM,
		{
			"name": f"CONCAT('{report_scene.CODE}-', seq)",
			"item_code": f"CONCAT('{report_scene.CODE}-', seq)",
			"item_name": "CONCAT('Item ', seq)",
			"item_group": f"'{frappe.db.get_value('Item Group', {'is_group': 0})}'",
			"stock_uom": "'Nos'",
		},
		range(scene.services),
	)
	if not frappe.db.exists("User", READER):
		roles = (*ROLES, "Support Team", "Item Manager", "Stock User", "Accounts User", "Sales User")
		frappe.get_doc(
			{
				"doctype": "User",
				"email": READER,
				"first_name": "Reader",
				"send_welcome_email": 0,
				"roles": [{"role": role} for role in roles],
			}
		).insert(ignore_permissions=True)
	frappe.db.commit()


def _remove_floor() -> None:
	"""What the reports have no use for; the rest goes with the site's own clean-up. Commits."""
	frappe.db.rollback()
	for doctype in (LIST, FLOOR_FORM):
		empty_named(doctype)
	frappe.delete_doc("User", READER, force=True, ignore_permissions=True)
	frappe.db.commit()


def _measure_all() -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
	"""Seconds (ours, floor) of the views by their words, and of the forms by their kind of record."""
	views, forms, filled = {}, {}, 0
	for rows, doctype in sorted(_large_doctypes()):
		if rows > filled:
			_fill_floor(range(filled, rows))
			filled = rows
		facts = measure("open_views", doctype=doctype).facts
		forms[doctype] = facts.pop("form")
		views |= {f"{doctype}, {view} of {rows:,}": seconds for view, seconds in facts.items()}
	return views, forms


def _large_doctypes() -> Iterator[tuple[int, str]]:
	"""(rows, kind of record) of what the site has many of; of few rows the largest ones, so that none is nothing."""
	kinds = frappe.get_all(
		"DocType", {"module": ("in", OUR_MODULES), "istable": 0, "issingle": 0, "is_virtual": 0}, pluck="name"
	)
	counted = [(frappe.db.count(kind), kind) for kind in kinds]
	least = min(MANY, max(counted)[0])
	return ((rows, kind) for rows, kind in counted if rows >= least)


def _fill_floor(numbers: range) -> None:
	report_scene.insert_select(
		LIST,
		{
			"name": f"CONCAT('{report_scene.CODE}-', seq)",
			"subject": "CONCAT('Issue ', seq)",
			"status": "IF(seq % 10, 'Closed', 'Open')",
			"opening_date": "'2025-06-30'",
		},
		numbers,
	)
	frappe.db.commit()
	frappe.db.sql(f"ANALYZE TABLE `tab{LIST}`")


def _in_turns(ours: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
	"""Medians of seconds; both were done once before, as in a process that serves the desk."""
	ours(), floor()
	turns = [(_seconds(ours), _seconds(floor)) for _turn in range(TURNS)]
	return tuple(median(seconds) for seconds in zip(*turns, strict=True))


def _seconds(work: Callable[[], object]) -> float:
	start = time.perf_counter()
	work()
	return time.perf_counter() - start


def _list(doctype: str, rows: int) -> None:
	"""The first page of a list or report view, newest first, and the number beside it."""
	meta = frappe.get_meta(doctype)
	asked = {
		"doctype": doctype,
		"fields": json.dumps([f"`tab{doctype}`.`{field}`" for field in _fields(doctype)]),
		"filters": "[]",
		"order_by": f"`tab{doctype}`.`{meta.sort_field or 'modified'}` {meta.sort_order or 'desc'}",
	}
	_answer(
		reportview.get, {**asked, "start": 0, "page_length": rows, "view": "List", "with_comment_count": 1}
	)
	_answer(reportview.get_count, {"doctype": doctype, "filters": "[]", "fields": "[]", "limit": 1001})


@cache
def _fields(doctype: str) -> tuple[str, ...]:
	"""As the desk picks them: its own, those shown in the list, the title, and what the list's script adds."""
	meta = get_meta(doctype)
	shown = [df.fieldname for df in meta.fields if df.in_list_view and df.fieldtype in data_fieldtypes]
	added = re.search(r"add_fields:\s*\[(.*?)\]", meta.get("__list_js") or "", re.DOTALL)
	script = re.findall(r"[\"'](\w+)[\"']", added.group(1)) if added else []
	own = [field for field in (*shown, meta.title_field, meta.image_field, *script) if field]
	return tuple(dict.fromkeys((*STANDARD_FIELDS, *(field for field in own if meta.has_field(field)))))


def _form(doctype: str, name: str) -> None:
	"""The record with its timeline, the counts of its connections, and what its script asks for."""
	_answer(lambda: load.getdoc(doctype, name), {})
	_answer(lambda: notifications.get_open_count(doctype, name), {})
	for call in FORM_CALLS.get(doctype, ()):
		_answer(lambda call=call: call(name), {})


def _answer(function: Callable[[], object], form: dict) -> str:
	"""As the web process does it: arguments in the form, the whole answer as JSON."""
	frappe.local.form_dict, frappe.local.response = frappe._dict(form), frappe._dict(docs=[])
	answer = function()
	return frappe.as_json(frappe.local.response if answer is None else answer)
