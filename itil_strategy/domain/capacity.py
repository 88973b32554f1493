"""What can be delivered in a month against what is promised for it (BR-9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.periods import Period, month_period, month_start, next_month

ONE_DAY = timedelta(days=1)
# A promise without an end is judged for so long, and as long as any other promise lasts.
OPEN_END_MONTHS = 12
MAX_MONTHS = 600
NOTHING = Fraction(0)


@lru_cache(maxsize=1024)
def exact(units: Decimal) -> Fraction:
	"""A promise or a capacity is the same every month."""
	return Fraction(units)


class CapacityError(DomainError):
	"""Promises exceed the capacity in at least one month; `shortfalls` has all of them."""

	def __init__(self, shortfalls: Sequence["Shortfall"]):
		first = shortfalls[0]
		super().__init__(
			f"{first.month:%Y-%m}: {show(first.promised)} promised, {show(first.capacity)} can be delivered,"
			f" {show(first.missing)} too many. Promise less or raise the capacity."
		)
		self.shortfalls = tuple(shortfalls)


@dataclass(frozen=True, slots=True)
class Promise:
	"""Units per month from `start` up to and including `last_day` (None: until further notice)."""

	name: str
	start: date
	last_day: date | None
	units: Decimal

	def units_in(self, month: date) -> Fraction:
		"""Units of the calendar month; a part of it counts by its days."""
		whole = month_period(month)
		if self.start <= whole.start and (not self.last_day or self.last_day >= whole.end):
			return exact(self.units)
		end = self.last_day + ONE_DAY if self.last_day else whole.end
		if self.start >= end:
			return NOTHING
		part = whole.intersect(Period(self.start, end))
		return exact(self.units) * part.days / whole.days if part else NOTHING


@dataclass(frozen=True, slots=True)
class Shortfall:
	"""A month in which more is promised than can be delivered."""

	month: date
	capacity: Fraction
	promised: Fraction

	@property
	def missing(self) -> Fraction:
		return self.promised - self.capacity


def promised_in(promises: Iterable[Promise], month: date) -> Fraction:
	"""Units that all promises together need in the month."""
	return sum([promise.units_in(month) for promise in promises], NOTHING)


def months_of(promise: Promise, others: Iterable[Promise] = ()) -> list[date]:
	"""The months in which the promise could exceed the capacity: those that it touches.

	Without an end it is judged as far as the last change of another promise and a year more; after that
	every month is like the last one.
	"""
	first = month_start(promise.start)
	if promise.last_day:
		last = month_start(promise.last_day)
	else:
		last = first
		for other in others:
			last = max(last, month_start(other.start), month_start(other.last_day or other.start))
		for _number in range(OPEN_END_MONTHS):
			last = next_month(last)
	months = []
	while first <= last and len(months) < MAX_MONTHS:
		months.append(first)
		first = next_month(first)
	return months


def find_shortfalls(
	capacity: Decimal, promises: Sequence[Promise], months: Iterable[date]
) -> list[Shortfall]:
	"""Months in which the promises exceed the capacity; a capacity of 0 is no limit."""
	if not capacity:
		return []
	limit = Fraction(capacity)
	return [
		Shortfall(month, limit, promised)
		for month in months
		if (promised := promised_in(promises, month)) > limit
	]


def check_promise(capacity: Decimal, promise: Promise, others: Sequence[Promise]) -> None:
	"""Raise CapacityError when the promise does not fit beside the others in every month."""
	shortfalls = find_shortfalls(capacity, [*others, promise], months_of(promise, others))
	if shortfalls:
		raise CapacityError(shortfalls)


def show(units: Fraction) -> str:
	"""Units with at most three decimals."""
	text = f"{float(units):,.3f}"
	return text.rstrip("0").rstrip(".")
