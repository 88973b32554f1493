"""Every version of a case that was sent to review, approved, or changed afterwards is kept and comparable."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document
from frappe.utils import cstr, flt, getdate, now_datetime, strip_html

from itil_strategy.domain.case_versions import Difference, compare
from itil_strategy.it_finance.business_case.reading import TEXTS, figure

NUMBERS = ("Float", "Currency", "Percent", "Int", "Check")
# What a case is judged by: its plain fields, and its tables with the fields that name a row.
FIELDS = (
	"case_title",
	"it_service",
	"customer_need",
	"company",
	"funding_cost_center",
	"valid_until",
	"is_mandatory",
	"mandatory_basis",
	"introduction",
	"methods",
	"start_date",
	"period_length",
	"discount_rate",
	"convention",
	"finance_rate",
	"reinvestment_rate",
	"seed",
	"impacts",
	"contingencies",
	"recommended_option",
	"recommendation",
)
TABLES = {
	"assumptions": ("variable",),
	"options": ("option_title",),
	"flows": ("option_title", "kind", "item"),
	"non_financial": ("impact",),
	"risks": ("risk",),
	"efforts": ("skill",),
}
FIGURES = ("npv", "advantage", "internal_rates", "payback", "chance_of_loss", "total_spend")
COMPUTED = ("npv", "advantage", "internal_rates", "payback", "equal_annual_value", "benefit_cost", "currency")


def inputs_of(case: Document) -> dict[str, Any]:
	"""What people entered, as plain values."""
	found: dict[str, Any] = {field: _plain(case, field) for field in FIELDS}
	for table in TABLES:
		found[table] = [
			{
				df.fieldname: _plain(row, df.fieldname)
				for df in row.meta.fields
				if df.fieldtype not in no_value_fields and df.fieldname not in COMPUTED
			}
			for row in case.get(table)
		]
	return found


def keep_version(case: Document) -> None:
	"""Add a version, unless the last one has the same content and status."""
	snapshot = {**inputs_of(case), **{field: _plain(case, field) for field in FIGURES}}
	text = json.dumps(snapshot, sort_keys=True)
	last = case.versions[-1] if case.versions else None
	if last and last.snapshot == text and last.status == case.status:
		return
	case.append(
		"versions",
		{
			"version": (last.version if last else 0) + 1,
			"status": case.status,
			"kept_on": now_datetime(),
			"kept_by": frappe.session.user,
			"npv": case.npv,
			"planned_spend": case.total_spend,
			"snapshot": text,
			"currency": case.currency,
		},
	)


def compare_versions(case: Document, first: int, second: int) -> list[dict]:
	"""What changed between two versions, in words of the form."""
	found = {row.version: json.loads(row.snapshot or "{}") for row in case.versions}
	for version in (first, second):
		if version not in found:
			frappe.throw(_("There is no version {0}. Choose one of the list.").format(version))
	return [_row(case, difference) for difference in compare(found[first], found[second], TABLES)]


def _row(case: Document, difference: Difference) -> dict:
	meta = case.meta
	if difference.table:
		table = meta.get_field(difference.table)
		meta, where = frappe.get_meta(table.options), _(table.label)
	else:
		where = ""
	label = meta.get_label(difference.field) if difference.field else ""
	return {
		"where": " · ".join(filter(None, (where, difference.key))),
		"field": _(label),
		"kind": _(difference.kind),
		"before": _shown(difference.field, difference.before),
		"after": _shown(difference.field, difference.after),
	}


def _shown(field: str, value: Any) -> str:
	text = "" if value is None else strip_html(cstr(value))
	return figure(text) if field in TEXTS else text


def _plain(doc: Document, field: str) -> Any:
	"""A value as it compares, however the client wrote it."""
	value, df = doc.get(field), doc.meta.get_field(field)
	if df.fieldtype in NUMBERS:
		return flt(value, 9)
	if df.fieldtype == "Date":
		return str(getdate(value)) if value else None
	return cstr(value).strip()
