"""The accounting dimension *IT Service*: how a ledger row says which service it belongs to.

ERPNext makes the dimension's fields in a background job; here they are made at once, so that an
installation without a worker, or with one that races us, is complete when install returns.
"""

from collections.abc import Callable

import frappe
from frappe import _

from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import (
	delete_accounting_dimension,
	get_doctypes_with_dimensions,
	make_dimension_in_accounting_doctypes,
)

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.utils.database import drop_index, replace_index
from itil_strategy.utils.ledger import forget_cached_dimensions

DOCUMENT_TYPE = "IT Service"
FIELDNAME = "it_service"
# Covers the sums of direct cost: they never touch the rows themselves.
INDEX_NAME = "it_service_cost"
INDEX_FIELDS = (
	*("company", "it_service", "posting_date"),
	*("is_cancelled", "account", "voucher_type", "debit", "credit"),
)
FORMER_INDEX = "it_service_period"
BUDGET_OPTIONS = "Budget-budget_against-options"


def ensure_dimension() -> None:
	"""Create the dimension, or repair what is missing of it; safe to repeat.

	Raises LedgerSetupError if another label or fieldname is in use for IT Service: ERPNext's Budget
	finds the field by the scrubbed document type only.
	"""
	name = frappe.db.get_value("Accounting Dimension", {"document_type": DOCUMENT_TYPE})
	doc = frappe.get_doc("Accounting Dimension", name) if name else _new_dimension()
	_validate_names(doc)
	if _missing_doctypes() or not _budget_knows_dimension():
		make_dimension_in_accounting_doctypes(doc=doc)
		_set_budget_options(lambda options: list(dict.fromkeys(options)))
	if not name:
		# The job that insert queues finds every field present and changes nothing.
		doc.insert(ignore_permissions=True)
	for company in frappe.get_all(
		"Service Strategy Company", {"parenttype": "Service Strategy Settings"}, pluck="company", limit=0
	):
		ensure_company_row(company)
	_reset_caches()
	problems = find_problems()
	if problems:
		frappe.throw(
			_(
				"The accounting dimension IT Service is incomplete: {0}. Run bench migrate to repair it."
			).format("; ".join(problems)),
			LedgerSetupError,
			title=_("Accounting Dimension"),
		)
	replace_index("GL Entry", INDEX_FIELDS, INDEX_NAME, FORMER_INDEX)


def ensure_company_row(company: str) -> None:
	"""Name the company in the dimension, with neither default nor duty.

	ERPNext books depreciation on the service of an asset only where the dimension has such rows.
	"""
	name = frappe.db.get_value("Accounting Dimension", {"document_type": DOCUMENT_TYPE})
	if not name or frappe.db.exists("Accounting Dimension Detail", {"parent": name, "company": company}):
		return
	doc = frappe.get_doc("Accounting Dimension", name)
	doc.append("dimension_defaults", {"company": company, "reference_document": DOCUMENT_TYPE})
	doc.save(ignore_permissions=True)
	frappe.flags.accounting_dimensions_details = None


def find_problems() -> list[str]:
	"""What is wrong with the dimension, one sentence each; empty when all is well."""
	row = frappe.db.get_value(
		"Accounting Dimension",
		{"document_type": DOCUMENT_TYPE},
		["label", "fieldname", "disabled"],
		as_dict=True,
	)
	if not row:
		return [_("the dimension does not exist")]
	problems = []
	if row.label != DOCUMENT_TYPE or row.fieldname != FIELDNAME:
		problems.append(_("its label must be IT Service and its field it_service"))
	if row.disabled:
		problems.append(_("the dimension is disabled: enable it in Accounting Dimension"))
	missing = _missing_doctypes()
	if missing:
		problems.append(_("the field is missing on {0}").format(", ".join(missing)))
	if not _budget_knows_dimension():
		problems.append(_("Budget does not offer it"))
	return problems


def delete_dimension() -> None:
	"""Delete the dimension and its fields at once; the columns stay, as ERPNext leaves them."""
	name = frappe.db.get_value("Accounting Dimension", {"document_type": DOCUMENT_TYPE})
	if name:
		doc = frappe.get_doc("Accounting Dimension", name)
		delete_accounting_dimension(doc=doc)
		_set_budget_options(lambda options: [option for option in options if option != DOCUMENT_TYPE])
		frappe.db.delete("Accounting Dimension Detail", {"parent": name})
		frappe.db.delete("Accounting Dimension", {"name": name})
	for index in (INDEX_NAME, FORMER_INDEX):
		drop_index("GL Entry", index)
	_reset_caches()


def _new_dimension():
	doc = frappe.new_doc("Accounting Dimension")
	doc.document_type = DOCUMENT_TYPE
	doc.set_fieldname_and_label()
	return doc


def _validate_names(doc) -> None:
	if doc.label != DOCUMENT_TYPE or doc.fieldname != FIELDNAME:
		frappe.throw(
			_(
				"An accounting dimension for IT Service exists with the label {0}. Budgets work only with the label IT Service: delete that dimension and install again."
			).format(frappe.bold(doc.label)),
			LedgerSetupError,
			title=_("Accounting Dimension"),
		)


def _missing_doctypes() -> list[str]:
	doctypes = get_doctypes_with_dimensions()
	custom = set(frappe.get_all("Custom Field", {"fieldname": FIELDNAME, "dt": ("in", doctypes)}, pluck="dt"))
	return [doctype for doctype in doctypes if doctype not in custom]


def _budget_knows_dimension() -> bool:
	value = frappe.db.get_value("Property Setter", BUDGET_OPTIONS, "value") or ""
	return DOCUMENT_TYPE in value.split("\n")


def _set_budget_options(change: Callable[[list[str]], list[str]]) -> None:
	"""ERPNext appends its option without looking and removes one of several."""
	value = frappe.db.get_value("Property Setter", BUDGET_OPTIONS, "value")
	if value is not None:
		options = "\n".join(change(value.rstrip("\n").split("\n")))
		if options != value:
			frappe.db.set_value("Property Setter", BUDGET_OPTIONS, "value", options)
			frappe.clear_cache(doctype="Budget")


def _reset_caches() -> None:
	forget_cached_dimensions()
	frappe.clear_cache()
