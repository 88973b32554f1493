"""Count what a piece of code asks the database."""

from collections.abc import Callable

import frappe


def count_queries(work: Callable[[], object]) -> int:
	"""Calls of `frappe.db.sql` while the work runs."""
	count, sql = 0, frappe.db.sql

	def counted(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counted
	try:
		work()
	finally:
		del frappe.db.sql
	return count
