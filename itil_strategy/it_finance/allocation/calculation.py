"""Calculate an allocation run: gather, allocate, and keep lines and inputs, all in one transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money, now_datetime

from itil_strategy.domain.allocation import allocate
from itil_strategy.domain.allocation_snapshot import pack
from itil_strategy.domain.allocation_types import ZERO, Allocation, AllocationRequest, Kind, Method
from itil_strategy.domain.errors import DomainError
from itil_strategy.exceptions import AllocationRunError, RunStateError
from itil_strategy.it_finance.allocation import gather
from itil_strategy.utils import jobs
from itil_strategy.utils.bulk import insert_rows, reserve_names
from itil_strategy.utils.costing import require_service_dimension
from itil_strategy.utils.locks import named_lock
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.text import as_html, as_plain, bold

DOCTYPE = "Cost Allocation Run"
CALCULABLE = ("Draft", "Calculated", "Failed")
LINE_FIELDS = (
	"allocation_run",
	"company",
	"month",
	"it_service",
	"kind",
	"amount",
	"cost_element",
	"method",
	"cost_pool",
	"partner_service",
	"driver_value",
	"driver_total",
)
INPUT_FIELDS = ("allocation_run", "month", "inputs")
# A run without figures.
NO_RESULT = {
	"status": "Draft",
	"obstacles": None,
	"error_message": None,
	"ledger_expense": 0,
	"direct_cost": 0,
	"pool_cost": 0,
	"unassigned_cost": 0,
	"final_cost": 0,
	"idle_cost": 0,
	"unallocated_cost": 0,
	"unallocated_note": None,
	"unallocated_reason": None,
	"accepted_by": None,
	"accepted_on": None,
	"line_count": 0,
}
SHOWN_UNALLOCATED = 40


def start(run: Document) -> None:
	"""Queue the calculation; one that stopped can be started again."""
	_claim(run)
	jobs.enqueue("itil_strategy.it_finance.allocation.calculation.run_calculation", DOCTYPE, run.name)


def calculate_now(run: Document) -> None:
	"""Calculate in this process instead of the queue; the state tells the outcome. Commits."""
	_claim(run)
	frappe.db.commit()  # nosemgrep: the state is the claim
	run_calculation(run.name, frappe.session.user)


def _claim(run: Document) -> None:
	refuse_frozen(run)
	stalled = run.status == "Calculating" and not jobs.is_working(DOCTYPE, run.name)
	allowed = (*CALCULABLE, "Calculating") if stalled else CALCULABLE
	jobs.move_state(DOCTYPE, run.name, allowed, "Calculating")


def refuse_frozen(run: Document) -> None:
	"""What was submitted is never calculated again."""
	if run.docstatus != 0:
		frappe.throw(
			_("{0} is submitted; its figures are frozen. Make a new run of the same months.").format(
				bold(run.name)
			),
			RunStateError,
			title=_("Figures Are Frozen"),
		)


def run_calculation(name: str, user: str) -> None:
	"""Background job: calculate the run; what stands in the way is kept on it and nothing else is stored."""
	frappe.set_user(user)
	with named_lock(jobs.job_key(DOCTYPE, name)) as got:
		if not got or frappe.db.get_value(DOCTYPE, name, ["status", "docstatus"]) != ("Calculating", 0):
			return
		try:
			jobs.with_deadlock_retry(lambda: calculate_run(frappe.get_doc(DOCTYPE, name)))
			frappe.db.commit()  # nosemgrep: all lines become visible together
		except Exception as error:
			frappe.db.rollback()
			record_failure(name, error)
			frappe.db.commit()  # nosemgrep: the reason must outlive the rollback
			if not isinstance(error, DomainError | frappe.ValidationError):
				raise


def calculate_run(run: Document) -> None:
	"""Replace the lines of the run by newly calculated ones, in the current transaction.

	Raises AllocationRunError with the sentence of the rule that refuses.
	"""
	refuse_frozen(run)
	require_service_dimension()
	delete_lines(run.name)
	try:
		requests = gather.build_requests(run)
		months = {month: allocate(request) for month, request in requests.items()}
	except DomainError as error:
		raise AllocationRunError(as_html(error.message)) from error
	count = _insert_lines(run, months)
	_insert_inputs(run, requests)
	_record_result(run, requests, months, count)


def delete_lines(run: str) -> None:
	"""Delete what an unsubmitted run has calculated."""
	frappe.db.delete("Service Cost", {"allocation_run": run})
	frappe.db.delete("Cost Allocation Input", {"allocation_run": run})


def record_failure(name: str, error: Exception) -> None:
	"""Keep on the run why it could not be calculated."""
	message = str(error) or type(error).__name__
	is_obstacle = isinstance(error, AllocationRunError)
	frappe.db.set_value(
		DOCTYPE,
		name,
		{
			**NO_RESULT,
			"status": "Failed",
			"obstacles": as_plain(message) if is_obstacle else None,
			"error_message": None if is_obstacle else as_plain(message),
			"heartbeat": now_datetime(),
		},
	)
	frappe.get_doc(DOCTYPE, name).notify_update()


def _insert_lines(run: Document, months: Mapping[date, Allocation]) -> int:
	rows = list(_rows(run, months))
	if rows:
		insert_rows("Service Cost", LINE_FIELDS, rows, reserve_names("Service Cost", len(rows)))
	return len(rows)


def _rows(run: Document, months: Mapping[date, Allocation]) -> Iterator[tuple]:
	for month, allocation in sorted(months.items()):
		for line in allocation.lines:
			yield (
				run.name,
				run.company,
				month,
				line.service or None,
				str(line.kind),
				line.amount,
				line.element or None,
				run.method,
				line.pool or None,
				line.partner or None,
				line.value or 0,
				line.value_total or 0,
			)


def _insert_inputs(run: Document, requests: Mapping[date, AllocationRequest]) -> None:
	rows = [(run.name, month, pack({month: request})) for month, request in sorted(requests.items())]
	insert_rows(
		"Cost Allocation Input", INPUT_FIELDS, rows, reserve_names("Cost Allocation Input", len(rows))
	)


def _record_result(
	run: Document,
	requests: Mapping[date, AllocationRequest],
	months: Mapping[date, Allocation],
	count: int,
) -> None:
	def total(*kinds: Kind) -> Decimal:
		return sum((allocation.total(*kinds) for allocation in months.values()), ZERO)

	in_pools = sum(
		(sum(pool.amounts.values(), ZERO) for request in requests.values() for pool in request.pools), ZERO
	)
	direct, unassigned = total(Kind.DIRECT), total(Kind.UNASSIGNED)
	values = {
		**NO_RESULT,
		"status": "Calculated",
		"ledger_expense": direct + in_pools + unassigned,
		"direct_cost": direct,
		"pool_cost": in_pools,
		"unassigned_cost": unassigned,
		"final_cost": total(Kind.FINAL),
		"idle_cost": total(Kind.IDLE),
		"unallocated_cost": total(Kind.UNALLOCATED),
		"unallocated_note": _unallocated_note(run, months),
		"line_count": count,
		"heartbeat": now_datetime(),
	}
	if run.method == Method.STEP_DOWN:
		values["step_down_order"] = run.step_down_order
	frappe.db.set_value(DOCTYPE, run.name, values)
	frappe.clear_document_cache(DOCTYPE, run.name)
	run.reload()
	run.notify_update()


def _unallocated_note(run: Document, months: Mapping[date, Allocation]) -> str | None:
	"""One line per month and pool, or service, whose cost found nobody."""
	sums: dict[tuple[date, str, str], Decimal] = defaultdict(Decimal)
	for month, allocation in months.items():
		for line in allocation.lines:
			if line.kind == Kind.UNALLOCATED:
				sums[(month, line.pool, line.service)] += line.amount
	currency = company_currency(run.company)
	notes = [
		_("{0} of pool {1} in {2}: no driver").format(
			fmt_money(float(amount), currency=currency), pool, f"{month:%Y-%m}"
		)
		if pool
		else _("{0} of service {1} in {2}: nobody left to take it").format(
			fmt_money(float(amount), currency=currency), service, f"{month:%Y-%m}"
		)
		for (month, pool, service), amount in sorted(sums.items())
	]
	more = len(notes) - SHOWN_UNALLOCATED
	if more > 0:
		notes = [*notes[:SHOWN_UNALLOCATED], _("and {0} more").format(more)]
	return "\n".join(notes) or None
