"""All checks in the order in which they are run and shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import frappe
from frappe import _

from itil_strategy.domain.health import CheckResult, Finding
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.health import allocation, charges, corrections, funds, portfolio, postings, usage


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
	"corrections-limit": Check(_N("Corrections stay within the charge"), corrections.find_too_large),
	"corrections-once": Check(_N("Corrections are charged once"), corrections.find_not_once),
	"reservations": Check(_N("Reservations equal approved cases"), funds.find_reservation_differences),
	"reservations-once": Check(_N("Money is reserved once"), funds.find_double_reservations),
	"budgets": Check(_N("Published budgets equal the plan"), funds.find_budget_differences),
	"cost-of-services": Check(_N("Cost of every service adds up"), allocation.find_unbalanced_services),
	"cost-of-runs": Check(_N("Allocation runs explain the expense"), allocation.find_run_differences),
	"cost-in-ledger": Check(_N("Posted allocations equal the runs"), allocation.find_ledger_differences),
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
