"""A survey from sending to expiry over a real mail server, day by day (BR-7)."""

from types import SimpleNamespace

import pytest
from freezegun import freeze_time

import frappe
from frappe.utils import add_days

from itil_strategy.business_relationship.surveys import daily
from itil_strategy.business_relationship.surveys.answers import submit
from itil_strategy.business_relationship.surveys.sending import send_wave
from itil_strategy.exceptions import SurveyLinkError
from itil_strategy.tests.factories import make_service
from itil_strategy.tests.surveys import make_account, make_contact, make_customer, make_survey

from . import processes
from .mail_server import flush_queue, link_in, mail_server, text_of

START = "2027-03-01"


@pytest.fixture
def mailbox():
	with mail_server() as mailbox:
		yield mailbox


@pytest.fixture
def world(mailbox):
	"""A customer with two contacts; committed, because the mail queue commits, and deleted afterwards."""
	frappe.db.delete("Email Queue", {"status": ("in", ("Not Sent", "Partially Sent"))})
	before = frappe.db.get_value("Email Account", {"default_outgoing": 1})
	account = make_account(mailbox.port)
	customer = make_customer()
	contacts = {
		name: make_contact(customer, f"{name}@{customer}.example.com".lower()) for name in ("anna", "bert")
	}
	service = make_service(service_name="Mail & More")
	frappe.db.commit()
	yield SimpleNamespace(
		customer=customer,
		service=service.name,
		anna=frappe.db.get_value("Contact", contacts["anna"], "email_id"),
		bert=frappe.db.get_value("Contact", contacts["bert"], "email_id"),
	)
	frappe.db.rollback()
	surveys = frappe.get_all("Satisfaction Survey", {"name": ("like", "SS-2027-%")}, pluck="name")
	for doctype in ("Survey Response", "Survey Invitation"):
		names = frappe.get_all(doctype, {"survey": ("in", surveys or [""])}, pluck="name")
		frappe.db.delete("Survey Answer", {"parent": ("in", names or [""])})
		frappe.db.delete(doctype, {"name": ("in", names or [""])})
	for name in surveys:
		frappe.delete_doc("Satisfaction Survey", name, force=True)
	frappe.db.delete("Email Queue", {"sender": ("like", f"%{account.email_id}%")})
	linked = frappe.get_all(
		"Dynamic Link", {"link_name": customer, "parenttype": "Contact"}, pluck="parent", distinct=True
	)
	for doctype, name in (
		*(("Contact", name) for name in linked),
		("Customer", customer),
		("IT Service", service.name),
		("Email Account", account.name),
	):
		frappe.delete_doc(doctype, name, force=True)
	if before:
		frappe.db.set_value("Email Account", before, "default_outgoing", 1)
	frappe.local.outgoing_email_account = {}
	frappe.db.commit()


def on(day: int):
	"""Noon of a day of the story; the mail server's clock goes on."""
	return freeze_time(f"{add_days(START, day)} 12:00:00.250000", real_asyncio=True)


def run_day(monkeypatch, world) -> None:
	"""The daily job, with our due surveys sent at once instead of by a worker, and the mails delivered."""
	ours = set(frappe.get_all("Survey Customer", {"customer": world.customer}, pluck="parent"))
	monkeypatch.setattr(
		daily, "enqueue", lambda _method, _doctype, name: send_wave(name) if name in ours else None
	)
	daily.run_daily()
	flush_queue()


def statuses(survey) -> dict[str, tuple]:
	return {
		row.email: (row.status, row.reminders_sent)
		for row in frappe.get_all(
			"Survey Invitation", {"survey": survey.name}, ["email", "status", "reminders_sent"]
		)
	}


