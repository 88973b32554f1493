"""Two approvals at the same moment, in two processes: the money is there once."""

import time
from decimal import Decimal

import pytest

import frappe

from itil_strategy.exceptions import BudgetPlanError, FundsError
from itil_strategy.tests.budgets import OFFICE, make_budget, make_ceiling, messages
from itil_strategy.tests.business_cases import NOTHING, PORTFOLIO, flow, make_case, reserved_for, take
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.setup import COMPANY
from itil_strategy.utils.erpnext_budget import published
from itil_strategy.utils.funds import FundingLine, reserve_funds
from tests.site import processes

RESERVE = """
import time
from decimal import Decimal
from itil_strategy.utils.funds import FundingLine, reserve_funds
from itil_strategy.exceptions import FundsError
# What this transaction sees is from before the other one began.
frappe.db.sql("SELECT COUNT(*) FROM `tabFund Reservation`")
print("ready", flush=True)
while time.time() < {start}:
	pass
try:
	reserve_funds("{company}", FundingLine("{service}"), {{"2026": Decimal(600)}}, ("IT Service", "{reference}"))
	time.sleep(0.5)
	frappe.db.commit()
	print("reserved")
except FundsError as error:
	frappe.db.rollback()
	print("refused", str(error))
"""


APPROVE = """
import time
from frappe.model.workflow import apply_workflow
from itil_strategy.exceptions import FundsError
frappe.set_user("{user}")
case = frappe.get_doc("Business Case", "{case}")
# What this transaction sees is from before the other one began.
frappe.db.sql("SELECT COUNT(*) FROM `tabFund Reservation`")
print("ready", flush=True)
while time.time() < {start}:
	pass
try:
	apply_workflow(case.as_json(), "Approve")
	print("holds", flush=True)
	time.sleep(1)
	frappe.db.commit()
	print("approved")
except FundsError as error:
	frappe.db.rollback()
	print("refused", str(error))
"""


def wait_for(running: list) -> list[str]:
	"""What each process printed, once all have ended: none may still write while the test cleans up."""
	ended = [(process.communicate(timeout=120), process.returncode) for process in running]
	failures = [err[-2000:] for (_out, err), code in ended if code]
	assert not failures, failures
	return [out for (out, _err), _code in ended]


def transfer_of(giver: str, getter: str):
	"""A draft that gives away 800."""
	return frappe.get_doc(
		{
			"doctype": "Budget Transfer",
			"company": COMPANY,
			"fiscal_year": "2026",
			"amount": 800,
			"from_service": giver,
			"from_account": OFFICE,
			"to_service": getter,
			"to_account": OFFICE,
			"reason": "Needed",
		}
	).insert()


def remove(services: list[str]) -> None:
	"""What was committed goes in the order that links allow."""
	frappe.db.rollback()
	frappe.db.delete("Fund Reservation", {"reference_name": ("in", services)})
	for name in frappe.get_all("Budget Transfer", {"from_service": ("in", services)}, pluck="name"):
		frappe.db.delete("Budget Transfer Month", {"parent": name})
		frappe.db.delete("Budget Transfer", {"name": name})
	for name in frappe.get_all("Service Budget", {"it_service": ("in", services)}, pluck="name"):
		for budget in frappe.get_all("Budget", {"service_budget": name}, pluck="name"):
			frappe.db.delete("Budget Account", {"parent": budget})
			frappe.db.delete("Budget", {"name": budget})
		frappe.db.delete("Service Budget Line", {"parent": name})
		frappe.db.delete("Service Budget", {"name": name})
	for service in services:
		remove_cases(service)
		frappe.delete_doc("IT Service", service, force=True)
	frappe.db.commit()


def remove_cases(service: str) -> None:
	"""The business cases of a service with their rows, reservations and ceilings."""
	for name in frappe.get_all("Business Case", {"it_service": service}, pluck="name"):
		frappe.db.delete("Fund Reservation", {"reference_name": name})
		for table in frappe.get_meta("Business Case").get_table_fields():
			frappe.db.delete(table.options, {"parent": name})
		frappe.db.delete("Business Case", {"name": name})
	frappe.db.delete("Budget Ceiling", {"it_service": service})


