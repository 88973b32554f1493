"""ERPNext's fiscal years as half-open periods; they may have any number of months."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import frappe
from frappe import _
from frappe.utils import getdate

from erpnext.accounts.utils import get_fiscal_year

from itil_strategy.domain.periods import months_between
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.text import bold


@dataclass(frozen=True)
class Year:
	"""A fiscal year: the days from `start` to the day before `end`."""

	name: str
	start: date
	end: date

	@cached_property
	def months(self) -> list[date]:
		"""First days of its months."""
		return months_between(self.start, self.end)

	@property
	def last_day(self) -> date:
		return self.end - timedelta(days=1)

	def is_over(self, today: date) -> bool:
		return self.end <= today


def load_year(name: str) -> Year:
	"""Raises ServiceStrategyError when there is no such year."""
	row = frappe.get_cached_value("Fiscal Year", name, ["year_start_date", "year_end_date"]) if name else None
	if not row:
		frappe.throw(_("There is no fiscal year {0}. Choose one.").format(bold(name)), ServiceStrategyError)
	return Year(name, getdate(row[0]), getdate(row[1]) + timedelta(days=1))


def year_of(day: date | str, company: str) -> Year:
	"""The fiscal year of a day; raises ERPNext's FiscalYearError when there is none."""
	name, start, last = get_fiscal_year(day, company=company)
	return Year(name, getdate(start), getdate(last) + timedelta(days=1))


def require_year_of_company(name: str, company: str) -> Year:
	"""A year that is enabled for the company; ServiceStrategyError says what is wrong."""
	year = load_year(name)
	if frappe.get_cached_value("Fiscal Year", name, "disabled"):
		frappe.throw(
			_("Fiscal year {0} is disabled. Enable it or choose another.").format(bold(name)),
			ServiceStrategyError,
		)
	companies = frappe.get_all("Fiscal Year Company", {"parent": name}, pluck="company")
	if companies and company not in companies:
		frappe.throw(
			_("Fiscal year {0} is not one of {1}. Choose another or add the company to it.").format(
				bold(name), bold(company)
			),
			ServiceStrategyError,
		)
	return year
