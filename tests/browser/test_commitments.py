"""BR-9 on the desk: the form of a commitment, the way to it from a need, and the list."""

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

import frappe
from frappe.utils import get_first_day, today

from itil_strategy.tests.factories import make_customer, make_offering, make_service, make_user, unique
from itil_strategy.tests.relationship import make_need
from tests.browser.conftest import PASSWORD


@pytest.fixture(scope="module")
def records(frappe_site):
	"""60 of 100 units promised, a draft of 50 and an accepted need of 30, committed and deleted afterwards."""
	# Units are read with a role of ERPNext.
	manager = make_user("Business Relationship Manager", "Sales User")
	user = frappe.get_doc("User", manager)
	user.new_password = PASSWORD
	user.save()
	service = make_service(service_name=unique("Mail <b>bold</b>"))
	offering = make_offering(service, practical_capacity=100)
	customer = make_customer(unique("Customer")).name
	values = {
		"doctype": "Service Commitment",
		"customer": customer,
		"service_offering": offering.name,
		"valid_from": get_first_day(today()),
	}
	active = frappe.get_doc({**values, "units_per_month": 60}).insert()
	need = make_need(
		service,
		"Accepted",
		customer=customer,
		service_offering=offering.name,
		units_per_month=30,
		needed_from=get_first_day(today()),
	)
	draft = frappe.get_doc({**values, "units_per_month": 50, "status": "Draft"}).insert()
	frappe.db.commit()
	yield SimpleNamespace(
		manager=manager,
		service=service.name,
		offering=offering.name,
		customer=customer,
		active=active.name,
		draft=draft.name,
		need=need.name,
	)
	frappe.db.rollback()
	frappe.set_user("Administrator")
	# What is promised or accepted stays on record, but for a test.
	for doctype in ("Service Commitment", "Customer Need"):
		frappe.db.delete(doctype, {"customer": customer})
	for doctype, name in (
		("Service Offering", offering.name),
		("IT Service", service.name),
		("Customer", customer),
		("User", manager),
	):
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture
def manager(records):
	return records.manager


def test_the_form_says_what_is_wrong_and_shows_the_months_ahead(page, records):
	page.goto(f"/app/service-commitment/{records.draft}")
	page.get_by_text("Over capacity: promise less").wait_for()
	page.get_by_role("button", name="Activate").wait_for()
	rows = page.locator(".form-page table.table-sm tbody tr")
	rows.first.wait_for()
	assert rows.count() == 12
	cells = rows.first.locator("td").all_inner_texts()
	assert cells[0] == today()[:7]
	assert [cell[:-3] for cell in cells[1:]] == ["100", "90", "10"]
	assert page.get_by_role("button", name="Waive Capacity").count() == 0


def test_an_accepted_need_becomes_a_filled_commitment(page, records):
	page.goto(f"/app/customer-need/{records.need}")
	page.get_by_role("button", name="Make Commitment").click()
	page.wait_for_function("window.cur_frm?.doctype === 'Service Commitment' && cur_frm.doc.customer_need")
	doc = page.evaluate(
		"(({customer, service_offering, customer_need, units_per_month, valid_from}) => "
		"({customer, service_offering, customer_need, units_per_month, valid_from}))(cur_frm.doc)"
	)
	assert doc == {
		"customer": records.customer,
		"service_offering": records.offering,
		"customer_need": records.need,
		"units_per_month": 30,
		"valid_from": str(get_first_day(today())),
	}


def test_the_list_marks_what_is_over_capacity(page, records):
	page.goto(f"/app/service-commitment?{urlencode({'customer': records.customer})}")
	page.locator(".list-row .indicator-pill", has_text="Over Capacity").first.wait_for()
	page.locator(".list-row .indicator-pill", has_text="Active").first.wait_for()


def test_the_unit_comes_with_the_offering_for_who_may_not_read_units(page, records):
	page.goto("/app/service-commitment/new")
	page.wait_for_function("window.cur_frm?.doctype === 'Service Commitment' && cur_frm.is_new()")
	for fieldname, value in (
		("customer", records.customer),
		("service_offering", records.offering),
		("units_per_month", "1"),
		("valid_from", ""),
	):
		field = page.locator(f".frappe-control[data-fieldname='{fieldname}'] input")
		if value:
			field.fill(value)
			field.press("Tab")
			page.wait_for_function(f"String(cur_frm.doc.{fieldname} || '') === '{value}'")
	page.wait_for_function("cur_frm.doc.uom === 'Nos'")
	page.evaluate("cur_frm.set_value({status: 'Draft', valid_from: frappe.datetime.get_today()})")
	page.locator(".page-head button[data-label='Save']").click()
	page.wait_for_function("!cur_frm.is_new()")
	assert page.locator(".modal.show").count() == 0
	assert page.locator("[data-fieldname='uom'] .control-value").inner_text() == "Nos"
