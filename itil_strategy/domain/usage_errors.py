"""Bad rows of a usage file: each with its row, its field and one sentence that names the way out."""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import NoReturn

import polars as pl

from itil_strategy.domain.errors import RowError, UsageFileError

SHOWN_CHARACTERS = 60
WHOLE_FILE, HEADER_ROW = 0, 1
# What stands as the field of an error that is not about one column.
WHOLE_ROW = "row"


@dataclass(slots=True)
class ErrorLog:
	"""The first bad rows of a file in row order, and the number of all of them."""

	max_errors: int
	errors: list[RowError] = field(default_factory=list)
	count: int = 0

	def add(
		self, rows: pl.Series, mask: pl.Series, fieldname: str, message: str, values: pl.Series | None = None
	) -> None:
		"""Add the rows that `mask` marks; `{0}` in the message stands for the value of the row."""
		count = mask.sum()
		if not count:
			return
		shown = [""] * count if values is None else values.filter(mask).head(self.max_errors).to_list()
		bad = rows.filter(mask).head(self.max_errors).to_list()
		errors = [
			RowError(row, fieldname, message.replace("{0}", show(value)))
			for row, value in zip(bad, shown, strict=False)
		]
		self.extend(errors, count)

	def extend(self, errors: list[RowError], count: int | None = None) -> None:
		"""Add errors made elsewhere, of `count` in all, and keep the first ones in row order."""
		self.count += len(errors) if count is None else count
		self.errors = sorted([*self.errors, *errors], key=attrgetter("row"))[: self.max_errors]

	def raise_if_any(self) -> None:
		"""Raise UsageFileError with the errors kept and the number of all."""
		if self.count:
			raise UsageFileError(self.errors, self.count)


def refuse_file(message: str, row: int = WHOLE_FILE, fieldname: str = "") -> NoReturn:
	"""Raise UsageFileError for something that makes the whole file unreadable."""
	raise UsageFileError([RowError(row, fieldname, message)])


def show(value: object) -> str:
	"""A value of the file as messages quote it: cut when long, on one line."""
	text = " ".join(str(value).split())
	if len(text) > SHOWN_CHARACTERS:
		text = text[: SHOWN_CHARACTERS - 1] + "…"
	return f'"{text}"'
