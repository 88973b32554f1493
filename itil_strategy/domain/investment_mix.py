"""The mix of spend over investment classes against the target mix (SP-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.money import split

CLASSES = ("Run", "Grow", "Transform")
PERCENT_PRECISION = 1
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class MixLine:
	"""The spend of a class and its share of all classed spend; None when there is no such spend."""

	investment_class: str
	spend: Decimal
	share: Decimal | None
	target: Decimal

	@property
	def gap(self) -> Decimal | None:
		return None if self.share is None else self.share - self.target


@dataclass(frozen=True, slots=True)
class Mix:
	"""Classed spend per class, and what belongs to none: services without class, cost without service."""

	lines: tuple[MixLine, ...]
	unclassed: Decimal
	unassigned: Decimal

	@property
	def classed(self) -> Decimal:
		return sum((line.spend for line in self.lines), ZERO)

	@property
	def total(self) -> Decimal:
		return self.classed + self.unclassed + self.unassigned


def make_mix(
	spend: Mapping[str, Decimal],
	class_of: Mapping[str, str | None],
	targets: Mapping[str, Decimal],
	unassigned: Decimal = ZERO,
) -> Mix:
	"""The mix of `spend` per service. Shares are of the classed spend, as the targets are, and total 100.

	No shares when a class has less than nothing spent on it (credits) or nothing is classed: a share of
	such a whole would mean nothing.
	"""
	sums = dict.fromkeys(CLASSES, ZERO)
	unclassed = ZERO
	for service, amount in spend.items():
		investment_class = class_of.get(service)
		if investment_class in sums:
			sums[investment_class] += amount
		else:
			unclassed += amount
	shares: Mapping[str, Decimal] = {}
	if any(sums.values()) and min(sums.values()) >= 0:
		shares = split(Decimal(100), sums, PERCENT_PRECISION)
	lines = tuple(MixLine(name, sums[name], shares.get(name), targets.get(name, ZERO)) for name in CLASSES)
	return Mix(lines, unclassed, unassigned)
