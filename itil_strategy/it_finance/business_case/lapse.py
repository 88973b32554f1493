"""When an approval ends: the figures moved beyond tolerance, the day is over, the budget was cut (FM-6, FM-7)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, fmt_money, formatdate, getdate, today

from itil_strategy.domain.case_policy import find_lapses
from itil_strategy.exceptions import BusinessCaseError, CaseStatusError
from itil_strategy.it_finance.business_case import funds
from itil_strategy.it_finance.business_case.figures import spend_of
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.it_finance.business_case.transitions import APPROVED, DOCTYPE, LAPSED
from itil_strategy.utils.erpnext_budget import FIELD_OF, SOURCE_FIELD
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.fund_cover import find_shortfalls
from itil_strategy.utils.funds import OPEN, RESERVATION
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.notify import notify
from itil_strategy.utils.text import as_html, bold
from itil_strategy.utils.translation import translate


def lapse(case: Document, reason: str) -> None:
	"""End the approval, free its funds, tell those who are concerned."""
	case.db_set({"status": LAPSED, "lapsed_on": today(), "lapse_reason": reason})
	funds.release(case)
	case.add_comment("Info", _("Approval lapsed: {0}").format(escape_html(reason)))
	notify(
		DOCTYPE,
		case.name,
		_("The approval of {0} lapsed").format(bold(case.case_title)),
		(case.case_owner, case.owner, case.approved_by),
	)


def lapse_if_moved(case: Document) -> None:
	"""After a change of an approved case: beyond tolerance the approval is void."""
	if case.status != APPROVED:
		return
	reasons = find_lapses(
		to_decimal(case.approved_npv),
		to_decimal(case.npv),
		spend_of(case, "approved_spend"),
		spend_of(case),
		load_settings().tolerance,
	)
	if reasons:
		lapse(case, " ".join(translate(text) for text in reasons))


def lapse_cases() -> None:
	"""Daily: approvals whose day is over, and those whose funds the budget no longer covers.

	What cannot be judged is logged and does not keep the others from their end.
	"""
	for company in frappe.get_all("Company", pluck="name", order_by="name asc"):
		lock_row("Company", company)
	for case in _approved({"valid_until": ("<", today())}):
		with _apart(case.name):
			lapse(case, _("It was valid until {0}.").format(formatdate(case.valid_until)))
	for company, year in _reserved_years():
		with _apart():
			lapse_unfunded(company, year)


@contextmanager
def _apart(case: str | None = None) -> Iterator[None]:
	"""What is refused in the block is undone and logged."""
	frappe.db.savepoint("lapse_case")
	try:
		yield
	except frappe.ValidationError:
		frappe.db.rollback(save_point="lapse_case")
		frappe.log_error(
			title="Business case not judged",
			reference_doctype=DOCTYPE if case else None,
			reference_name=case,
		)


def lapse_unfunded(
	company: str, fiscal_year: str, sources: Mapping[str, Sequence[str]] | None = None
) -> None:
	"""End the approvals that the budgets of the year no longer cover, and say so to whoever cut them.

	`sources`: services and cost centers whose budget has changed, by doctype; None: all. A year that is over
	needs no funds any more.
	"""
	year = load_year(fiscal_year)
	if year.is_over(getdate()):
		return
	# Whoever approves at this moment is waited for: what is approved then is judged here.
	lock_row("Company", company)
	missing = {
		item.reference[1]: (item.line.source[1], amount)
		for item, amount in find_shortfalls(company, year, sources, lock=True)
		if item.reference[0] == DOCTYPE
	}
	for name in sorted(missing):
		case = frappe.get_doc(DOCTYPE, name, for_update=True)
		if case.status != APPROVED:
			continue
		source, amount = missing[case.name]
		reason = _(
			"The budget of {0} no longer covers it: {1} are missing in {2}. Raise the budget or transfer money to it, then renew the case."
		).format(source, fmt_money(float(amount), currency=case.currency), fiscal_year)
		lapse(case, reason)
		frappe.msgprint(
			_("The approval of {0} lapsed. {1}").format(bold(case.name), as_html(reason)),
			title=_("Approval Lapsed"),
			indicator="orange",
		)


def judge_after_cut(budget: Document, method: str | None = None) -> None:
	"""After a Budget of ERPNext's own is cancelled: what it funded is judged as soon as that is stored.

	One that a Service Budget published is judged by that, in the same transaction.
	"""
	kind = next((kind for kind, field in FIELD_OF.items() if kind == budget.budget_against), None)
	if kind and not budget.get(SOURCE_FIELD):
		frappe.enqueue(
			"itil_strategy.it_finance.business_case.lapse.lapse_unfunded",
			queue="short",
			enqueue_after_commit=True,
			now=frappe.flags.in_test,
			company=budget.company,
			fiscal_year=budget.fiscal_year,
			sources={kind: [budget.get(FIELD_OF[kind])]},
		)


def _approved(filters: dict) -> Iterator[Document]:
	"""Approved cases by name, each loaded when its turn comes."""
	for name in frappe.get_all(
		DOCTYPE,
		{**filters, "status": APPROVED, "docstatus": 1},
		pluck="name",
		order_by="name asc",
		limit=0,
	):
		yield frappe.get_doc(DOCTYPE, name)


def _reserved_years() -> list[tuple[str, str]]:
	"""(company, fiscal year) in which money is reserved for cases, the earliest first."""
	table, year = frappe.qb.DocType(RESERVATION), frappe.qb.DocType("Fiscal Year")
	return list(
		frappe.qb.from_(table)
		.inner_join(year)
		.on(year.name == table.fiscal_year)
		.select(table.company, table.fiscal_year)
		.where((table.status == OPEN) & (table.reference_doctype == DOCTYPE))
		.groupby(table.company, table.fiscal_year, year.year_start_date)
		.orderby(table.company, year.year_start_date, table.fiscal_year)
		.run()
	)


def withdraw(case: Document, reason: str) -> None:
	"""End an approval by hand."""
	if case.status != APPROVED:
		frappe.throw(
			_("{0} is not approved, so there is no approval to withdraw.").format(bold(case.name)),
			CaseStatusError,
			title=_("Not Approved"),
		)
	if not cstr(reason).strip():
		frappe.throw(
			_("Say why the approval is withdrawn: fill in the reason."), BusinessCaseError, title=_("Reason")
		)
	lapse(case, cstr(reason).strip())
