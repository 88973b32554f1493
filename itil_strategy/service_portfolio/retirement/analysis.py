"""The public door to the retirement analysis: report, decision and server script come through here."""

from collections.abc import Sequence
from datetime import date

import frappe
from frappe import _
from frappe.utils import add_months, cint, getdate

from itil_strategy.domain.periods import month_start
from itil_strategy.domain.retirement import Analysis, analyse
from itil_strategy.domain.retirement_measures import window_months
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.retirement.gather import collect_facts
from itil_strategy.service_portfolio.retirement.settings import load_settings

MAX_MONTHS = 120


def analyse_services(
	company: str,
	last_month: date | str | None = None,
	months: int | None = None,
	services: Sequence[str] | None = None,
) -> list[Analysis]:
	"""Judge the catalogue services that the company delivers, by name.

	The window is `months` calendar months up to and including that of `last_month`; by default those of
	the settings up to the last complete month. `services` limits the answer. Permissions are the caller's.
	"""
	settings = load_settings()
	window = find_window(last_month, months or settings.months)
	return [analyse(facts, window, settings) for facts in collect_facts(company, window, services)]


def analyse_service(company: str, service: str) -> Analysis | None:
	"""The analysis of one service over the default window; None unless the company delivers it now."""
	return next(iter(analyse_services(company, services=[service])), None)


def find_window(last_month: date | str | None, months: int) -> tuple[date, ...]:
	"""First days of the months; only complete months are judged."""
	last_complete = month_start(getdate(add_months(getdate(), -1)))
	last = month_start(getdate(last_month)) if last_month else last_complete
	if last > last_complete:
		frappe.throw(
			_("{0} is not over yet. Choose a last month up to {1}: only complete months are judged.").format(
				f"{last:%Y-%m}", f"{last_complete:%Y-%m}"
			),
			ServiceStrategyError,
			title=_("Month Not Complete"),
		)
	if not 1 <= cint(months) <= MAX_MONTHS:
		frappe.throw(
			_("The window has {0} months. Choose 1 to {1}.").format(months, MAX_MONTHS),
			ServiceStrategyError,
			title=_("Months of the Window"),
		)
	return window_months(last, cint(months))
