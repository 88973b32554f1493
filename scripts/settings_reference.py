"""Writes docs/settings.md from the settings' own fields, so that the page never says something else than the form."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCTYPES = ROOT / "itil_strategy"
PAGE = ROOT / "docs" / "settings.md"
INTRODUCTION = """# Settings

**Service Strategy Settings**, field by field. Each tab can be changed by the owner of its process. Written by `scripts/settings_reference.py`.
"""
LAYOUT = {"Section Break", "Column Break", "Tab Break", "HTML", "Button"}


def load(doctype: str) -> dict:
	"""The DocType's JSON as it ships."""
	folder = doctype.lower().replace(" ", "_")
	return json.loads(next(DOCTYPES.glob(f"*/doctype/{folder}/{folder}.json")).read_text())


def escape(text: object) -> str:
	return str(text).replace("|", "\\|").replace("\n", " ")


def table(fields: list[dict]) -> list[str]:
	rows = ["| field | default | meaning |", "| --- | --- | --- |"]
	for field in fields:
		default, meaning = field.get("default") or "", field.get("description") or ""
		rows.append(f"| {escape(field['label'])} | {escape(default)} | {escape(meaning)} |")
	return rows


def chapters(doctype: str) -> list[str]:
	"""One heading for each tab and section that holds fields, child tables as tables below their field's section."""
	lines, waiting, section = [], [], None
	meta = load(doctype)
	by_name = {field["fieldname"]: field for field in meta["fields"]}

	def flush() -> None:
		if waiting:
			if section:
				lines.extend([f"### {section}", ""])
			lines.extend([*table(waiting), ""])
			for field in waiting:
				if field["fieldtype"] == "Table":
					lines.extend([f"Rows of *{field['label']}*:", "", *child_table(field["options"]), ""])
			waiting.clear()

	for fieldname in meta["field_order"]:
		field = by_name[fieldname]
		if field["fieldtype"] in ("Tab Break", "Section Break") and field.get("label"):
			flush()
			section = field["label"]
			if field["fieldtype"] == "Tab Break":
				lines.extend([f"## {section}", ""])
				section = None
		elif field["fieldtype"] not in LAYOUT and not field.get("hidden"):
			waiting.append(field)
	flush()
	return lines


def child_table(doctype: str) -> list[str]:
	return table(
		[
			field
			for field in load(doctype)["fields"]
			if field["fieldtype"] not in LAYOUT and not field.get("hidden")
		]
	)


def make_page() -> str:
	return "\n".join([INTRODUCTION, *chapters("Service Strategy Settings")]).rstrip() + "\n"


if __name__ == "__main__":
	PAGE.write_text(make_page())
