"""An analysis as plain data to keep as evidence, and what moved between two of them (SP-2, SP-7)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from itil_strategy.domain.retirement import Analysis

VERSION = 1
HEAD = ("service_class", "recommended", "successor", "cutoff", "minimum_coverage")
AXIS_FIELDS = ("score", "coverage")
INDICATOR_FIELDS = ("value", "score", "weight", "worst", "target")
Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
	"""One figure that moved: `part` is class, value, fitness, money or the key of an indicator."""

	part: str
	field: str
	before: str | None
	after: str | None


def to_snapshot(analysis: Analysis) -> Snapshot:
	"""A dict of texts, lists and dicts that survives JSON unchanged; numbers are exact texts."""
	data = _plain(asdict(analysis))
	return {"version": VERSION, **data}


def compare_snapshots(before: Mapping, after: Mapping) -> list[Change]:
	"""What moved from one snapshot of a service to another, in the order of the analysis."""
	return list(_changes(before, after))


def _changes(before: Mapping, after: Mapping) -> Iterator[Change]:
	yield from _compare("class", HEAD, before, after)
	for axis in ("value", "fitness"):
		yield from _compare(axis, AXIS_FIELDS, before.get(axis) or {}, after.get(axis) or {})
	old, new = _by_key(before), _by_key(after)
	for key in dict.fromkeys([*new, *old]):
		yield from _compare(key, INDICATOR_FIELDS, old.get(key, {}), new.get(key, {}))
	money, later = before.get("money") or {}, after.get("money") or {}
	yield from _compare("money", tuple(dict.fromkeys([*later, *money])), money, later)
	yield from _compare(
		"dependents",
		("names",),
		{"names": ", ".join(before.get("dependents") or ())},
		{"names": ", ".join(after.get("dependents") or ())},
	)


def _compare(part: str, fields: tuple[str, ...], before: Mapping, after: Mapping) -> Iterator[Change]:
	for field in fields:
		if before.get(field) != after.get(field):
			yield Change(part, field, before.get(field), after.get(field))


def _by_key(snapshot: Mapping) -> dict[str, Mapping]:
	return {row["key"]: row for row in snapshot.get("indicators") or ()}


def _plain(value: Any) -> Any:
	"""Decimals as texts without idle zeros, dates as months, tuples as lists."""
	if isinstance(value, Decimal):
		return "0" if not value else f"{value.normalize():f}"
	if isinstance(value, date):
		return f"{value:%Y-%m}"
	if isinstance(value, dict):
		return {key: _plain(item) for key, item in value.items()}
	if isinstance(value, (list, tuple)):
		return [_plain(item) for item in value]
	return value
