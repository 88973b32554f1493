"""The pages of the guide: links that lead somewhere, pictures that exist, settings as the form has them."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_of_a_page_exists(page):
	targets = [target for target in LINK.findall(page.read_text()) if not target.startswith("http")]
	assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_the_guide_is_reached_from_the_readme():
	linked = set(LINK.findall((ROOT / "README.md").read_text()))
	assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} - linked == set()


def test_the_settings_page_says_what_the_form_says():
	"""Written anew by `python scripts/settings_reference.py` after a change of the settings."""
	sys.path.insert(0, str(ROOT / "scripts"))
	try:
		from settings_reference import PAGE, make_page
	finally:
		sys.path.pop(0)
	assert PAGE.read_text() == make_page()
