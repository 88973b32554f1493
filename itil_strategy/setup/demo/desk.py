"""Load and remove the sample organisation from the desk: in the background, one at a time, with progress."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import frappe
from frappe import _

from itil_strategy.exceptions import SampleOrganisationError
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.inventory import FAILED, read_note, refuse_own_records, write_note
from itil_strategy.setup.demo.job import load
from itil_strategy.setup.demo.people import acting_as
from itil_strategy.setup.demo.removal import remove
from itil_strategy.utils import jobs
from itil_strategy.utils.locks import named_lock

SETTINGS, SAMPLE = "Service Strategy Settings", "sample organisation"
# Heard by the page that started it.
ENDED = "sample_organisation_ended"
WORK: dict[str, Callable] = {"load": load, "remove": remove}


def get_state() -> dict:
	"""`state` (None: not on this site), `is_working`, `company`, and what went wrong if it did."""
	note = read_note() or {}
	return {
		"state": note.get("state"),
		"is_working": jobs.is_working(SETTINGS, SAMPLE),
		"company": SampleFiles().company["company"],
		"error": note.get("error"),
	}


def start(what: Literal["load", "remove"]) -> None:
	"""Queue it. Raises SampleOrganisationError with the reason where it cannot be done; the caller checked who asks."""
	if jobs.is_working(SETTINGS, SAMPLE):
		frappe.throw(
			_("The sample organisation is being loaded or removed already. Wait for it to end."),
			SampleOrganisationError,
			title=_("Already Under Way"),
		)
	if what == "load":
		refuse_own_records()
	elif not read_note():
		frappe.throw(
			_("The sample organisation is not on this site, so there is nothing to remove."),
			SampleOrganisationError,
			title=_("Nothing to Remove"),
		)
	jobs.enqueue("itil_strategy.setup.demo.desk.work", SETTINGS, SAMPLE, what=what)


def work(name: str, user: str, what: Literal["load", "remove"]) -> None:
	"""The job. Its records are made in the name of Administrator: the user need not be allowed to post vouchers."""
	with named_lock(jobs.job_key(SETTINGS, name)) as is_mine, acting_as("Administrator"):
		if not is_mine:
			return
		try:
			stays = WORK[what](partial(_report, what)) or []
		except Exception as error:
			frappe.db.rollback()
			frappe.log_error(title=f"Sample organisation: {what}")
			if read_note():
				write_note(state=FAILED, error=str(error))
			frappe.db.commit()  # nosemgrep: the job ends here, the note says how
			_tell(user, str(error), "red")
			return
	_tell(user, *_result(what, stays))


def _report(what: str, done: int, total: int) -> None:
	label = _("Loading the sample organisation") if what == "load" else _("Removing the sample organisation")
	jobs.report_progress(SETTINGS, SETTINGS, done, total, label)


def _result(what: str, stays: list[str]) -> tuple[str, str]:
	if what == "load":
		return _("The sample organisation is loaded."), "green"
	if stays:
		return _("The sample organisation is removed. Your own records use these, so they stay: {0}.").format(
			", ".join(stays)
		), "orange"
	return _("The sample organisation is removed."), "green"


def _tell(user: str, message: str, indicator: str) -> None:
	frappe.publish_realtime(ENDED, {"message": message, "indicator": indicator}, user=user)
