"""Records of the app as its files say."""

import json
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "itil_strategy"


def exported(folder: str) -> list[dict]:
	"""All records that lie in folders of the name, such as `number_card`."""
	return [json.loads(path.read_text()) for path in sorted(PACKAGE.glob(f"*/{folder}/*/*.json"))]


def own_doctypes() -> dict[str, dict]:
	"""Every doctype that is no table; pages of settings too."""
	return {
		doc["name"]: doc
		for doc in exported("doctype")
		if doc["doctype"] == "DocType" and not doc.get("istable")
	}
