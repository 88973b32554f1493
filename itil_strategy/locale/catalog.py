"""The catalogue of translatable strings: read out of the code, kept in `main.pot`, translated in `*.po`.

`bench build` compiles the `.po` files to what Frappe reads. Line numbers and dates are left out of the files, so that a change shows
what was changed for translators and nothing else.

    <bench>/env/bin/python -m itil_strategy.locale.catalog [--check]

rewrites the files, or exits with 1 where they are out of date or a translation is missing.
"""

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "main.pot"
SKIPPED_FOLDERS = {"tests", "node_modules", "dist", "__pycache__"}
# Of no day, so that a file changes only where a string does.
HEADER = {
	"project": "ITIL Service Strategy",
	"version": "0.1",
	"copyright_holder": "the makers of ITIL Service Strategy",
	"msgid_bugs_address": "",
	"last_translator": "",
	"language_team": "",
	"charset": "utf-8",
	"creation_date": datetime(2026, 1, 1, tzinfo=timezone.utc),
	"revision_date": datetime(2026, 1, 1, tzinfo=timezone.utc),
	"fuzzy": False,
}
PLACE = re.compile(r"\{\d*\}|</?[a-z]+")


def extract() -> Catalog:
	"""All translatable strings of the app with the files that use them, by Frappe's extractors and our own."""
	from frappe.gettext.translate import get_method_map

	# Frappe's extractor of hooks.py looks for a navbar, which we have not, and takes no other place than a bench.
	methods = [
		(pattern, method)
		for pattern, method in [*_own_methods(), *get_method_map("frappe")]
		if not method.endswith("navbar.extract")
	]
	catalog = Catalog(**HEADER)
	keywords = {**DEFAULT_KEYWORDS, "_lt": None}
	for filename, _line, message, comments, context in extract_from_dir(
		PACKAGE, methods, keywords=keywords, directory_filter=_is_wanted
	):
		if message and not Path(filename).name.startswith("test_"):
			catalog.add(message, locations=[(filename, 0)], auto_comments=comments, context=context)
	return catalog


def _own_methods() -> list[tuple[str, str]]:
	lines = (PACKAGE.parent / "babel_extractors.csv").read_text().split()
	return [tuple(line.split(",")) for line in lines]


def _is_wanted(folder: str) -> bool:
	return Path(folder).name not in SKIPPED_FOLDERS


def translations() -> dict[str, Path]:
	"""The translated languages with their files."""
	return {path.stem: path for path in sorted(FOLDER.glob("*.po"))}


def read(path: Path, locale: str | None = None) -> Catalog:
	"""A catalogue as it is kept; an empty one when there is no file."""
	if not path.exists():
		return Catalog(locale=locale, **HEADER)
	with path.open("rb") as file:
		return read_po(file, locale=locale)


def keys(catalog: Catalog) -> set[tuple[str, str | None]]:
	"""Text and context of every string."""
	return {(message.id, message.context) for message in catalog if message.id}


def missing(catalog: Catalog, template: Catalog) -> list[str]:
	"""Strings of the template without a translation, those of the longest first."""
	translated = {(message.id, message.context) for message in catalog if message.id and message.string}
	return sorted(
		(text for text, _context in keys(template) - translated), key=lambda text: (-len(text), text)
	)


def broken(catalog: Catalog) -> list[str]:
	"""Strings whose translation has other places for values, or other markup, than the original."""
	return [message.id for message in _translated(catalog) if _places(message.id) != _places(message.string)]


def _translated(catalog: Catalog) -> Iterator[Message]:
	return (message for message in catalog if message.id and message.string)


def _places(text: str) -> list[str]:
	return sorted(PLACE.findall(text))


def write(path: Path, catalog: Catalog) -> None:
	with path.open("wb") as file:
		write_po(
			file,
			catalog,
			width=None,
			sort_output=True,
			ignore_obsolete=True,
			omit_header=False,
			include_lineno=False,
			include_previous=False,
		)


def update() -> None:
	"""Rewrite the template from the code, and every translation from the template; translations stay."""
	template = extract()
	write(TEMPLATE, template)
	for locale, path in translations().items():
		catalog = read(path, locale)
		catalog.update(template, no_fuzzy_matching=True)
		catalog.creation_date = template.creation_date
		write(path, catalog)


def faults() -> list[str]:
	"""What keeps the files from being right, one sentence each."""
	template = extract()
	found, kept = keys(template), keys(read(TEMPLATE))
	sentences = [f"main.pot lacks {text!r}" for text, _context in sorted(found - kept, key=str)]
	sentences += [
		f"main.pot has {text!r}, which is used no more" for text, _context in sorted(kept - found, key=str)
	]
	for locale, path in translations().items():
		catalog = read(path, locale)
		sentences += [f"{locale}.po does not translate {text!r}" for text in missing(catalog, template)]
		sentences += [
			f"{locale}.po has other places or markup than the original in {text!r}"
			for text in broken(catalog)
		]
	return sentences


def main(arguments: list[str]) -> int:
	if "--check" not in arguments:
		update()
		return 0
	sentences = faults()
	print("\n".join(sentences))
	return 1 if sentences else 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
