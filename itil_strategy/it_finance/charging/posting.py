"""Post a published run: one batch, one voucher, one transaction.

A crash leaves a batch wholly in the ledger or not at all; a resumed job skips the batches that are in.
The unique key on the voucher is the last guard.
"""

from functools import partial

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, now_datetime

from itil_strategy.exceptions import PreflightError, RunStateError
from itil_strategy.it_finance.charging import preflight, vouchers
from itil_strategy.utils import jobs
from itil_strategy.utils.locks import named_lock
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.text import as_plain

DOCTYPE = "Charging Run"


def start(doc: Document) -> None:
	"""Check everything, move the run to Posting and queue the job; resumes one that stopped."""
	check_and_claim(doc)
	jobs.enqueue("itil_strategy.it_finance.charging.posting.run_posting", DOCTYPE, doc.name)


def post_now(doc: Document) -> None:
	"""Post in this process instead of the queue; the state tells the outcome. Commits."""
	check_and_claim(doc)
	frappe.db.commit()  # nosemgrep: the state is the claim; the job commits batch by batch
	run_posting(doc.name, frappe.session.user)


def check_and_claim(doc: Document) -> None:
	"""Raise every obstacle, or move the run to Posting."""
	if doc.reversal_date:
		frappe.throw(
			_("The run is being reversed as of {0}. Choose Reverse to go on.").format(
				formatdate(doc.reversal_date)
			),
			RunStateError,
			title=_("Reversal Under Way"),
		)
	obstacles = preflight.find_obstacles(doc, "post")
	if obstacles:
		raise_obstacles(obstacles)
	jobs.move_state(DOCTYPE, doc.name, _startable_states(doc), "Posting")


def run_posting(name: str, user: str) -> None:
	"""Background job: post every batch of the run that is not in the ledger yet."""
	frappe.set_user(user)
	with named_lock(jobs.job_key(DOCTYPE, name)) as got:
		if not got or frappe.db.get_value(DOCTYPE, name, "status") != "Posting":
			return
		try:
			post_open_batches(name)
		except Exception as error:
			frappe.db.rollback()
			record_failure(name, error)
			frappe.db.commit()  # nosemgrep: the reason must outlive the rollback of the batch
			if not isinstance(error, frappe.ValidationError):
				raise


def post_open_batches(name: str) -> None:
	"""Post the open batches in order, each in its own transaction, then mark the run as posted."""
	doc = frappe.get_doc(DOCTYPE, name)
	obstacles = preflight.find_obstacles(doc, "post")
	if obstacles:
		raise_obstacles(obstacles)
	batches = open_batches(name)
	posted = frappe.db.count("Charge Posting", {"charging_run": name})
	total = posted + len(batches)
	for done, batch_no in enumerate(batches, start=posted + 1):
		jobs.with_deadlock_retry(partial(vouchers.post_batch, doc, batch_no))
		_record_progress(name, done, total)
		frappe.db.commit()  # nosemgrep: one batch, one transaction: short locks, cheap resume
		jobs.report_progress(DOCTYPE, name, done, total, _("Vouchers posted: {0} of {1}").format(done, total))
	_finish(name)
	frappe.db.commit()  # nosemgrep: the job ends here


def open_batches(name: str) -> list[int]:
	"""Batch numbers with published chargeback charges, in order."""
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.batch_no)
		.where((charge.posting_run == name) & (charge.status == "Published") & (charge.batch_no > 0))
		.groupby(charge.batch_no)
		.orderby(charge.batch_no)
	).run()
	return [row[0] for row in rows]


def raise_obstacles(obstacles: list[str]) -> None:
	"""All obstacles in one message."""
	frappe.throw("<br>".join(obstacles), PreflightError, title=_("Mend These First"))


def _startable_states(doc: Document) -> tuple[str, ...]:
	stalled = doc.status == "Posting" and not jobs.is_working(DOCTYPE, doc.name)
	return ("Published", "Failed", "Posting") if stalled else ("Published", "Failed")


def _record_progress(name: str, done: int, total: int) -> None:
	posting = frappe.qb.DocType("Charge Posting")
	amount = frappe.qb.from_(posting).select(exact_sum(posting.amount)).where(posting.charging_run == name)
	frappe.db.set_value(
		DOCTYPE,
		name,
		{
			"batches": f"{done} / {total}",
			"posted_amount": to_decimal(amount.run()[0][0]),
			"heartbeat": now_datetime(),
		},
	)


def _finish(name: str) -> None:
	frappe.db.set_value(
		DOCTYPE, name, {"status": "Posted", "error_message": None, "obstacles": None, "failed_step": None}
	)
	frappe.get_doc(DOCTYPE, name).notify_update()


def record_failure(name: str, error: Exception, step: str = "post") -> None:
	"""Show on the run why a job stopped."""
	if isinstance(error, frappe.ValidationError):
		message = as_plain(str(error))
	else:
		frappe.log_error(title=_("Posting {0} failed").format(name))
		message = _(
			"Posting stopped unexpectedly. What is posted stays; press Post to go on. See the Error Log."
		)
	frappe.db.set_value(DOCTYPE, name, {"status": "Failed", "failed_step": step, "error_message": message})
	frappe.get_doc(DOCTYPE, name).notify_update()
