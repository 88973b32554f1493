"""Investment through the life of a service: budget, committed, actual, charged and return (SP-8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from itil_strategy.domain.stage_history import StageTimeline

COMMITTED, ACTUAL, CHARGED = "committed", "actual", "charged"
MEASURES = (COMMITTED, ACTUAL, CHARGED)
ZERO = Decimal(0)
UNASSIGNED = ""
UNDATED = ""


@dataclass(frozen=True, slots=True)
class Spend:
	"""An amount on a day; `service` is empty where the voucher carries none."""

	service: str
	measure: str
	day: date
	amount: Decimal


@dataclass(slots=True)
class Figures:
	"""What was committed, spent and charged."""

	committed: Decimal = ZERO
	actual: Decimal = ZERO
	charged: Decimal = ZERO

	def add(self, measure: str, amount: Decimal) -> None:
		setattr(self, measure, getattr(self, measure) + amount)

	@property
	def returned(self) -> Decimal:
		return self.charged - self.actual


@dataclass(slots=True)
class InvestmentLine:
	"""A service with its budget and figures, whole and per stage; stage "" is before the first known one."""

	service: str
	budget: Decimal = ZERO
	figures: Figures = field(default_factory=Figures)
	stages: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))


def make_investment(
	spend: Iterable[Spend],
	budgets: Mapping[str, Decimal],
	timelines: Mapping[str, StageTimeline] | None = None,
) -> dict[str, InvestmentLine]:
	"""A line per service that has anything, "" for what carries none; nothing is dropped.

	With `timelines` the figures of a service are also told by the stage it was in on the day, and add up
	to its line.
	"""
	lines = {service: InvestmentLine(service, budget) for service, budget in budgets.items()}
	for item in spend:
		line = lines.setdefault(item.service, InvestmentLine(item.service))
		line.figures.add(item.measure, item.amount)
		if timelines is not None and item.service != UNASSIGNED:
			timeline = timelines.get(item.service)
			stage = timeline.stage_on(item.day) if timeline else None
			line.stages[stage or UNDATED].add(item.measure, item.amount)
	return lines


def open_order_amount(base_amount: Decimal, amount: Decimal, billed: Decimal) -> Decimal:
	"""What of an ordered amount is not billed yet, in company currency; never below zero.

	`amount` and `billed` are in the currency of the order, `base_amount` is the same as `amount` in ours.
	"""
	if amount <= 0 or billed >= amount:
		return ZERO
	return base_amount * (amount - max(billed, ZERO)) / amount


def open_request_amount(amount: Decimal, quantity: Decimal, ordered: Decimal) -> Decimal:
	"""What of a requested amount is not ordered yet, by quantity: the rest counts as ordered (once)."""
	if quantity <= 0 or ordered >= quantity:
		return ZERO
	return amount * (quantity - max(ordered, ZERO)) / quantity
