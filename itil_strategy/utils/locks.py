"""Locks that die with the database connection of their holder.

A job that is killed frees its lock at once, so "is anybody working on this?" needs no heartbeat and no
lock file that survives a crash.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def named_lock(key: str, wait_seconds: int = 0) -> Iterator[bool]:
	"""Hold the lock `key` of this site for the block; yields False when another connection has it."""
	name = _lock_name(key)
	# Session locks outlive commit and rollback, which the ORM has no words for.
	got = frappe.db.sql("SELECT GET_LOCK(%s, %s)", (name, wait_seconds))[0][0] == 1
	try:
		yield got
	finally:
		if got:
			frappe.db.sql("SELECT RELEASE_LOCK(%s)", name)


def lock_row(doctype: str, name: str | None) -> None:
	"""Hold the row until the end of the transaction; nothing to hold without a name."""
	if name:
		frappe.db.get_value(doctype, name, "name", for_update=True)


def is_locked(key: str) -> bool:
	"""True while any connection holds the lock."""
	return frappe.db.sql("SELECT IS_USED_LOCK(%s)", _lock_name(key))[0][0] is not None


def _lock_name(key: str) -> str:
	"""MariaDB's lock names are server-wide and at most 64 characters."""
	return hashlib.sha256(f"{frappe.conf.db_name}|{key}".encode()).hexdigest()
