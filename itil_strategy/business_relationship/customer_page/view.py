"""What the sections of a customer's page are made from, and what they answer (BR-10)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

Row = dict


@dataclass(frozen=True, slots=True)
class View:
	"""Whose page, over which complete months; `services` None is all."""

	customer: str
	today: date
	months: tuple[date, ...]
	services: frozenset[str] | None = None

	def sees(self, services: Iterable[str | None]) -> bool:
		return self.services is None or bool(self.services & set(services))


@dataclass(slots=True)
class Section:
	"""Rows under a title; `children` of a row stand below it. `measures` are added up where rows are hidden."""

	title: str
	rows: list[Row]
	cards: list[dict] = field(default_factory=list)
	measures: tuple[str, ...] = ()
	chart: dict | None = None
