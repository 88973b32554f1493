"""SP-1 on the desk: the board and the form only prepare a decision, the stage stays until it is submitted."""

from types import SimpleNamespace

import pytest

import frappe

from itil_strategy.tests.factories import make_user, unique
from itil_strategy.tests.portfolio import make_objective, propose_service
from tests.browser.conftest import PASSWORD


@pytest.fixture(scope="module")
def records(frappe_site):
	"""A portfolio manager and two services, committed so that the server sees them, deleted afterwards."""
	mark = unique("Board")
	manager = make_user("Service Portfolio Manager")
	user = frappe.get_doc("User", manager)
	user.new_password = PASSWORD
	user.save()
	objective = make_objective(objective_name=mark)
	ready = propose_service(
		service_name=f"{mark} ready", outcomes=[{"strategic_objective": objective, "contribution": 20}]
	)
	bare = propose_service(service_name=f"{mark} <b>bare</b>", service_owner=None, outcomes=[])
	frappe.db.commit()
	made = SimpleNamespace(mark=mark, manager=manager, ready=ready.name, bare=bare.name)
	yield made
	frappe.db.rollback()
	frappe.set_user("Administrator")
	services = ("in", [ready.name, bare.name])
	# Assessed needs stay on record for everybody, so they are not deleted as documents.
	needs = frappe.get_all("Customer Need", {"it_service": services}, pluck="name")
	frappe.db.delete("Need Requirement", {"parenttype": "Customer Need", "parent": ("in", [*needs, ""])})
	frappe.db.delete("Customer Need", {"name": ("in", [*needs, ""])})
	for doctype, names in (
		("Portfolio Decision", frappe.get_all("Portfolio Decision", {"it_service": services}, pluck="name")),
		("Customer Need", frappe.get_all("Customer Need", {"it_service": services}, pluck="name")),
		("IT Service", [ready.name, bare.name]),
		("Strategic Objective", [objective]),
		("User", [manager]),
	):
		for name in names:
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture
def manager(records):
	return records.manager


@pytest.fixture
def board(page, records):
	"""The board with nothing but the services of this module."""
	page.goto("/app/service-board")
	page.wait_for_selector(".service-card")
	with page.expect_response(lambda answer: f"search={records.mark}" in answer.url):
		page.get_by_placeholder("Search", exact=True).fill(records.mark)
	page.wait_for_function("document.querySelectorAll('.service-card').length === 2")
	return page


def card(page, service: str):
	return page.locator(f".service-card[data-name='{service}']")


def column(page, stage: str):
	return page.locator(f".service-column[data-stage='{stage}']")


def opened_decision(page) -> dict:
	"""What the form of the new decision is filled with, once it knows the stages."""
	page.wait_for_function("window.cur_frm?.doctype === 'Portfolio Decision' && cur_frm.doc.from_stage")
	return page.evaluate(
		"""(() => {
			const {it_service, outcome, from_stage, to_stage, __islocal} = cur_frm.doc;
			return {it_service, outcome, from_stage, to_stage, is_new: Boolean(__islocal)};
		})()"""
	)


def stored_stage(service: str) -> tuple:
	frappe.db.rollback()
	return frappe.db.get_value("IT Service", service, ["stage", "decision_state"])


def test_the_menu_is_reached_by_keyboard_and_opens_a_filled_decision(board, records):
	card(board, records.ready).focus()
	board.keyboard.press("Tab")
	board.keyboard.press("Enter")
	assert board.locator("[role=menuitem]").all_inner_texts() == ["Proceed → Defined", "Hold", "Reject"]
	board.keyboard.press("Escape")
	assert board.evaluate("document.activeElement.className").split()[-1] == "service-card-menu"
	board.keyboard.press("Enter")
	board.keyboard.press("ArrowDown")
	board.keyboard.press("Enter")
	assert opened_decision(board) == {
		"it_service": records.ready,
		"outcome": "Hold",
		"from_stage": "Proposed",
		"to_stage": "Proposed",
		"is_new": True,
	}
	assert stored_stage(records.ready) == ("Proposed", "Active")


def test_a_drop_opens_a_filled_decision_and_moves_nothing(board, records):
	card(board, records.ready).drag_to(column(board, "Defined"))
	assert opened_decision(board) == {
		"it_service": records.ready,
		"outcome": "Proceed",
		"from_stage": "Proposed",
		"to_stage": "Defined",
		"is_new": True,
	}
	assert stored_stage(records.ready) == ("Proposed", "Active")
	assert not frappe.db.exists("Portfolio Decision", {"it_service": records.ready})


def test_a_drop_that_is_not_possible_says_why_and_does_nothing(board, records):
	card(board, records.ready).drag_to(column(board, "Approved"))
	board.get_by_role("status").get_by_text("one stage forward at a time").wait_for()
	assert column(board, "Proposed").locator(".service-card").count() == 2
	assert "service-board" in board.url
	assert stored_stage(records.ready) == ("Proposed", "Active")


def test_the_toggle_asks_for_rejected_services_too(board):
	with board.expect_response(lambda answer: "show_rejected=1" in answer.url) as answer:
		board.get_by_role("checkbox", name="Show rejected services").check()
	assert answer.value.ok


def test_enter_opens_the_service_and_only_the_board_scrolls_sideways(board, records):
	board.set_viewport_size({"width": 1024, "height": 768})
	assert board.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
	widths = board.evaluate(
		"(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.querySelector('.service-board'))"
	)
	assert widths[0] > widths[1]
	assert "<b>bare</b>" in card(board, records.bare).inner_text()
	card(board, records.bare).focus()
	board.keyboard.press("Enter")
	board.wait_for_function("window.cur_frm?.doctype === 'IT Service'")
	assert board.evaluate("cur_frm.doc.name") == records.bare


def test_the_decision_shows_what_is_missing_and_takes_a_waiver(board, records):
	card(board, records.bare).locator(".service-card-menu").click()
	board.get_by_role("menuitem", name="Proceed").click()
	opened_decision(board)
	results = board.locator(".gate-result")
	results.first.wait_for()
	assert results.locator("b").all_inner_texts() == ["Service owner", "Business outcome"]
	assert "Name a Service Owner on the service." in results.first.inner_text()
	results.first.get_by_role("button", name="Waive").click()
	dialog = board.locator(".modal.show")
	dialog.locator("textarea").fill("The owner starts next week")
	board.wait_for_function("window.cur_dialog")
	board.evaluate(
		"cur_dialog.set_value('expires_on', frappe.datetime.add_days(frappe.datetime.get_today(), 7))"
	)
	dialog.get_by_role("button", name="Add Waiver").click()
	board.locator(".gate-result.is-blue").wait_for()
	board.evaluate("cur_frm.set_value('rationale', 'Asked for by the shop')")
	board.keyboard.press("Control+s")
	board.wait_for_function("!cur_frm.is_new() && !cur_frm.is_dirty()")
	name = board.evaluate("cur_frm.doc.name")
	board.goto(f"/app/portfolio-decision/{name}")
	board.locator(".gate-result.is-blue").wait_for()
	assert board.locator(".gate-result.is-red").count() == 1
	frappe.db.rollback()
	stored = frappe.get_doc("Portfolio Decision", name)
	assert [(row.gate_check, row.result) for row in stored.gate_results] == [
		("Service owner", "Waived"),
		("Business outcome", "Failed"),
	]
	assert stored.waivers[0].waived_by == records.manager
	assert stored_stage(records.bare) == ("Proposed", "Active")
