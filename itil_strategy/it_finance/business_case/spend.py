"""What a business case spends per fiscal year (FM-6)."""

from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.case_figures import spend_by_year
from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.money import round_to_step
from itil_strategy.utils.money import currency_precision


def load_fiscal_years(company: str) -> dict[str, tuple[date, date]]:
	"""First and last day of the company's fiscal years, oldest first; two queries."""
	year, link = frappe.qb.DocType("Fiscal Year"), frappe.qb.DocType("Fiscal Year Company")
	rows = (
		frappe.qb.from_(year)
		.left_join(link)
		.on(link.parent == year.name)
		.select(year.name, year.year_start_date, year.year_end_date, link.company)
		.where(year.disabled == 0)
		.orderby(year.year_start_date, year.name)
	).run(as_dict=True)
	return {
		row.name: (getdate(row.year_start_date), getdate(row.year_end_date))
		for row in rows
		if row.company in (None, company)
	}


def planned_spend(
	case: Document, model: CaseModel, option: str
) -> tuple[dict[str, Decimal], tuple[date, ...]]:
	"""Money that the option needs per fiscal year, reserves included, and the months that no year covers."""
	found, uncovered = spend_by_year(
		model.spend(option), getdate(case.start_date), model.basis, load_fiscal_years(case.company)
	)
	precision = currency_precision()
	return {year: round_to_step(amount, precision) for year, amount in found.items()}, uncovered
