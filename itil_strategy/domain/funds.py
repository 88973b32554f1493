"""Funds: whether planned spending is covered, and what reservations still hold back (FM-6)."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reservation:
	"""Money set aside. `used_before` is what was booked and ordered on the service when it was."""

	key: Hashable
	planned: Decimal
	used_before: Decimal = ZERO


def open_amounts(reservations: Sequence[Reservation], used: Decimal) -> dict[Hashable, Decimal]:
	"""What each reservation still holds back: max(0, planned - spent since), oldest first.

	All are used up by the spending of one service, of which `used` is booked and ordered by now. What is
	spent uses up one reservation only, the oldest that was there: two cases on one service that each wait
	for 100 hold back 100 after 100 are spent. Spending that is taken back opens a reservation again.
	"""
	amounts, reached = {}, None
	for item in reservations:
		start = item.used_before if reached is None else max(item.used_before, reached)
		consumed = min(max(used - start, ZERO), item.planned)
		amounts[item.key] = item.planned - consumed
		reached = start + consumed
	return amounts


def find_uncovered(held: Mapping[Hashable, Decimal], left: Decimal) -> dict[Hashable, Decimal]:
	"""What is missing per reservation when `left` of a budget has to cover all that is held back.

	First come, first served, in the order given: one that no longer fits takes nothing from the later ones.
	"""
	missing: dict[Hashable, Decimal] = {}
	for key, amount in held.items():
		if amount <= max(left, ZERO):
			left -= amount
		else:
			missing[key] = amount - max(left, ZERO)
	return missing


def still_to_spend(planned: Mapping[str, Decimal], over: Collection[str], used: Decimal) -> Decimal:
	"""What was planned in years that are `over` and is not booked or ordered: `used` is what was, in all of them.

	The budget of such a year cannot be spent any more, so this needs money of the current one.
	"""
	return max(sum((planned[year] for year in over), ZERO) - max(used, ZERO), ZERO)


@dataclass(frozen=True, slots=True)
class Funds:
	"""The funds of one line in one fiscal year, beside what is planned from them; company currency."""

	budget: Decimal
	actual: Decimal
	committed: Decimal
	reserved: Decimal
	planned: Decimal = ZERO

	@property
	def available(self) -> Decimal:
		"""Budget - actual - committed - what others reserved; negative when more is used than there is."""
		return self.budget - self.actual - self.committed - self.reserved

	@property
	def shortfall(self) -> Decimal:
		return max(self.planned - self.available, ZERO)

	@property
	def is_secured(self) -> bool:
		"""Nothing planned needs no funds."""
		return self.planned <= 0 or self.planned <= self.available
