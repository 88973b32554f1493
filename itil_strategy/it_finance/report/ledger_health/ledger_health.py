"""Ledger Health: every broken record by name, with what is wrong and the way out."""

from collections import Counter

import frappe
from frappe import _

from itil_strategy.domain.health import CheckResult, count_findings
from itil_strategy.utils.health.registry import CHECKS, run_checks
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import card, column
from itil_strategy.utils.report_scope import fold_hidden_rows

REPORT_DOCTYPE = "Charging Run"
HOLDS, BROKEN = "Holds", "Broken"


def execute(filters: dict | None = None):
	filters = plain_filters(filters)
	results = run_checks([filters.check] if filters.check else None)
	rows = fold_hidden_rows(_rows(results), {"company": "Company"}, (), "title", REPORT_DOCTYPE)
	return _columns(), rows, None, None, _summary(results), True


@frappe.whitelist()
def get_check_names() -> list[dict]:
	"""The checks as choices of the filter."""
	if not frappe.get_doc("Report", "Ledger Health").is_permitted():
		frappe.throw(
			_("You may not run Ledger Health. Ask a System Manager or an IT Financial Manager."),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
	return [{"value": name, "label": _(check.title)} for name, check in CHECKS.items()]


def _rows(results: list[CheckResult]) -> list[dict]:
	"""One row per broken record; one that says so where an invariant holds."""
	rows = []
	for result in results:
		if result.is_healthy:
			rows.append({"title": result.title, "state": HOLDS})
		rows += [
			{
				"title": result.title,
				"state": BROKEN,
				"record_type": finding.doctype,
				"record": finding.record,
				"problem": finding.problem,
				"way_out": finding.way_out,
				"company": finding.company,
			}
			for finding in result.findings
		]
	return rows


def _columns() -> list[dict]:
	# Whoever runs this may not read every kind of record; the name is told all the same.
	return [
		column("title", _("Invariant"), width=340),
		column("state", _("State"), width=90),
		column("record_type", _("Record Type"), width=140),
		column("record", _("Record"), width=170),
		column("problem", _("What Is Wrong"), width=420),
		column("way_out", _("Way Out"), width=420),
		column("company", _("Company"), width=140),
	]


def _summary(results: list[CheckResult]) -> list[dict]:
	broken = count_findings(results)
	kinds = Counter(result.is_healthy for result in results)
	return [
		card(_("Invariants Verified"), len(results), "Blue"),
		card(_("Invariants That Hold"), kinds[True], "Green"),
		card(_("Broken Records"), broken, "Red" if broken else "Green"),
	]
