"""Budget control where ERPNext has none: ceilings without an account, parents, accounts that are not listed.

Runs when a Journal Entry, Purchase Invoice, Purchase Order or Material Request is submitted, after its own
effects are written: an invoice has reduced what is open of its order by then, and nothing counts twice. The
figures are those of the report. What is refused rolls the document back.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money

from itil_strategy.domain.budgeting import CeilingState
from itil_strategy.exceptions import BudgetExceededError
from itil_strategy.it_finance.budgeting.voucher_lines import COMMITMENTS, VoucherLine, day_of, read_lines
from itil_strategy.utils.budget_ceilings import (
	CATEGORY,
	COST_CENTER,
	SERVICE,
	Ceiling,
	load_ceilings,
	state_of,
)
from itil_strategy.utils.consumption import cost_centers_below
from itil_strategy.utils.erpnext_budget import published_accounts
from itil_strategy.utils.fiscal_years import Year, year_of
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import has_any_role
from itil_strategy.utils.text import as_html, bold

STOP, WARN = "Stop", "Warn"
TITLE = "Budget Exceeded"


@dataclass(frozen=True, slots=True)
class Finding:
	"""What is wrong, as HTML, and whether it stops the document."""

	action: str
	message: str


def check_submitted(doc: Document, method: str | None = None) -> None:
	"""Stop or warn once per document, with everything that it exceeds."""
	if not _is_anything_in_force(doc.company):
		return
	lines = read_lines(doc)
	if not lines:
		return
	year = year_of(day_of(doc), doc.company)
	findings = [*_find_exceeded(doc, year, lines), *_find_unlisted(doc, year, lines)]
	if findings:
		_act(doc, findings)


def check_changed_order(doc: Document, method: str | None = None) -> None:
	"""Items of a submitted order can be changed: what makes it dearer is checked again."""
	before = doc.get_doc_before_save()
	if before and flt(doc.base_net_total) > flt(before.base_net_total):
		check_submitted(doc)


def _is_anything_in_force(company: str) -> bool:
	return bool(
		frappe.db.get_value("Budget Ceiling", {"company": company, "disabled": 0})
		or frappe.db.get_value(
			"Service Budget", {"company": company, "docstatus": 1, "unlisted_accounts": ("!=", "Allow")}
		)
	)


def _find_exceeded(doc: Document, year: Year, lines: Sequence[VoucherLine]) -> list[Finding]:
	ceilings = [
		ceiling
		for ceiling in load_ceilings(doc.company, year.name)
		if ceiling.counts_commitments or doc.doctype not in COMMITMENTS
	]
	touched = _touched(doc.company, ceilings, lines)
	states = state_of(doc.company, year, touched)
	return [
		Finding(ceiling.action, _describe(ceiling, states[ceiling.name], year, doc.company))
		for ceiling in touched
		if states[ceiling.name].is_exceeded
	]


def _touched(company: str, ceilings: Sequence[Ceiling], lines: Sequence[VoucherLine]) -> list[Ceiling]:
	"""Ceilings that the document adds to; one that takes back is never in the way."""
	services = _net(lines, lambda line: line.service)
	nodes = [ceiling.subject for ceiling in ceilings if ceiling.kind == COST_CENTER]
	below = cost_centers_below(company, nodes)
	category_of = _categories(services) if any(c.kind == CATEGORY for c in ceilings) else {}
	added = {
		SERVICE: services,
		CATEGORY: _net(lines, lambda line: category_of.get(line.service)),
		COST_CENTER: {
			node: sum((line.amount for line in lines if line.cost_center in below.get(node, ())), Decimal(0))
			for node in nodes
		},
	}
	return [ceiling for ceiling in ceilings if added[ceiling.kind].get(ceiling.subject, Decimal(0)) > 0]


def _net(lines: Sequence[VoucherLine], key: Callable[[VoucherLine], str | None]) -> dict[str, Decimal]:
	sums: dict[str, Decimal] = defaultdict(Decimal)
	for line in lines:
		if name := key(line):
			sums[name] += line.amount
	return sums


def _categories(services) -> dict[str, str]:
	rows = frappe.get_all("IT Service", {"name": ("in", [*services, ""])}, ["name", "category"], limit=0)
	return {row.name: row.category for row in rows}


def _describe(ceiling: Ceiling, state: CeilingState, year: Year, company: str) -> str:
	currency = company_currency(company)

	def money(amount: Decimal) -> str:
		return fmt_money(float(amount), currency=currency)

	used = _("{0} booked").format(money(state.use.actual))
	if ceiling.counts_commitments:
		used = _("{0} booked and {1} ordered or requested").format(
			money(state.use.actual), money(state.use.committed)
		)
	return _(
		"{0} {1} would use {2} of its ceiling of {3} for {4} ({5}), {6} too much. Lower the amount, or raise ceiling {7}."
	).format(
		_(ceiling.kind),
		bold(ceiling.subject),
		money(state.used),
		money(state.limit),
		as_html(year.name),
		used,
		bold(money(-state.available)),
		bold(ceiling.name),
	)


def _find_unlisted(doc: Document, year: Year, lines: Sequence[VoucherLine]) -> list[Finding]:
	"""Expense of a service on accounts that its budget does not list."""
	added = _net(lines, lambda line: line.service and f"{line.service}\n{line.account}")
	pairs = sorted(tuple(key.split("\n")) for key, amount in added.items() if amount > 0)
	if not pairs:
		return []
	budgets = {
		row.it_service: row
		for row in frappe.get_all(
			"Service Budget",
			{
				"company": doc.company,
				"fiscal_year": year.name,
				"docstatus": 1,
				"unlisted_accounts": ("!=", "Allow"),
				"it_service": ("in", sorted({service for service, _account in pairs})),
			},
			["name", "it_service", "unlisted_accounts"],
			limit=0,
		)
	}
	if not budgets:
		return []
	listed = published_accounts([row.name for row in budgets.values()])
	return [
		Finding(
			budgets[service].unlisted_accounts,
			_(
				"{0} has no budget on account {1} for {2}. Choose an account of budget {3}, or revise the budget."
			).format(bold(service), bold(account), as_html(year.name), bold(budgets[service].name)),
		)
		for service, account in pairs
		if service in budgets and (budgets[service].name, account) not in listed
	]


def _act(doc: Document, findings: Sequence[Finding]) -> None:
	stops = any(finding.action == STOP for finding in findings)
	role = frappe.db.get_single_value("Service Strategy Settings", "budget_override_role")
	may_override = bool(role) and has_any_role({role}, frappe.session.user)
	text = "<br>".join(finding.message for finding in findings)
	if not stops:
		frappe.msgprint(text, title=_(TITLE), indicator="orange")
		return
	if not may_override:
		if role:
			text = f"{text}<br>{_('A user with the role {0} may submit it all the same.').format(bold(role))}"
		frappe.throw(text, BudgetExceededError, title=_(TITLE))
	note = _("Submitted all the same by the role {0}: {1}").format(bold(role), text)
	frappe.msgprint(note, title=_(TITLE), indicator="orange")
	doc.add_comment("Info", note)
