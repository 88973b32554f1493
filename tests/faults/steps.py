"""What people do with money here, step by step: who presses what, whether a job follows, when it is done."""

from collections.abc import Callable
from dataclasses import dataclass

import frappe

from tests.faults import scene as world
from tests.faults.actors import WebProcess

RUN, IMPORT, CASE, SURVEY = "Charging Run", "Usage Import", "Business Case", "Satisfaction Survey"


@dataclass(frozen=True, slots=True)
class Step:
	"""`press` sends the request; `has_job`: a worker does the rest; `is_done` reads the outcome."""

	name: str
	press: Callable[[WebProcess], tuple[int, str]]
	has_job: bool
	is_done: Callable[[], bool]


def document_method(doctype: str, name: str, method: str, token: str, **arguments) -> Callable:
	"""A button of a form."""

	def press(web: WebProcess) -> tuple[int, str]:
		return web.post(token, "run_doc_method", dt=doctype, dn=name, method=method, args=arguments)

	return press


def usage_import(scene: world.Scene, name: str) -> Step:
	return Step(
		"import",
		document_method(IMPORT, name, "start_import", scene.finance),
		True,
		lambda: status_of(IMPORT, name) == "Completed",
	)


def calculate(scene: world.Scene, run: str) -> Step:
	return Step(
		"calculate",
		document_method(RUN, run, "calculate", scene.finance),
		True,
		lambda: status_of(RUN, run) == "Calculated",
	)


def publish(scene: world.Scene, run: str) -> Step:
	def press(web: WebProcess) -> tuple[int, str]:
		return web.post(scene.finance, "frappe.client.submit", doc=current(RUN, run))

	return Step("publish", press, False, lambda: status_of(RUN, run) == "Published")


def post(scene: world.Scene, run: str) -> Step:
	return Step(
		"post",
		document_method(RUN, run, "post", scene.finance),
		True,
		lambda: status_of(RUN, run) == "Posted",
	)


def cancel(scene: world.Scene, run: str) -> Step:
	def press(web: WebProcess) -> tuple[int, str]:
		return web.post(scene.finance, "frappe.client.cancel", doctype=RUN, name=run)

	return Step("cancel", press, False, lambda: status_of(RUN, run) == "Cancelled")


def reverse(scene: world.Scene, run: str, recharge: bool) -> Step:
	return Step(
		"reverse",
		document_method(RUN, run, "reverse", scene.finance, reason="Charged wrongly", recharge=recharge),
		True,
		lambda: status_of(RUN, run) == "Reversed",
	)


def approve(scene: world.Scene, case: str) -> Step:
	def press(web: WebProcess) -> tuple[int, str]:
		method = "frappe.model.workflow.apply_workflow"
		return web.post(scene.approver, method, doc=current(CASE, case), action="Approve")

	return Step("approve", press, False, lambda: status_of(CASE, case) == "Approved")


def send_survey(scene: world.Scene, survey: str) -> Step:
	return Step(
		"survey",
		document_method(SURVEY, survey, "send_now", scene.admin),
		True,
		lambda: asked_once(survey),
	)


def asked_once(survey: str) -> bool:
	"""An invitation and an e-mail for each contact; never more, however often it was sent."""
	invited = frappe.get_all("Survey Invitation", {"survey": survey}, ["email", "email_queue"], limit=0)
	mails = frappe.db.count("Email Queue", {"reference_doctype": SURVEY, "reference_name": survey})
	assert len({row.email for row in invited}) == len(invited) == mails, (survey, invited, mails)
	return len(invited) == world.RESPONDENTS


def status_of(doctype: str, name: str) -> str:
	return frappe.db.get_value(doctype, name, "status")


def current(doctype: str, name: str) -> str:
	"""The document as the form has it now."""
	from tests.faults.actors import connected

	with connected():
		return world.as_json(doctype, name)
