"""What an asset that carries a service is still worth, wears off, and how long it lasts (FM-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO, HUNDRED = Decimal(0), Decimal(100)
# Whoever plans a replacement needs a year to decide, buy and put it into operation.
NOTICE_DAYS = 365

IN_USE, ENDS_SOON, ENDED, NOT_DEPRECIATED = "In Use", "Ends Within a Year", "Past Its End", "Not Depreciated"


@dataclass(frozen=True, slots=True)
class Depreciation:
	"""A planned entry of the depreciation schedule; booked once the ledger has it."""

	day: date
	amount: Decimal
	is_booked: bool


@dataclass(frozen=True, slots=True)
class AssetFigures:
	"""Figures of an asset on a day, in company currency.

	- `booked`: depreciation that the ledger got for the year up to the day
	- `coming`: depreciation planned for the year after the day, and what is overdue
	- `end_of_life`: day of the last planned entry; None for an asset that is not depreciated
	"""

	book_value: Decimal
	worn_percent: Decimal | None
	booked: Decimal
	coming: Decimal
	end_of_life: date | None
	state: str


def judge_asset(
	cost: Decimal, book_value: Decimal, schedule: Sequence[Depreciation], day: date
) -> AssetFigures:
	"""The figures on `day`. An asset worth as much as it cost is worn by 0 %; one without a cost has no percentage."""
	year_ago, year_ahead = _shift(day, -1), _shift(day, 1)
	end = max((entry.day for entry in schedule), default=None)
	return AssetFigures(
		book_value,
		(cost - book_value) / cost * HUNDRED if cost > 0 else None,
		sum((entry.amount for entry in schedule if entry.is_booked and year_ago < entry.day <= day), ZERO),
		sum((entry.amount for entry in schedule if not entry.is_booked and entry.day <= year_ahead), ZERO),
		end,
		_state(end, day),
	)


def _state(end: date | None, day: date) -> str:
	if end is None:
		return NOT_DEPRECIATED
	if end <= day:
		return ENDED
	return ENDS_SOON if (end - day).days <= NOTICE_DAYS else IN_USE


def _shift(day: date, years: int) -> date:
	"""The same day of another year; 29 February becomes the 28th."""
	try:
		return day.replace(year=day.year + years)
	except ValueError:
		return day.replace(year=day.year + years, day=28)
