"""Budgets of services: plans by account and month, transfers, ceilings (FM-5).

A plan is `{(account, first day of month): amount}` in company currency. Months are dates, so a fiscal year
may have any number of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from itil_strategy.domain.errors import BudgetPlanError
from itil_strategy.domain.money import split

Plan = Mapping[tuple[str, date], Decimal]
ZERO = Decimal(0)
HUNDRED = 100
# ERPNext stores the percents of a month with nine decimals.
PERCENT_STEP = Decimal("1e-9")


def spread(
	total: Decimal, months: Sequence[date], precision: int, weights: Mapping[date, Decimal] | None = None
) -> dict[date, Decimal]:
	"""The total over the months, evenly or by weight; the parts add up to it (FM-3).

	Raises BudgetPlanError without months, RoundingError when no weight is above zero.
	"""
	if not months:
		raise BudgetPlanError("There is no month to spread over. Choose a fiscal year.")
	shares = {
		month.isoformat(): Decimal(1) if weights is None else weights.get(month, ZERO) for month in months
	}
	parts = split(total, shares, precision)
	return {month: parts[month.isoformat()] for month in months}


def total_by_account(plan: Plan) -> dict[str, Decimal]:
	"""The year's amount of each account, in the order of their names."""
	totals: dict[str, Decimal] = defaultdict(Decimal)
	for (account, _month), amount in sorted(plan.items()):
		totals[account] += amount
	return dict(totals)


@dataclass(frozen=True, slots=True)
class Profile:
	"""Accounts whose amounts run through the year alike; percents by month, None where they do not matter."""

	totals: Mapping[str, Decimal]
	percents: Mapping[date, Decimal] | None


def find_profiles(plan: Plan, months: Sequence[date], by_month: bool) -> list[Profile]:
	"""The plan as ERPNext can hold it: each Budget has one distribution of months for all its accounts.

	Without `by_month` there is one profile. Accounts without an amount are left out.
	"""
	totals = {account: total for account, total in total_by_account(plan).items() if total}
	if not totals:
		return []
	if not by_month:
		return [Profile(totals, None)]
	alike: dict[tuple[Fraction, ...], dict[str, Decimal]] = defaultdict(dict)
	for account, total in totals.items():
		shares = tuple(Fraction(plan.get((account, month), ZERO)) / Fraction(total) for month in months)
		alike[shares][account] = total
	return [Profile(accounts, _percents(months, shares)) for shares, accounts in alike.items()]


def _percents(months: Sequence[date], shares: Sequence[Fraction]) -> dict[date, Decimal]:
	"""Percents that add up, month by month, to no less than the plan.

	ERPNext adds them as floats: a sum a hair below the plan would stop what the plan exactly allows.
	"""
	percents, so_far, before = {}, Fraction(0), ZERO
	for month, share in zip(months, shares, strict=True):
		so_far += share * HUNDRED
		upper = Decimal(so_far.numerator) / Decimal(so_far.denominator)
		reached = upper.quantize(PERCENT_STEP, rounding=ROUND_CEILING) + (PERCENT_STEP if so_far else 0)
		percents[month], before = reached - before, reached
	return percents


def move(plan: Plan, account: str, amount: Decimal, precision: int) -> dict[date, Decimal]:
	"""How much of each month an account gives away: in proportion to what it has there.

	Raises BudgetPlanError when it has less than the amount, or the amount is not above zero.
	"""
	if amount <= 0:
		raise BudgetPlanError("The amount to transfer must be above 0.")
	has = {month: value for (name, month), value in sorted(plan.items()) if name == account and value > 0}
	if sum(has.values(), ZERO) < amount:
		raise BudgetPlanError(
			f"{account} has {sum(has.values(), ZERO)} in the budget, which is less than {amount}. Transfer less or choose another account."
		)
	parts = split(amount, {month.isoformat(): value for month, value in has.items()}, precision)
	return {month: parts[month.isoformat()] for month in has if parts[month.isoformat()]}


def apply_moves(plan: Plan, moves: Iterable[tuple[str, date, Decimal]]) -> dict[tuple[str, date], Decimal]:
	"""The plan with amounts added (given away: negative); what comes to zero is left out."""
	moved: dict[tuple[str, date], Decimal] = defaultdict(Decimal, plan)
	for account, month, amount in moves:
		moved[account, month] += amount
	return {key: amount for key, amount in sorted(moved.items()) if amount}


@dataclass(frozen=True, slots=True)
class Use:
	"""What is booked and what is ordered or requested and not booked yet, in company currency."""

	actual: Decimal = ZERO
	committed: Decimal = ZERO

	@property
	def total(self) -> Decimal:
		return self.actual + self.committed

	def __add__(self, other: "Use") -> "Use":
		return Use(self.actual + other.actual, self.committed + other.committed)


@dataclass(frozen=True, slots=True)
class CeilingState:
	"""A limit and its use; commitments count where the ceiling says so."""

	limit: Decimal
	use: Use
	counts_commitments: bool = True

	@property
	def used(self) -> Decimal:
		return self.use.total if self.counts_commitments else self.use.actual

	@property
	def available(self) -> Decimal:
		"""Negative by what is too much."""
		return self.limit - self.used

	@property
	def is_exceeded(self) -> bool:
		return self.used > self.limit


def effective_limit(budget: Decimal | None, ceiling: Decimal | None) -> Decimal | None:
	"""What may be spent: the lower of budget and ceiling, None where there is neither."""
	limits = [limit for limit in (budget, ceiling) if limit is not None]
	return min(limits) if limits else None
