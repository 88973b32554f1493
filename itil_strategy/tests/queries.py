"""Count the queries of a call: a report may not ask more because it shows more."""

from collections.abc import Callable

import frappe


def count_queries(call: Callable[[], object]) -> int:
	"""How many statements the call sends to the database, once what is cached is cached."""
	call()
	count = 0
	send = frappe.db.__class__.sql

	def sql(*args, **kwargs):
		nonlocal count
		count += 1
		return send(*args, **kwargs)

	frappe.db.__class__.sql = sql
	try:
		call()
	finally:
		frappe.db.__class__.sql = send
	return count
