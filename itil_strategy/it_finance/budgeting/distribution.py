"""ERPNext's Monthly Distribution as weights of the months of a fiscal year."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from itil_strategy.exceptions import BudgetPlanError
from itil_strategy.utils.fiscal_years import Year
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import as_html, bold


def weights_of(distribution: str, year: Year) -> dict[date, Decimal]:
	"""The percents by month.

	A distribution of another fiscal year is refused: ERPNext would read it as nothing for every month, and
	stop each posting.
	"""
	doc = frappe.get_doc("Monthly Distribution", distribution)
	if doc.fiscal_year != year.name:
		frappe.throw(
			_("Monthly Distribution {0} is for fiscal year {1}, not for {2}. Choose one of {2}.").format(
				bold(distribution), as_html(doc.fiscal_year or _("none")), as_html(year.name)
			),
			BudgetPlanError,
			title=_("Monthly Distribution"),
		)
	percents = {row.month: to_decimal(row.percentage_allocation) for row in doc.percentages}
	return {month: percents.get(f"{month:%B}", Decimal(0)) for month in year.months}
