"""Lists of very many records: the order in which they open is that of an index, so that no list sorts its table."""

import frappe

from itil_strategy.setup.defaults import OUR_MODULES


def kinds() -> list[str]:
	"""Return the records of ours that have a list."""
	return frappe.get_all(
		"DocType",
		{"module": ("in", OUR_MODULES), "istable": 0, "issingle": 0, "is_virtual": 0},
		pluck="name",
		order_by="name",
	)


def leading_columns(doctype: str) -> set[str]:
	"""Return the columns that an index of the table begins with."""
	rows = frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}`", as_dict=True)
	return {row.Column_name for row in rows if row.Seq_in_index == 1}


def test_every_list_opens_in_the_order_of_an_index(frappe_site):
	assert len(kinds()) > 40
	sorted_without = {
		doctype: field
		for doctype in kinds()
		if (field := frappe.get_meta(doctype).sort_field or "modified") not in leading_columns(doctype)
	}
	assert sorted_without == {}
