"""What Frappe leaves to the database: the order of joins, and indexes that change."""

from collections.abc import Sequence

import frappe

# A modifier of SELECT: join in the order written, few rows first, whatever the database estimates.
IN_THIS_ORDER = "STRAIGHT_JOIN"


def replace_index(doctype: str, fields: Sequence[str], name: str, former: str) -> None:
	"""Add an index, then drop the one that it replaces; safe to repeat. Commits when it changes something.

	Frappe adds indexes by name and never changes one that exists: a changed index needs a new name.
	"""
	frappe.db.add_index(doctype, list(fields), name)
	drop_index(doctype, former)


def drop_index(doctype: str, name: str) -> None:
	"""Drop an index where it exists. Commits then."""
	if frappe.db.has_index(f"tab{doctype}", name):
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX `{name}`")
