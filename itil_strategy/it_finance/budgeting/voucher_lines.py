"""The expense in a document: what it books, orders or requests, per service, cost center and account."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.utils.costing import recharge_accounts
from itil_strategy.utils.money import exact_sum, to_decimal

JOURNAL_ENTRY, PURCHASE_INVOICE = "Journal Entry", "Purchase Invoice"
PURCHASE_ORDER, MATERIAL_REQUEST = "Purchase Order", "Material Request"
COMMITMENTS = (PURCHASE_ORDER, MATERIAL_REQUEST)


@dataclass(frozen=True, slots=True)
class VoucherLine:
	"""Net expense; negative where the document takes some back."""

	service: str
	cost_center: str
	account: str
	amount: Decimal


def day_of(doc: Document) -> date:
	return getdate(doc.transaction_date if doc.doctype in COMMITMENTS else doc.posting_date)


def read_lines(doc: Document) -> list[VoucherLine]:
	"""Lines on expense accounts but those of the recharge, after the document's effects are written.

	Of what is booked both count: the ledger, where taxes are and amounts are split over other cost centers,
	and the rows, which name the cost center that was allocated away.
	"""
	if doc.doctype == MATERIAL_REQUEST and doc.material_request_type != "Purchase":
		return []
	lines = list(_rows(doc))
	booked = list(_ledger(doc)) if doc.doctype not in COMMITMENTS else []
	wanted = {line.account for line in (*lines, *booked)}
	accounts = _expense_among(doc.company, wanted)
	known = {(line.service, line.cost_center, line.account) for line in booked}
	rows = [line for line in lines if (line.service, line.cost_center, line.account) not in known]
	return [line for line in (*booked, *rows) if line.account in accounts]


def _rows(doc: Document) -> Iterator[VoucherLine]:
	sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
	if doc.doctype == JOURNAL_ENTRY:
		for row in doc.accounts:
			key = (row.get("it_service") or "", row.cost_center or "", row.account)
			sums[key] += to_decimal(row.debit) - to_decimal(row.credit)
	else:
		for row in doc.items:
			key = (
				row.get("it_service") or "",
				row.get("cost_center") or "",
				row.get("expense_account") or "",
			)
			sums[key] += to_decimal(row.get("base_amount") or row.amount)
	for key, amount in sums.items():
		yield VoucherLine(*key, amount)


def _ledger(doc: Document) -> Iterator[VoucherLine]:
	gl = frappe.qb.DocType("GL Entry")
	keys = (gl.it_service, gl.cost_center, gl.account)
	rows = (
		frappe.qb.from_(gl)
		.select(*keys, exact_sum(gl.debit - gl.credit))
		.where((gl.voucher_type == doc.doctype) & (gl.voucher_no == doc.name) & (gl.is_cancelled == 0))
		.groupby(*keys)
	).run()
	for service, cost_center, account, amount in rows:
		yield VoucherLine(service or "", cost_center or "", account, to_decimal(amount))


def _expense_among(company: str, accounts: set[str]) -> set[str]:
	expense = frappe.get_all(
		"Account",
		{"name": ("in", [*sorted(accounts), ""]), "root_type": "Expense", "company": company},
		pluck="name",
		limit=0,
	)
	return set(expense) - set(recharge_accounts(company))