def test_two_approvals_at_the_same_moment_never_spend_twice():
	services = [make_service().name for _number in range(3)]
	try:
		budget = make_budget(frappe.get_doc("IT Service", services[0]), annual_action="Warn")
		assert published(budget.name) and budget.total_amount == 1200
		frappe.db.commit()
		start = time.time() + 4
		# Three times 600 of 1,200 that are there.
		running = [
			processes.start(
				RESERVE.format(start=start, company=COMPANY, service=services[0], reference=reference)
			)
			for reference in services
		]
		answers = [out.split("\n")[1].split(" ")[0] for out in wait_for(running)]
		assert sorted(answers) == ["refused", "reserved", "reserved"]
		frappe.db.rollback()
		planned = frappe.get_all(
			"Fund Reservation", {"it_service": services[0], "status": "Open"}, pluck="planned"
		)
		assert planned == [600.0, 600.0]
	finally:
		remove(services)


def test_two_cases_approved_at_the_same_moment_never_reserve_the_same_money_twice():
	"""Four times 400 of 1,000: each was judged while all of it was there."""
	service, year = make_service(), frappe.utils.today()[:4]
	years, users = frappe.get_all("Fiscal Year", pluck="name"), []
	try:
		make_ceiling(1000, it_service=service.name, fiscal_year=year)
		rows = [flow(item="Licences", kind="CapEx", amount=400), flow(NOTHING, item="Old", amount=5)]
		cases = [
			take(make_case(service, flows=rows), "Submit for Review", "Secure Funds") for _number in range(4)
		]
		users += [make_user(PORTFOLIO) for _case in cases]
		frappe.db.commit()
		start = time.time() + 6
		running = [
			processes.start(APPROVE.format(start=start, user=user, case=case.name))
			for user, case in zip(users, cases, strict=True)
		]
		answers = [out.strip().split("\n")[-1].split(" ") for out in wait_for(running)]
		assert sorted(answer[0] for answer in answers) == ["approved", "approved", "refused", "refused"]
		frappe.db.rollback()
		for case, answer in zip(cases, answers, strict=True):
			expected = ("Approved", 1, {year: 400.0}) if answer[0] == "approved" else ("Funds Secured", 0, {})
			case.reload()
			assert (case.status, case.docstatus, reserved_for(case)) == expected
		assert sum(sum(reserved_for(case).values()) for case in cases) == 800
	finally:
		remove([service.name])
		for user in users:
			frappe.delete_doc("User", user, force=True)
		for name in frappe.get_all("Fiscal Year", {"name": ("not in", years)}, pluck="name"):
			frappe.delete_doc("Fiscal Year", name, force=True)
		frappe.db.commit()


def lower_ceiling(service):
	ceiling = frappe.get_last_doc("Budget Ceiling", {"it_service": service.name})
	ceiling.amount = 300
	ceiling.save()


def delete_ceiling(service):
	"""Frappe does not wait for whoever holds it, but says so."""
	name = frappe.db.get_value("Budget Ceiling", {"it_service": service.name})
	for seconds in (1.5, 0):
		try:
			return frappe.delete_doc("Budget Ceiling", name)
		except frappe.QueryTimeoutError as error:
			assert "can not be deleted right now" in str(error)
			time.sleep(seconds)


def disable_ceiling(service):
	frappe.get_last_doc("Budget Ceiling", {"it_service": service.name}).update({"disabled": 1}).save()


def publish_lower_budget(service):
	"""Beside the ceiling, which named no accounts."""
	make_budget(service, {OFFICE: 300}, annual_action="Warn", fiscal_year=frappe.utils.today()[:4])


@pytest.mark.parametrize("cut", [lower_ceiling, delete_ceiling, disable_ceiling, publish_lower_budget])
@pytest.mark.parametrize("is_cut_first", [True, False], ids=["cut first", "approval first"])
def test_a_budget_that_is_cut_while_an_approval_waits(cut, is_cut_first):
	"""400 of 1,000 are approved in one process while another one leaves less than 400 of them.

	Both have read everything before either writes. Whoever comes second sees the other.
	"""
	service, year = make_service(), frappe.utils.today()[:4]
	years, users = frappe.get_all("Fiscal Year", pluck="name"), []
	try:
		make_ceiling(1000, it_service=service.name, fiscal_year=year)
		rows = [flow(item="Licences", kind="CapEx", amount=400), flow(NOTHING, item="Old", amount=5)]
		case = take(make_case(service, flows=rows), "Submit for Review", "Secure Funds")
		users.append(make_user(PORTFOLIO))
		frappe.db.commit()
		start = time.time() + 5
		process = processes.start(APPROVE.format(start=start, user=users[0], case=case.name))
		assert process.stdout.readline().strip() == "ready"
		# From here on this transaction sees what is there now.
		frappe.db.sql("SELECT COUNT(*) FROM `tabFund Reservation`")
		frappe.local.message_log = []
		if is_cut_first:
			cut(service)
			assert time.time() < start
			time.sleep(start + 1.5 - time.time())
		else:
			assert process.stdout.readline().strip() == "holds"
			cut(service)
		frappe.db.commit()
		shown = " ".join(messages())
		(answer,) = wait_for([process])
		frappe.db.rollback()
		case.reload()
		assert reserved_for(case) == {}
		if is_cut_first:
			assert answer.startswith("refused The ") and answer.count("\n") == 1
			assert "are missing" in answer or "Try again" in answer
			assert (case.status, case.docstatus) == ("Funds Secured", 0)
		else:
			assert answer.startswith("approved")
			assert case.status == "Lapsed" and "no longer covers it" in case.lapse_reason
			assert f"The approval of <strong>{case.name}</strong> lapsed" in shown
	finally:
		remove([service.name])
		for user in users:
			frappe.delete_doc("User", user, force=True)
		for name in frappe.get_all("Fiscal Year", {"name": ("not in", years)}, pluck="name"):
			frappe.delete_doc("Fiscal Year", name, force=True)
		frappe.db.commit()


