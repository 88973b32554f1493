"""Write many rows at once: the driver's executemany, which Frappe's ORM does not offer."""

from collections.abc import Iterable, Sequence
from itertools import islice

import frappe
from frappe.utils import now

from itil_strategy.utils.locks import named_lock

BATCH_ROWS = 5_000
STANDARD_FIELDS = ("creation", "modified", "owner", "modified_by")


def reserve_names(doctype: str, count: int) -> int:
	"""Reserve `count` consecutive autoincrement names and answer the first.

	The sequence is not transactional: a rollback leaves a gap, never a number given twice.
	"""
	sequence = frappe.scrub(f"{doctype}_id_seq")
	with named_lock(sequence, wait_seconds=30) as got:
		if not got:
			raise frappe.QueryTimeoutError
		first = int(frappe.db.sql(f"SELECT NEXTVAL(`{sequence}`)")[0][0])
		frappe.db.sql(f"SELECT SETVAL(`{sequence}`, %s)", first + count - 1)
	return first


def insert_rows(doctype: str, fields: Sequence[str], rows: Iterable[Sequence], first_name: int) -> int:
	"""Insert rows of an autoincrement doctype, named from `first_name` on, and answer how many.

	No hooks and no validation run: the caller has checked the values. Uses the current transaction.
	"""
	constants = (*[now()] * 2, *[frappe.session.user] * 2)
	columns = ", ".join(f"`{field}`" for field in ("name", *fields, *STANDARD_FIELDS))
	# Nothing but placeholders: else the driver sends the rows one by one.
	values = ", ".join(["%s"] * (1 + len(fields) + len(STANDARD_FIELDS)))
	statement = f"INSERT INTO `tab{doctype}` ({columns}) VALUES ({values})"  # nosec B608
	iterator = iter(rows)
	written = 0
	while batch := [
		(first_name + written + i, *row, *constants) for i, row in enumerate(islice(iterator, BATCH_ROWS))
	]:
		frappe.db._cursor.executemany(statement, batch)
		written += len(batch)
	return written