def test_sent_answered_reminded_expired_and_throttled(world, mailbox, monkeypatch):
	with on(0):
		survey = make_survey(
			services=[world.service],
			customers=[world.customer],
			expires_after_days=10,
			reminders=2,
			reminder_spacing_days=4,
			introduction="Two questions <script>alert(1)</script>, please.",
		)
		run_day(monkeypatch, world)
		assert [len(mailbox.to(address)) for address in (world.anna, world.bert)] == [1, 1]
		assert statuses(survey) == {world.anna: ("Sent", 0), world.bert: ("Sent", 0)}
		# The daily job of the same day sends nothing twice.
		run_day(monkeypatch, world)
		assert len(mailbox.mails) == 2
		survey.reload()
		assert [(row.invited, row.throttled) for row in survey.waves] == [(2, 0)]

	(mail,) = mailbox.to(world.anna)
	assert mail["Subject"] == survey.survey_title
	body = text_of(mail)
	assert "Mail &amp; More" in body and "<script>" not in body
	invitation, token = link_in(mail)
	assert token not in str(frappe.get_doc("Survey Invitation", invitation).as_dict())
	questions = [row.name for row in survey.questions]
	answers = {questions[0]: {"choice": "9"}, questions[1]: {"choice": "4"}}

	with on(2):
		run_day(monkeypatch, world)
		submit(invitation, token, answers)
		frappe.db.commit()
		with pytest.raises(SurveyLinkError, match="answered already"):
			submit(invitation, token, answers)

	sent_on = {}
	for day in range(3, 13):
		with on(day):
			count = len(mailbox.mails)
			run_day(monkeypatch, world)
			for address, reminder in mailbox.mails[count:]:
				sent_on.setdefault(address, []).append(day)
				assert reminder["Subject"] == f"Reminder: {survey.survey_title}"
				assert link_in(reminder) == link_in(mailbox.to(world.bert)[0])
			expected = "Expired" if day > 10 else "Sent"
			assert statuses(survey)[world.bert][0] == expected, day
	assert sent_on == {world.bert: [4, 8]}
	assert statuses(survey) == {world.anna: ("Answered", 0), world.bert: ("Expired", 2)}
	with on(12), pytest.raises(SurveyLinkError, match="It is closed now"):
		submit(*link_in(mailbox.to(world.bert)[0]), answers)

	response = frappe.get_doc("Survey Response", invitation)
	assert (response.customer, response.it_service, response.nps_group) == (
		world.customer,
		world.service,
		"Promoter",
	)
	assert response.score == 0.4 * 90 + 0.6 * 75

	with on(12):
		other = make_survey(customers=[world.customer], throttle_days=30)
		count = len(mailbox.mails)
		run_day(monkeypatch, world)
		assert len(mailbox.mails) == count
		other.reload()
		assert [(row.invited, row.throttled) for row in other.waves] == [(0, 2)]
	# Both were asked on day 0; the wave waits until they may be asked again.
	for day in (13, 29):
		with on(day):
			run_day(monkeypatch, world)
			assert (len(mailbox.mails), other.preview_wave()["throttled"]) == (count, 2)
	with on(30):
		run_day(monkeypatch, world)
		assert len(mailbox.mails) == count + 2
		other.reload()
		assert [(row.invited, row.throttled) for row in other.waves] == [(0, 2), (2, 0)]
		run_day(monkeypatch, world)
		assert len(mailbox.mails) == count + 2


def test_a_refused_mail_counts_nowhere_and_asks_nobody(world, mailbox, monkeypatch):
	mailbox.refused.add(world.bert)
	with on(0):
		survey = make_survey(customers=[world.customer], throttle_days=30)
		for _attempt in range(5):
			run_day(monkeypatch, world)
	with on(5):
		run_day(monkeypatch, world)
		invitation = frappe.get_doc("Survey Invitation", {"survey": survey.name, "email": world.bert})
		assert (invitation.is_undelivered, invitation.reminders_sent) == (1, 0)
		assert statuses(survey)[world.anna] == ("Sent", 1)
		other = make_survey(customers=[world.customer], throttle_days=30)
		assert {key: other.preview_wave()[key] for key in ("invited", "throttled")} == {
			"invited": 1,
			"throttled": 1,
		}


def test_two_people_send_at_once(world):
	"""Each contact gets one invitation and one mail, whoever was first."""
	with on(0):
		survey = make_survey(customers=[world.customer], starts_on="2026-01-01")
	for number in range(30):
		make_contact(world.customer, f"more{number}@{world.customer}.example.com".lower())
	frappe.db.commit()
	code = f"""
	from itil_strategy.business_relationship.surveys.sending import send_wave
	print("INVITED", send_wave({survey.name!r})["invited"])
	"""
	running = [processes.start(code) for _number in range(2)]
	outcomes = [process.communicate(timeout=120) for process in running]
	assert [process.returncode for process in running] == [0, 0], outcomes
	frappe.db.rollback()
	invited = sorted(int(out.split("INVITED")[1]) for out, _err in outcomes)
	assert invited == [0, 32]
	emails = frappe.get_all("Survey Invitation", {"survey": survey.name}, pluck="email")
	assert (len(emails), len(set(emails))) == (32, 32)
	assert frappe.db.count("Email Queue", {"reference_name": survey.name}) == 32
	survey.reload()
	assert [row.invited for row in survey.waves] == [32]
