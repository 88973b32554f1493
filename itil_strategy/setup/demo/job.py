"""Load the sample organisation: its masters, its months in the ledger, and what its customers say.

Every step leaves alone what exists, so loading may stop anywhere and be started again.
"""

from collections.abc import Callable

import frappe
from frappe import _

from itil_strategy.setup.demo import booking, story
from itil_strategy.setup.demo.agreements import load_agreements
from itil_strategy.setup.demo.booking import say
from itil_strategy.setup.demo.budgets import load_budgets
from itil_strategy.setup.demo.cases import load_cases
from itil_strategy.setup.demo.files import SampleFiles, StoryFiles
from itil_strategy.setup.demo.inventory import note_loaded, note_what_is_kept
from itil_strategy.setup.demo.masters import load_masters
from itil_strategy.setup.demo.needs import load_needs
from itil_strategy.setup.demo.relationship import load_relationship
from itil_strategy.setup.demo.scenarios import load_scenarios

Step = Callable[[], None]


def run() -> None:
	"""The sample's quarter alone, to the cent what the preview says; prints what it did. Safe to repeat."""
	frappe.only_for("System Manager")
	note_what_is_kept()
	_take(_steps(SampleFiles()))
	note_loaded()


def load(progress: Callable[[int, int], None] | None = None) -> None:
	"""The quarter and the two years before it. Safe to repeat; `progress` hears steps done and all steps."""
	frappe.only_for("System Manager")
	note_what_is_kept()
	_take([*story.steps(StoryFiles()), *_steps(SampleFiles()), *story.last_steps(StoryFiles())], progress)
	note_loaded()


def _take(steps: list[Step], progress: Callable[[int, int], None] | None = None) -> None:
	for done, step in enumerate(steps, 1):
		step()
		frappe.db.commit()  # nosemgrep: a job that runs for minutes, step by step
		if progress:
			progress(done, len(steps))


def _steps(files: SampleFiles) -> list[Step]:
	return [
		lambda: _load_masters(files),
		lambda: booking.book_costs(files, "direct_costs", booking.COST_REMARK),
		lambda: booking.book_costs(files, "shared_costs", booking.SHARED_REMARK),
		*(lambda month=month: booking.run_month(files, month) for month in files.company["runs"]),
		lambda: _load_people(files),
		# After the postings: each is slower with budgets to check.
		lambda: say(_("  {0} budgets published").format(load_budgets(files))),
		lambda: say(_("  {0} business cases, with the money that funds them").format(load_cases(files))),
		lambda: booking.allocate_months(files),
		lambda: say(_("{0} scenarios to compare. See Scenario Comparison.").format(load_scenarios(files))),
		lambda: booking.report_result(files),
	]


def _load_masters(files: SampleFiles) -> None:
	say(_("Sample organisation {0}").format(files.company["company"]))
	load_masters(files)


def _load_people(files: SampleFiles) -> None:
	contacts = load_relationship(files)
	needs = load_needs(files, contacts)
	load_agreements(files, contacts)
	say(_("{0} needs raised. See Need Prioritisation and Supply and Demand.").format(needs))
	say(
		_("{0} feedbacks and {1} answers to surveys. See Feedback Performance and Satisfaction.").format(
			frappe.db.count("Service Feedback"), frappe.db.count("Survey Response")
		)
	)
