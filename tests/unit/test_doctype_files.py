"""Exported doctypes: what Frappe's export can get wrong."""

import json
from collections import Counter
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "itil_strategy").glob("*/doctype/*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field_is_there_once(path):
	doctype = json.loads(path.read_text())
	names = Counter(field["fieldname"] for field in doctype["fields"])
	assert [name for name, count in names.items() if count > 1] == []
	assert sorted(names) == sorted(doctype["field_order"])
