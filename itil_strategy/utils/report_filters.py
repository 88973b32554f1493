"""What a report takes as filters: plain values. A list or an object in place of one would be written into the query as it is."""

from collections.abc import Collection
from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.text import bold

PLAIN = (str, int, float, date, datetime)


def plain_filters(
	filters: dict | None, lists: Collection[str] = (), dates: Collection[str] = ()
) -> frappe._dict:
	"""The filters, each with one value; those in `lists` may have several, those in `dates` are a day.

	Raises ServiceStrategyError for any other.
	"""
	filters = frappe._dict(filters or {})
	for name, value in filters.items():
		values = value if name in lists and isinstance(value, list | tuple) else [value]
		if not all(one is None or isinstance(one, PLAIN) for one in values):
			frappe.throw(
				_("The filter {0} takes one value. Choose it again.").format(bold(name)),
				ServiceStrategyError,
				title=_("Filter"),
			)
	for name in dates:
		if isinstance(filters.get(name), str) and not _is_date(filters[name]):
			frappe.throw(
				_("The filter {0} is not a date. Choose a day.").format(bold(name)),
				ServiceStrategyError,
				title=_("Filter"),
			)
	return filters


def _is_date(text: str) -> bool:
	try:
		return not text or getdate(text) is not None
	except (ValueError, OverflowError, frappe.ValidationError):
		return False
