"""The customer's page as paper, for a review with them. A template calls it."""

import frappe
from frappe import _
from frappe.utils import cstr, formatdate

from itil_strategy.business_relationship.report.customer_view.customer_view import execute

REPORT = "Customer View"
PLAIN = ("label", "status", "details")
# Decimals of the columns that hold figures, by their type; a currency has its own.
DECIMALS = {"Float": 2, "Percent": 1, "Currency": None}


def get_customer_pack(customer: str) -> dict:
	"""Sections of the report *Customer View*: title, columns that have a figure, rows of ready texts.

	Shows what the report shows to the same person. Raises PermissionError.
	"""
	if not frappe.get_doc("Report", REPORT).is_permitted():
		frappe.throw(
			_("You are not permitted to read the report {0}.").format(_(REPORT)), frappe.PermissionError
		)
	columns, rows, message, _chart, cards, _skip = execute({"customer": customer})
	fields = {field["fieldname"]: field for field in columns}
	sections: list[dict] = []
	for row in rows:
		if row.get("is_section"):
			sections.append({"title": row["label"], "rows": []})
		else:
			sections[-1]["rows"].append(row)
	return {
		"message": message,
		"cards": [{"label": card["label"], "value": _card(card)} for card in cards],
		"sections": [_section(section, fields) for section in sections if section["rows"]],
	}


def _section(section: dict, fields: dict[str, dict]) -> dict:
	used = [
		name
		for name, field in fields.items()
		if field["fieldtype"] in DECIMALS and any(row.get(name) is not None for row in section["rows"])
	]
	return {
		"title": section["title"],
		"has_status": any(row.get("status") for row in section["rows"]),
		"has_date": any(row.get("date") for row in section["rows"]),
		"columns": [fields[name]["label"] for name in used],
		"rows": [
			{
				"is_child": row.get("indent", 1) > 1,
				**{name: cstr(row.get(name)) for name in PLAIN},
				"date": formatdate(row["date"]) if row.get("date") else "",
				"figures": [_text(row, name, fields[name]["fieldtype"]) for name in used],
			}
			for row in section["rows"]
		],
	}


def _text(row: dict, name: str, fieldtype: str) -> str:
	if row.get(name) is None:
		return ""
	text = frappe.format_value(
		row[name],
		{"fieldtype": fieldtype, "precision": DECIMALS[fieldtype], "options": "currency"},
		currency=row.get("currency"),
	)
	return f"{text} {row['unit']}" if name in ("promised", "measured") and row.get("unit") else text


def _card(card: dict) -> str:
	if card.get("value") is None:
		return "–"
	return frappe.format_value(
		card["value"], {"fieldtype": card.get("datatype") or "Int"}, currency=card.get("currency")
	)
