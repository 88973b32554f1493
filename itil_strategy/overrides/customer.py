"""Hooks on ERPNext's Customer: business units of our own that pay for IT services (FM-11)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.utils.ledger import validate_cost_center


def validate(doc: Document, method: str | None = None) -> None:
	"""Each company once, a cost center that can be posted to, chargeback from the first of a month."""
	companies = set()
	for row in doc.get("it_charging") or []:
		if row.company in companies:
			_refuse(
				row, _("{0} is listed twice under IT Charging. Keep one row per company.").format(row.company)
			)
		companies.add(row.company)
		validate_cost_center(row.cost_center, row.company, row.idx)
		if row.mode == "Showback":
			row.chargeback_from = None
		if row.chargeback_from and getdate(row.chargeback_from).day != 1:
			_refuse(row, _("Chargeback From must be the first day of a month: charges are made per month."))


def _refuse(row: Document, message: str) -> None:
	frappe.throw(_("Row #{0}: {1}").format(row.idx, message), LedgerSetupError, title=_("IT Charging"))
