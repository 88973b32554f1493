"""What Frappe leaves to the database: the order of joins, long lists of names, and indexes that change."""

from collections.abc import Iterable, Sequence
from typing import Any

from pypika.terms import Term

import frappe

# A modifier of SELECT: join in the order written, few rows first, whatever the database estimates.
IN_THIS_ORDER = "STRAIGHT_JOIN"


class Names(Term):
	"""Names for `isin`, of which none is found when there are none: one parameter for all of them.

	The query builder makes one of each, which takes longer than the database does to find a thousand.
	"""

	def __init__(self, names: Iterable[str]):
		super().__init__()
		self.names = tuple(names) or ("",)

	def get_sql(self, param_wrapper: Any, **kwargs: Any) -> str:
		return param_wrapper.get_sql(param_value=self.names)


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
