"""Columns, cards and charts as the query report wants them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from frappe import _
from frappe.utils import flt

from itil_strategy.utils.report_scope import allowed_values


def column(
	fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, options: str = "", **more
) -> dict:
	"""A report column."""
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
		**more,
	}


def link_columns(columns: Iterable[dict]) -> dict[str, str]:
	"""Columns that link to a record, with its doctype: what user permissions can hide."""
	return {item["fieldname"]: item["options"] for item in columns if item["fieldtype"] == "Link"}


def card(label: str, value: float | int | str | Decimal, color: str, currency: str | None = None) -> dict:
	"""A summary card; an amount when a currency is given."""
	if currency:
		return {
			"label": label,
			"value": flt(float(value), 2),
			"indicator": color,
			"datatype": "Currency",
			"currency": currency,
		}
	return {
		"label": label,
		"value": value,
		"indicator": color,
		"datatype": "Data" if isinstance(value, str) else "Int",
	}


def bar_chart(
	labels: Sequence[str],
	datasets: Mapping[str, Sequence[float]],
	colors: Sequence[str],
	currency: str | None = None,
	**more,
) -> dict | None:
	"""A bar chart, or None when there is nothing to draw."""
	if not labels:
		return None
	chart = {
		"data": {
			"labels": list(labels),
			"datasets": [{"name": name, "values": list(values)} for name, values in datasets.items()],
		},
		"type": "bar",
		"colors": list(colors),
		**more,
	}
	if currency:
		chart.update(fieldtype="Currency", currency=currency)
	return chart


def visible_labels(labels: Mapping[str, str], doctype: str, report_doctype: str) -> dict[str, str]:
	"""Labels by name, without those of records that the viewer's user permissions hide.

	The bars of a chart stay, so that the picture is the same for all.
	"""
	allowed = allowed_values({doctype}, report_doctype).get(doctype)
	return {
		name: label if allowed is None or name in allowed else _("Not shown")
		for name, label in labels.items()
	}
