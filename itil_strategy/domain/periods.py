"""Calendar months and half-open periods: a day is in exactly one of them (FM-9)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from itil_strategy.domain.errors import DomainError


@dataclass(frozen=True, slots=True, order=True)
class Period:
	"""The days from `start` to the day before `end`."""

	start: date
	end: date

	def __post_init__(self) -> None:
		if self.start >= self.end:
			raise DomainError(
				f"The period from {self.start} to {self.end} is empty. Its end must be after its start."
			)

	@property
	def days(self) -> int:
		return (self.end - self.start).days

	def contains(self, day: date) -> bool:
		return self.start <= day < self.end

	def intersect(self, other: "Period") -> "Period | None":
		"""The days in both, or None."""
		start, end = max(self.start, other.start), min(self.end, other.end)
		return Period(start, end) if start < end else None


def month_start(day: date) -> date:
	"""The first day of the month."""
	return day.replace(day=1)


def next_month(month: date) -> date:
	"""The first day of the month after."""
	return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def add_months(month: date, months: int) -> date:
	"""The first day of the month that many months later."""
	count = month.year * 12 + month.month - 1 + months
	return date(count // 12, count % 12 + 1, 1)


def months_between(start: date, end_exclusive: date) -> list[date]:
	"""First days of the months that have a day in [start, end)."""
	months, month = [], month_start(start)
	while month < end_exclusive:
		months.append(month)
		month = next_month(month)
	return months


def last_complete_months(today: date, months: int) -> Period:
	"""The whole months before the one of the day."""
	end = month_start(today)
	before = end.year * 12 + end.month - 1 - months
	return Period(date(before // 12, before % 12 + 1, 1), end)


@lru_cache(maxsize=1024)
def month_period(month: date) -> Period:
	"""The whole month."""
	return Period(month_start(month), next_month(month))


def pro_rata(amount: Decimal, part: Period, whole: Period) -> Decimal:
	"""The share of `amount` for the days of `part`, unrounded."""
	return amount * part.days / whole.days
