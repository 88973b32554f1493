"""Background jobs that are safe to start twice, to kill and to start again.

The state of a record is moved by compare-and-set, so of two people who press a button at once only
one gets a job. A job holds a lock of its database connection while it works: a state that says
"working" with nobody holding the lock is a job that died.
"""

import random
import time
from collections.abc import Callable, Iterable

from rq.job import JobStatus

import frappe
from frappe import _
from frappe.utils import now
from frappe.utils.background_jobs import get_job_status

from itil_strategy.exceptions import RunStateError
from itil_strategy.utils.locks import is_locked

JOB_TIMEOUT_SECONDS = 4 * 60 * 60
MAX_ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.05
WORKING_STATES = {
	"Usage Import": ("Queued", "Importing"),
	"Charging Run": ("Calculating", "Posting"),
	"Cost Allocation Run": ("Calculating",),
}


def job_key(doctype: str, name: str) -> str:
	"""Identifies the job of a record, in the queue and as a lock."""
	return f"itil_strategy|{doctype}|{name}"


def is_working(doctype: str, name: str) -> bool:
	"""True while a job for the record runs or waits in the queue.

	A killed worker leaves its job "started" in the queue's books; only the lock says who really works.
	"""
	key = job_key(doctype, name)
	return is_locked(key) or get_job_status(key) == JobStatus.QUEUED


def move_state(doctype: str, name: str, from_states: Iterable[str], to_state: str) -> None:
	"""Compare-and-set of `status` in the current transaction; RunStateError if somebody was faster."""
	table = frappe.qb.DocType(doctype)
	query = (
		frappe.qb.update(table)
		.set(table.status, to_state)
		.set(table.modified, now())
		.set(table.modified_by, frappe.session.user)
		.where((table.name == name) & table.status.isin(list(from_states)))
	)
	query.run()
	if not frappe.db._cursor.rowcount:
		status = frappe.db.get_value(doctype, name, "status")
		frappe.throw(
			_(
				"{0} is {1} now, so this step is not possible. Somebody else may have started it: reload to see."
			).format(frappe.bold(name), frappe.bold(_(status))),
			RunStateError,
			title=_("Already Under Way"),
		)
	frappe.clear_document_cache(doctype, name)


def enqueue(method: str, doctype: str, name: str, **arguments) -> None:
	"""Queue `method(name, user, **arguments)` once the current transaction is committed.

	Nothing is de-duplicated here: the queue believes a killed job to be running. The state and the lock decide.
	"""
	frappe.enqueue(
		method,
		queue="long",
		timeout=JOB_TIMEOUT_SECONDS,
		job_id=job_key(doctype, name),
		enqueue_after_commit=True,
		name=name,
		user=frappe.session.user,
		**arguments,
	)


def with_deadlock_retry(work: Callable[[], None]) -> None:
	"""Run one transaction's work; a deadlock undoes all of it, so it is done again, after a pause that grows.

	Without the pause the same two transactions meet again at once.
	"""
	for attempt in range(1, MAX_ATTEMPTS + 1):
		try:
			work()
			return
		except Exception as error:
			if attempt == MAX_ATTEMPTS or not _is_deadlock(error):
				raise
			frappe.db.rollback()
			time.sleep(random.uniform(0.5, 1) * FIRST_PAUSE_SECONDS * 2**attempt)  # nosec B311: no secret


def _is_deadlock(error: Exception) -> bool:
	if isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError):
		return True
	# Bulk writes go through the driver, whose errors Frappe has not wrapped.
	return isinstance(error, frappe.db.OperationalError) and (
		frappe.db.is_deadlocked(error) or frappe.db.is_timedout(error)
	)


def report_progress(doctype: str, name: str, done: int, total: int, description: str) -> None:
	"""Show progress on the open form."""
	frappe.publish_realtime(
		"progress",
		{
			"percent": done * 100 / max(total, 1),
			"title": _(doctype),
			"description": description,
			"doctype": doctype,
			"docname": name,
		},
		doctype=doctype,
		docname=name,
	)


def mark_stalled_runs() -> None:
	"""Hourly: a record that says it is being worked on, without a job, is shown as failed and can resume."""
	for doctype, states in WORKING_STATES.items():
		for name, status in frappe.get_all(
			doctype, {"status": ("in", states)}, ["name", "status"], as_list=True, order_by="name"
		):
			if not is_working(doctype, name):
				frappe.db.set_value(
					doctype,
					name,
					{
						"status": "Failed",
						"error_message": _("The background job stopped while {0}. Start it again.").format(
							_(status)
						),
					},
				)
