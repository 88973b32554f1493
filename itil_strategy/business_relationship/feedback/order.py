"""Two moments in their order."""

from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import format_datetime, formatdate, get_datetime

from itil_strategy.exceptions import DateOrderError
from itil_strategy.utils.text import bold

Moment = datetime | date | str | None


def check_order(
	label: str, earlier: Moment, later_label: str, later: Moment, days_only: bool = False
) -> None:
	"""DateOrderError when the second moment is before the first one; one that is empty is in order."""
	if not earlier or not later:
		return
	first, second = get_datetime(earlier), get_datetime(later)
	if days_only:
		first, second = first.date(), second.date()
	if second >= first:
		return
	show = formatdate if days_only else format_datetime
	frappe.throw(
		_("{0} ({1}) is before {2} ({3}). Correct one of them.").format(
			bold(later_label), show(second), bold(label), show(first)
		),
		DateOrderError,
		title=_("Dates the Wrong Way Round"),
	)
