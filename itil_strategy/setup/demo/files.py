"""Read the sample organisation's plain files; `fixtures/README.md` describes the columns."""

import csv
import json
from functools import cached_property
from pathlib import Path

from itil_strategy.preview.sample import sample_folder


class SampleFiles:
	"""The files of one sample organisation, read when asked for."""

	def __init__(self, folder: Path | None = None):
		self.folder = folder or sample_folder()

	@cached_property
	def company(self) -> dict:
		"""The company with its cost centers, accounts, mappings and runs."""
		return json.loads((self.folder / "company.json").read_text(encoding="utf-8"))

	def table(self, name: str) -> list[dict[str, str]]:
		"""Rows of a CSV file, empty cells as empty text."""
		with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
			return list(csv.DictReader(file))

	def content(self, name: str) -> bytes:
		"""The bytes of a usage file."""
		return (self.folder / name).read_bytes()

	def with_abbr(self, name: str) -> str:
		"""The full name of an account or cost center of the company."""
		return f"{name} - {self.company['abbr']}"


class StoryFiles(SampleFiles):
	"""The two years before: tables of the same columns; what a table is missing, the story does not add to."""

	def __init__(self, folder: Path | None = None):
		super().__init__((folder or sample_folder()) / "story")

	@cached_property
	def company(self) -> dict:
		"""The company of the sample with what the story adds."""
		return {**SampleFiles(self.folder.parent).company, **json.loads(self.content("story.json"))}

	def table(self, name: str) -> list[dict[str, str]]:
		return super().table(name) if (self.folder / f"{name}.csv").is_file() else []
