"""What changed between two versions of a business case (FM-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ADDED, REMOVED, CHANGED = "Added", "Removed", "Changed"
Snapshot = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
	"""A field (or a row of a table with its key) and its values; a row that is new or gone has one side."""

	table: str
	key: str
	field: str
	kind: str
	before: Any = None
	after: Any = None


def compare(before: Snapshot, after: Snapshot, keys: Mapping[str, Sequence[str]]) -> list[Difference]:
	"""Differences of plain fields, then of tables; `keys` names the fields that tell a table's rows apart.

	Rows of equal key are told apart by their order.
	"""
	found = []
	for name in _names(before, after):
		if name not in keys and before.get(name) != after.get(name):
			found.append(Difference("", "", name, CHANGED, before.get(name), after.get(name)))
	for table, fields in keys.items():
		found += _compare_rows(table, _by_key(before.get(table), fields), _by_key(after.get(table), fields))
	return found


def _compare_rows(table: str, before: dict[str, Mapping], after: dict[str, Mapping]) -> list[Difference]:
	found = []
	for key in _names(before, after):
		old, new = before.get(key), after.get(key)
		if old is None or new is None:
			found.append(Difference(table, key, "", ADDED if old is None else REMOVED))
			continue
		for name in _names(old, new):
			if old.get(name) != new.get(name):
				found.append(Difference(table, key, name, CHANGED, old.get(name), new.get(name)))
	return found


def _by_key(rows: Sequence[Mapping] | None, fields: Sequence[str]) -> dict[str, Mapping]:
	found: dict[str, Mapping] = {}
	for row in rows or ():
		key = base = " · ".join(str(row.get(name) or "") for name in fields)
		number = 2
		while key in found:
			key, number = f"{base} ({number})", number + 1
		found[key] = row
	return found


def _names(before: Mapping, after: Mapping) -> list[str]:
	return [*before, *(name for name in after if name not in before)]
