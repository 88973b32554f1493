"""Strings of records that Frappe's own extractors leave out: number cards, charts, dashboards, print formats, tours."""

import json
from collections.abc import Iterator
from typing import Any

# What Frappe translates where it shows the record.
TITLE_FIELDS = ("label", "chart_name", "dashboard_name", "title", "description")


def extract_titles(fileobj, *_args, **_kwargs) -> Iterator[tuple[None, str, str, list[str]]]:
	"""Yield the titles of an exported record and of its rows, in the shape that Babel asks of an extractor."""
	record = json.load(fileobj)
	if isinstance(record, dict):
		yield None, "_", record["name"], [f"Name of a {record['doctype']}"]
		yield from _titles(record, record["doctype"])


def _titles(record: dict[str, Any], doctype: str) -> Iterator[tuple[None, str, str, list[str]]]:
	for field in TITLE_FIELDS:
		if record.get(field):
			yield None, "_", record[field], [f"{field} of a {doctype}"]
	for value in record.values():
		for row in value if isinstance(value, list) else ():
			if isinstance(row, dict):
				yield from _titles(row, doctype)
