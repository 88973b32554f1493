"""Read small CSV tables and say exactly which cell is wrong."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from itil_strategy.domain.errors import DomainError

PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
MAX_CELL = 140


class PreviewError(DomainError):
	"""Input that the preview cannot use; `messages` has one sentence per problem."""

	def __init__(self, messages: Sequence[str]):
		super().__init__("\n".join(messages))
		self.messages = list(messages)


@dataclass(slots=True)
class Problems:
	"""Collects every problem, so that a user mends all of them at once."""

	messages: list[str] = field(default_factory=list)

	def add(self, message: str) -> None:
		if message not in self.messages:
			self.messages.append(message)

	def raise_if_any(self) -> None:
		"""Raise PreviewError with all problems."""
		if self.messages:
			raise PreviewError(self.messages)


@dataclass(slots=True)
class Row:
	"""One row of a table; a bad cell is noted and read as its default."""

	file: str
	number: int
	cells: dict[str, str]
	problems: Problems

	def refuse(self, column: str, message: str) -> None:
		"""Note what is wrong with a cell and the way out."""
		self.problems.add(f"{self.file}, row {self.number}, {column}: {message}")

	def text(self, column: str, default: str = "") -> str:
		return self.cells.get(column) or default

	def needed(self, column: str) -> str:
		value = self.text(column)
		if not value:
			self.refuse(column, "is empty. Enter a value.")
		return value

	def number_in(self, column: str, default: Decimal = Decimal(0), signed: bool = False) -> Decimal:
		"""A number of 0 or more, or of any sign."""
		value = self.text(column)
		if not value:
			return default
		try:
			number = Decimal(value) if PLAIN_NUMBER.fullmatch(value) else None
		except InvalidOperation:
			number = None
		if number is None or abs(number) >= 10**12:
			self.refuse(column, f'"{value}" is not a number. Write it like 1234.56.')
			return default
		if number < 0 and not signed:
			self.refuse(column, f"{value} is negative. Enter 0 or more.")
			return default
		return number

	def day(self, column: str) -> date | None:
		value = self.text(column)
		if not value:
			return None
		try:
			return date.fromisoformat(value)
		except ValueError:
			self.refuse(column, f'"{value}" is not a date. Write it like 2026-01-31.')
			return None

	def month(self, column: str) -> date | None:
		value = self.text(column)
		try:
			return parse_month(value)
		except ValueError:
			self.refuse(column, f'"{value}" is not a month. Write it like 2026-01.')
			return None

	def choice(self, column: str, choices: Sequence[str], default: str | None = None) -> str:
		value = self.text(column, default or "")
		if value not in choices:
			self.refuse(column, f'"{value}" is not known. Choose one of {", ".join(choices)}.')
			return choices[0]
		return value


def parse_month(text: str) -> date:
	"""The first day of the month that YYYY-MM names; ValueError otherwise."""
	if not re.fullmatch(r"\d{4}-\d{2}", text):
		raise ValueError(text)
	return date.fromisoformat(f"{text}-01")


def count(number: int, noun: str) -> str:
	"""The number with its noun, in the plural where there are not one."""
	return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def read_table(
	path: Path, needed: Sequence[str], optional: Sequence[str], problems: Problems
) -> Iterator[Row]:
	"""Rows of a CSV file with exactly these columns known; every problem is noted, none is raised."""
	name = path.name
	try:
		with path.open(encoding="utf-8-sig", newline="") as file:
			lines = list(csv.reader(file, strict=True))
	except UnicodeDecodeError:
		problems.add(f"{name} is not UTF-8 text. Save it as CSV in UTF-8.")
		return
	except csv.Error as error:
		problems.add(f"{name} is not readable as CSV ({error}). Save it as CSV again.")
		return
	except OSError as error:
		problems.add(f"{path} cannot be read: {error.strerror or error}. Check the path.")
		return
	header = [cell.strip() for cell in lines[0]] if lines else []
	if not _is_header_good(name, header, needed, optional, problems):
		return
	for number, cells in enumerate(lines[1:], start=2):
		if not any(cell.strip() for cell in cells):
			continue
		if len(cells) != len(header):
			problems.add(
				f"{name}, row {number}: has {len(cells)} cells, the header has {len(header)}. Correct the row."
			)
			continue
		row = Row(
			name, number, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}, problems
		)
		for column, cell in row.cells.items():
			if len(cell) > MAX_CELL and column != "description":
				row.refuse(column, f"is longer than {MAX_CELL} characters. Shorten it.")
		yield row


def _is_header_good(
	name: str, header: list[str], needed: Sequence[str], optional: Sequence[str], problems: Problems
) -> bool:
	if not header:
		problems.add(f"{name} is empty. It needs a header with {', '.join(needed)}.")
		return False
	known = {*needed, *optional}
	missing = [column for column in needed if column not in header]
	unknown = [column for column in header if column not in known]
	doubled = sorted({column for column in header if header.count(column) > 1})
	if missing:
		problems.add(f"{name} has no column {', '.join(missing)}. It has {', '.join(header)}.")
	if unknown:
		problems.add(
			f"{name} has unknown columns: {', '.join(unknown)}. Known are {', '.join([*needed, *optional])}."
		)
	if doubled:
		problems.add(f"{name} has the column {doubled[0]} twice. Name each column once.")
	return not (missing or unknown or doubled)
