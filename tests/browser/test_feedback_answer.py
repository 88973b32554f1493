"""The page behind a link in a response: a guest on a phone accepts or reopens, once (BR-5)."""

from html import unescape
from urllib.parse import urlsplit

import pytest

import frappe

from itil_strategy.business_relationship.feedback.links import answer_link, renew_key
from itil_strategy.domain.feedback import ACCEPT, REOPEN
from itil_strategy.tests.factories import make_customer, make_service, unique
from itil_strategy.tests.feedback import make_feedback
from tests.browser.conftest import check_page

PHONE = {"width": 360, "height": 740}
MARKUP = "<script>document.title = 'hacked'</script> <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def complaint(frappe_site):
	"""A complaint that got its response, committed for the server, deleted afterwards."""
	customer, service = make_customer(unique("Link")).name, make_service()
	doc = make_feedback(customer=customer, it_service=service.name, subject=f"Slow {MARKUP}")
	doc.respond(f"We moved the job.\n{MARKUP}", "Phone")
	frappe.db.commit()
	yield doc
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.delete("Comment", {"reference_name": doc.name})
	frappe.db.delete("Communication", {"reference_name": doc.name})
	frappe.db.delete("ToDo", {"reference_name": doc.name})
	frappe.db.delete("Service Feedback", doc.name)
	for doctype, name in (("IT Service", service.name), ("Customer", customer)):
		frappe.delete_doc(doctype, name, force=True)
	frappe.db.commit()


@pytest.fixture
def page(browser, server):
	context = browser.new_context(base_url=server, viewport=PHONE)
	page = context.new_page()
	dialogs = []
	page.on("dialog", lambda dialog: dialogs.append(dialog.message))
	yield page
	context.close()
	assert dialogs == []


@pytest.fixture
def links(complaint) -> dict[str, str]:
	"""Fresh links to accept and to reopen, as the e-mail holds them."""
	key = renew_key(complaint)
	frappe.db.set_value("Service Feedback", complaint.name, "answer_key_hash", complaint.answer_key_hash)
	frappe.db.commit()
	addresses = {
		answer: urlsplit(unescape(answer_link(complaint, key, answer))) for answer in (ACCEPT, REOPEN)
	}
	return {answer: f"{address.path}?{address.query}" for answer, address in addresses.items()}


def stored(complaint) -> tuple:
	frappe.db.rollback()
	return frappe.db.get_value("Service Feedback", complaint.name, ["status", "customer_answer"])


def test_reopen_and_then_the_links_are_used(page, complaint, links, axe):
	page.goto(links[ACCEPT])
	check_page(page, axe)
	page.goto(links[REOPEN])
	assert page.get_by_text("We moved the job.").is_visible()
	assert "hacked" not in page.title()
	check_page(page, axe)
	assert stored(complaint) == ("Responded", "")
	page.get_by_label("What is still not right?").fill(f"Still slow {MARKUP}")
	page.get_by_role("button", name="Reopen").click()
	page.get_by_text("Thank you, your answer is recorded.").wait_for()
	check_page(page, axe)
	assert stored(complaint) == ("Reopened", "Reopened")
	page.goto(links[ACCEPT])
	assert "not valid any more" in page.get_by_role("status").inner_text()
	check_page(page, axe)
