"""Break records past the rules that guard them, and ask Ledger Health what it finds."""

from contextlib import contextmanager

import frappe

from itil_strategy.tests.factories import unique
from itil_strategy.utils.health.registry import run_checks


def find_broken(*checks: str) -> set[tuple[str, str, str]]:
	"""(check, doctype, record) of every finding."""
	return {
		(result.check, finding.doctype, finding.record)
		for result in run_checks(list(checks) or None)
		for finding in result.findings
	}


@contextmanager
def undone():
	"""What is broken in the block is whole afterwards."""
	frappe.db.savepoint("broken")
	yield
	frappe.db.rollback(save_point="broken")


def change(doctype: str, filters: dict | str, field: str, value) -> None:
	"""As somebody with a database client would."""
	frappe.db.set_value(doctype, filters, field, value, update_modified=False)


def copy_row(doctype: str, filters: dict, **values) -> str:
	"""A second row with the same values, where no unique key forbids it."""
	row = frappe.get_doc(doctype, frappe.db.get_value(doctype, filters))
	copy = frappe.get_doc({**row.as_dict(no_default_fields=True), "doctype": doctype, **values})
	if frappe.get_meta(doctype).autoname == "autoincrement":
		copy.name = None
	else:
		copy.name = unique("copy")
	copy.db_insert()
	return str(copy.name)