def test_money_that_was_given_away_meanwhile_is_not_reserved():
	"""The reservation sees the budget of before the transfer: 1,200 of which 800 are gone."""
	giver, getter = make_service(), make_service()
	names = [giver.name, getter.name]
	try:
		for service in (giver, getter):
			make_budget(service, annual_action="Warn")
		frappe.db.commit()
		start = time.time() + 6
		process = processes.start(
			RESERVE.format(start=start, company=COMPANY, service=giver.name, reference=getter.name)
		)
		assert process.stdout.readline().strip() == "ready"
		transfer_of(giver.name, getter.name).submit()
		frappe.db.commit()
		assert time.time() < start
		(answer,) = wait_for([process])
		assert answer.startswith("refused") and "Try again" in answer
		with pytest.raises(FundsError, match=r"400[.,]00 available"):
			reserve_funds(
				COMPANY, FundingLine(giver.name), {"2026": Decimal(600)}, ("IT Service", getter.name)
			)
	finally:
		remove(names)


def test_two_budgets_of_one_service_at_the_same_moment():
	"""One is in force; the other one is told which."""
	service = make_service()
	try:
		drafts = [make_budget(service, submit=False).name for _number in range(2)]
		frappe.db.commit()
		start = time.time() + 4
		code = """
		import time
		from itil_strategy.exceptions import BudgetPlanError
		doc = frappe.get_doc("Service Budget", "{name}")
		while time.time() < {start}:
			pass
		try:
			doc.submit()
			time.sleep(0.5)
			frappe.db.commit()
			print("submitted")
		except BudgetPlanError:
			frappe.db.rollback()
			print("refused")
		"""
		running = [processes.start(code.format(name=name, start=start)) for name in drafts]
		answers = [out.strip() for out in wait_for(running)]
		assert sorted(answers) == ["refused", "submitted"]
		frappe.db.rollback()
		assert frappe.db.count("Budget", {"it_service": service.name, "docstatus": 1}) == 1
	finally:
		remove([service.name])


def test_two_transfers_at_the_same_moment_give_away_once():
	"""Twice 800 of 1,200: the second one is told to try again, and then that there is less."""
	services = [make_service() for _number in range(3)]
	names = [service.name for service in services]
	try:
		for service in services:
			make_budget(service, annual_action="Warn")
		transfers = [transfer_of(names[0], getter).name for getter in names[1:]]
		frappe.db.commit()
		start = time.time() + 4
		code = """
		import time
		from itil_strategy.exceptions import BudgetPlanError
		doc = frappe.get_doc("Budget Transfer", "{name}")
		while time.time() < {start}:
			pass
		try:
			doc.submit()
			time.sleep(0.5)
			frappe.db.commit()
			print("submitted")
		except BudgetPlanError as error:
			frappe.db.rollback()
			print("refused" if "Try again" in str(error) else error)
		"""
		running = [processes.start(code.format(name=name, start=start)) for name in transfers]
		answers = [out.strip() for out in wait_for(running)]
		assert sorted(answers) == ["refused", "submitted"]
		frappe.db.rollback()
		totals = [
			frappe.db.get_value("Service Budget", {"it_service": name}, "total_amount") for name in names
		]
		assert totals[0] == 400.0 and sorted(totals[1:]) == [1200.0, 2000.0]
		(waiting,) = frappe.get_all(
			"Budget Transfer", {"name": ("in", transfers), "docstatus": 0}, pluck="name"
		)
		with pytest.raises(BudgetPlanError, match="less than 800"):
			frappe.get_doc("Budget Transfer", waiting).submit()
	finally:
		remove(names)
