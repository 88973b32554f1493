"""All checks in the order in which they are run and shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import frappe
from frappe import _

from itil_strategy.domain.health import CheckResult, Finding
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.health import (
	allocation,
	charges,
	corrections,
	funds,
	limits,
	portfolio,
	postings,
	prices,
	relationship,
	usage,
)


def _N(text: str) -> str:
	"""Mark a title for extraction; it is translated where it is shown."""
	return text


@dataclass(frozen=True, slots=True)
class Check:
	"""One invariant: what it says, and the function that finds the records that break it."""

	title: str
	find: Callable[[], list[Finding]]


CHECKS: dict[str, Check] = {
	"vouchers-balance": Check(_N("Vouchers of runs: debit equals credit"), postings.find_unbalanced),
	"vouchers-known": Check(_N("Vouchers and batches of runs belong together"), postings.find_stray),
	"charges-in-ledger": Check(_N("Posted charges equal their vouchers"), postings.find_ledger_differences),
	"reversals": Check(_N("Counter-vouchers take back the whole voucher"), postings.find_half_reversals),
	"batch-totals": Check(_N("Batches equal their charges"), charges.find_batch_differences),
	"run-totals": Check(_N("Totals of runs equal their charges"), charges.find_run_differences),
	"imports-whole": Check(_N("Imports are stored as a whole"), usage.find_half_imports),
	"usage-once": Check(_N("Usage is claimed once"), usage.find_double_claims),
	"claims-live": Check(_N("Claims belong to live runs"), usage.find_dead_claims),
	"claims-equal-usage": Check(_N("Claims equal the usage"), usage.find_claim_differences),
	"claims-charged": Check(_N("Claimed usage is charged in full"), prices.find_charged_differences),
	"prices-once": Check(_N("One price on one day"), prices.find_double_prices),
	"showback": Check(_N("Showback is never posted"), prices.find_posted_showback),
	"held": Check(_N("Charges are held while disputed"), prices.find_held_differences),
	"last-day": Check(_N("Nothing is charged after the last day"), prices.find_charges_after_end),
	"corrections-limit": Check(_N("Corrections stay within the charge"), corrections.find_too_large),
	"corrections-once": Check(_N("Corrections are charged once"), corrections.find_not_once),
	"reservations": Check(_N("Reservations equal approved cases"), funds.find_reservation_differences),
	"reservations-once": Check(_N("Money is reserved once"), funds.find_double_reservations),
	"budgets": Check(_N("Published budgets equal the plan"), funds.find_budget_differences),
	"budgets-once": Check(_N("One budget is in force for a service and year"), limits.find_double_budgets),
	"ceilings-once": Check(_N("One ceiling is in force for each"), limits.find_ceiling_differences),
	"cost-of-services": Check(_N("Cost of every service adds up"), allocation.find_unbalanced_services),
	"cost-passed-on": Check(_N("Cost passed on is received"), allocation.find_lost_on_the_way),
	"cost-of-runs": Check(_N("Allocation runs explain the expense"), allocation.find_run_differences),
	"cost-in-ledger": Check(_N("Posted allocations equal the runs"), allocation.find_ledger_differences),
	"capacity": Check(_N("No more is promised than can be delivered"), relationship.find_over_promised),
	"feedback-closed": Check(
		_N("Feedback is finished before it is closed"), relationship.find_closed_unfinished
	),
	"credits-once": Check(_N("A credit is given once"), relationship.find_credit_differences),
	"mediations": Check(_N("Mediations are closed by a decision"), relationship.find_undecided_mediations),
	"dependencies": Check(_N("Dependencies form no circle"), portfolio.find_bad_dependencies),
	"stages": Check(_N("Stages follow the last decision"), portfolio.find_stage_differences),
	"stage-log": Check(_N("Every decision is in the stage log once"), portfolio.find_log_differences),
	"survey-answers": Check(_N("Answered invitations have one answer"), portfolio.find_answer_differences),
}


def run_checks(names: list[str] | None = None) -> list[CheckResult]:
	"""The results of the named checks, or of all. Raises ServiceStrategyError for an unknown name."""
	return list(iter_checks(names))


def iter_checks(names: list[str] | None = None) -> Iterator[CheckResult]:
	"""The same one by one, for who shows progress."""
	for name in names or CHECKS:
		if name not in CHECKS:
			frappe.throw(
				_("There is no check {0}. Choose one of {1}.").format(name, ", ".join(CHECKS)),
				ServiceStrategyError,
			)
		check = CHECKS[name]
		yield CheckResult(name, _(check.title), tuple(check.find()))
