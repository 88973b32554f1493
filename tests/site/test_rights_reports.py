"""Every report through the desk: who runs it, totals that are everybody's, hostile filters (`rights.reports`)."""

import pytest

import frappe

from itil_strategy.tests.factories import make_user
from tests.site.portfolio_doors import as_user
from tests.site.portfolio_world import limit
from tests.site.rights.matrix import PORTFOLIO, VIEWERS
from tests.site.rights.measure import CLOSED, try_door
from tests.site.rights.reports import RUNNERS, attack, good_filters, run
from tests.site.rights.world import OTHER_CUSTOMER

# About one customer, whom the other manager may not choose.
PER_RECORD = ("Customer View",)


def test_the_table_has_every_report():
	assert set(RUNNERS) == set(frappe.get_all("Report", {"module": ("in", _modules())}, pluck="name"))


def _modules() -> list[str]:
	return frappe.get_all("Module Def", {"app_name": "itil_strategy"}, pluck="name")


@pytest.mark.parametrize("report", RUNNERS)
def test_who_runs_it(everything, report):
	filters, found = good_filters(report, everything), {}
	for viewer in VIEWERS:
		if viewer not in everything.users:
			continue
		as_user(everything.users[viewer])
		found[viewer] = try_door(run, report, dict(filters)) != CLOSED
	assert {viewer for viewer, is_open in found.items() if is_open} - {"creator of the record"} == RUNNERS[
		report
	]


@pytest.mark.parametrize(
	"report",
	[report for report, viewers in RUNNERS.items() if PORTFOLIO in viewers and report not in PER_RECORD],
)
def test_totals_are_those_of_everybody(everything, report):
	"""A manager who is limited to another customer sees fewer rows and the same figures."""
	filters = good_filters(report, everything)
	as_user(everything.users[PORTFOLIO])
	whole = run(report, dict(filters))
	as_user("Administrator")
	limit(user := make_user(VIEWERS[PORTFOLIO]), "Customer", OTHER_CUSTOMER)
	as_user(user)
	seen = run(report, dict(filters))
	assert seen.get("report_summary") == whole.get("report_summary")
	assert len(seen["result"]) <= len(whole["result"]) + 1


@pytest.mark.parametrize("report", RUNNERS)
def test_no_filter_reaches_the_database_as_a_command(everything, report):
	tried, wrong = attack(report, everything)
	assert tried >= 12 or report == "Strategic Alignment"
	assert not wrong, "\n".join(wrong)
