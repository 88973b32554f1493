"""Ceilings and budgets in force: one for each, under the key that the database guards."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from itil_strategy.domain.health import Finding
from itil_strategy.utils.budget_ceilings import NAMED_BY, live_key

CEILING, BUDGET = "Budget Ceiling", "Service Budget"


def find_ceiling_differences() -> list[Finding]:
	"""Ceilings whose key is not that of what they are for, so that a second one could be in force; one query."""
	rows = frappe.get_all(
		CEILING,
		fields=["name", "company", "fiscal_year", "ceiling_for", "disabled", "live_key", *NAMED_BY.values()],
		order_by="name asc",
		limit=0,
	)
	findings = []
	for row in rows:
		subject = row[NAMED_BY[row.ceiling_for]]
		key = None if row.disabled else live_key(row.company, row.fiscal_year, row.ceiling_for, subject)
		if (row.live_key or None) != key:
			findings.append(
				Finding(
					CEILING,
					row.name,
					_("It is for {0} in {1}; its key says {2}.").format(
						subject, row.fiscal_year, row.live_key or _("that it is disabled")
					),
					_("Open and save it; if another one is for the same, disable one of them."),
					row.company,
				)
			)
	return findings


def find_double_budgets() -> list[Finding]:
	"""Services with more than one budget in force for a company and year, or one without its key; one query."""
	budget = frappe.qb.DocType(BUDGET)
	keys = (budget.company, budget.fiscal_year, budget.it_service)
	rows = (
		frappe.qb.from_(budget)
		.select(*keys, Count(budget.name), Count(budget.live_key))
		.where((budget.docstatus == 1) & (budget.status == "Published"))
		.groupby(*keys)
		.having((Count(budget.name) > 1) | (Count(budget.live_key) != Count(budget.name)))
		.orderby(*keys)
	).run()
	return [
		Finding(
			"IT Service",
			service,
			_("It has {0} budgets in force for {1}, {2} of them with their key.").format(count, year, keyed),
			_("Cancel all of them but one; choose Revise on the one that stays."),
			company,
		)
		for company, year, service, count, keyed in rows
	]
