"""The response page of a survey on a phone and a desktop: no login, keyboard, screen reader, no sideways scroll."""

from html import unescape

import pytest

import frappe

from itil_strategy.business_relationship.surveys.links import make_token
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.surveys import make_customer, make_invitation, make_survey
from tests.browser.conftest import PASSWORD, check_page, log_in

QUESTIONS = (
	{"question": "Would you recommend <b>it</b> & us?", "kind": "NPS", "weight": 40, "low_score": 50},
	{
		"question": "How quick is it?",
		"kind": "Rating",
		"weight": 40,
		"low_score": 50,
		"lowest_label": "very slow",
		"highest_label": "very quick",
	},
	{"question": "Was it solved?", "kind": "Yes-No", "weight": 20, "is_required": 0},
	{"question": "A mobile app", "kind": "Kano", "is_required": 0},
	{"question": "Anything else?", "kind": "Text", "is_required": 0},
)
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
MARKUP = "<script>document.title = 'hacked'</script> <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def survey(frappe_site):
	"""A committed survey, deleted afterwards."""
	customer = make_customer()
	service = make_service(service_name="Mail & More")
	doc = make_survey(
		customers=[customer],
		services=[service.name],
		questions=QUESTIONS,
		introduction="Two minutes, please.\nThank you!",
	)
	frappe.db.commit()
	doc.asked = (customer, service.name)
	yield doc
	frappe.db.rollback()
	for doctype in ("Survey Response", "Survey Invitation"):
		names = frappe.get_all(doctype, {"survey": doc.name}, pluck="name")
		frappe.db.delete("Survey Answer", {"parent": ("in", names or [""])})
		frappe.db.delete(doctype, {"survey": doc.name})
	for doctype, name in (
		("Satisfaction Survey", doc.name),
		("Customer", customer),
		("IT Service", service.name),
	):
		frappe.delete_doc(doctype, name, force=True)
	frappe.db.commit()


@pytest.fixture
def link(survey, server) -> str:
	"""The address of a fresh invitation."""
	invitation = make_invitation(survey, *survey.asked)
	frappe.db.commit()
	return f"{server}/survey?invitation={invitation.name}&token={make_token(invitation.name)}"


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser, request):
	"""A page in a context of its own, which fails on any error in the console."""
	context = browser.new_context(viewport=request.param)
	page = context.new_page()
	errors = []
	page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
	page.on("pageerror", lambda error: errors.append(str(error)))
	page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
	yield page
	context.close()
	assert errors == []


def mark(page, group: int, label: str):
	return page.get_by_role("radiogroup").nth(group).get_by_label(label, exact=True)


def send(page) -> None:
	page.get_by_role("button", name="Send Answers").click()
	page.wait_for_load_state()


def test_from_the_link_to_the_thanks(page, link, axe):
	page.goto(link)
	assert page.get_by_role("heading", level=1).count() == 1
	assert page.get_by_text("Mail & More").is_visible()
	assert page.get_by_role("radiogroup", name="Would you recommend <b>it</b> & us?").is_visible()
	check_page(page, axe)

	send(page)
	summary = page.get_by_role("alert")
	assert summary.get_by_role("listitem").count() == 2
	assert page.title().startswith("Error: ")
	assert page.evaluate("document.activeElement === document.querySelector('.survey-errors')")
	check_page(page, axe)
	summary.get_by_role("link").nth(1).click()
	assert page.evaluate("document.activeElement.name").startswith("choice-")

	mark(page, 0, "9").check()
	mark(page, 1, "2").check()
	mark(page, 3, "I like it").check()
	mark(page, 4, "I dislike it").check()
	page.get_by_label("Anything else?").fill(MARKUP)
	send(page)
	assert "please say why" in page.get_by_role("alert").inner_text()
	# What was entered is still there, markup as text.
	assert mark(page, 0, "9").is_checked() and mark(page, 4, "I dislike it").is_checked()
	assert page.get_by_label("Anything else?").input_value() == MARKUP
	check_page(page, axe)

	page.get_by_label("Your comment (needed for a low mark): How quick is it?").fill("Slow since May")
	send(page)
	assert page.get_by_role("status").inner_text() == "Thank you for your answer."
	check_page(page, axe)
	page.goto(link)
	assert page.get_by_role("status").inner_text() == "You have answered already. Thank you!"
	check_page(page, axe)

	frappe.db.rollback()
	name = link.split("invitation=")[1].split("&")[0]
	response = frappe.get_doc("Survey Response", name)
	assert [(row.raw_value, unescape(row.comment)) for row in response.answers] == [
		("9", ""),
		("2", "Slow since May"),
		("Like | Dislike", ""),
		("", MARKUP),
	]


def test_with_the_keyboard_alone(page, link):
	page.goto(link)
	page.get_by_role("radiogroup").first.get_by_role("radio").first.focus()
	page.keyboard.press("Space")
	for _number in range(9):
		page.keyboard.press("ArrowRight")
	assert mark(page, 0, "9").is_checked()
	page.keyboard.press("Tab")
	assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
	page.keyboard.press("Tab")
	page.keyboard.press("Space")
	for _number in range(3):
		page.keyboard.press("ArrowRight")
	for _number in range(20):
		page.keyboard.press("Tab")
		if page.evaluate("document.activeElement.type") == "submit":
			break
	page.keyboard.press("Enter")
	page.wait_for_selector("text=Thank you for your answer.")


def test_without_scripts(browser, link):
	context = browser.new_context(viewport=PHONE, java_script_enabled=False)
	page = context.new_page()
	page.goto(link)
	mark(page, 0, "10").check()
	mark(page, 1, "5").check()
	send(page)
	assert page.get_by_text("Thank you for your answer.").is_visible()
	context.close()


@pytest.mark.parametrize("forged", ["invitation=nobody&token=x", ""])
def test_a_link_that_is_not_valid(page, server, axe, forged):
	page.goto(f"{server}/survey?{forged}")
	assert "This link is not valid" in page.get_by_role("status").inner_text()
	check_page(page, axe)


@pytest.fixture
def reader(frappe_site):
	"""A committed user who can log in, deleted afterwards."""
	user = frappe.get_doc("User", make_user("Service Portfolio Manager"))
	user.new_password = PASSWORD
	user.save()
	frappe.db.commit()
	yield user.name
	frappe.db.rollback()
	frappe.delete_doc("User", user.name, force=True)
	frappe.db.commit()


def test_who_is_logged_in_can_answer_too(browser, server, link, reader):
	context = browser.new_context(viewport=DESKTOP)
	page = context.new_page()
	log_in(page, server, reader)
	page.goto(link)
	mark(page, 0, "10").check()
	mark(page, 1, "5").check()
	send(page)
	assert page.get_by_text("Thank you for your answer.").is_visible()
	context.close()
