"""Rows of a business case as plain values: flows, risks, and what an option's flows add up to (FM-7)."""

from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.investment import ZERO

CAPEX, OPEX, BENEFIT = "CapEx", "OpEx", "Benefit"
KINDS = (CAPEX, OPEX, BENEFIT)
MAX_FLOWS, MAX_OPTIONS, MAX_RISKS = 1000, 20, 200


@dataclass(frozen=True, slots=True)
class FlowLine:
	"""What an item of an option costs or brings in each of its periods: an amount or a formula; never signed."""

	option: str
	item: str
	kind: str
	first: int
	last: int
	amount: Decimal = ZERO
	formula: str = ""
	row: int | None = None

	@property
	def periods(self) -> range:
		return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class Risk:
	"""A risk of an option: it costs `impact` in a period with a probability (0 to 1); `reserve` is set aside for it."""

	risk: str
	probability: Decimal
	impact: Decimal
	period: int = 1
	reserve: Decimal = ZERO
	row: int | None = None

	@property
	def expected(self) -> Decimal:
		return self.probability * self.impact


@dataclass(frozen=True, slots=True)
class OptionFlows:
	"""Flows of an option per period 0 … n, all positive as entered."""

	capex: tuple[Decimal, ...]
	opex: tuple[Decimal, ...]
	benefits: tuple[Decimal, ...]

	@property
	def costs(self) -> list[Decimal]:
		return [capex + opex for capex, opex in zip(self.capex, self.opex, strict=True)]

	@property
	def net(self) -> list[Decimal]:
		return [benefit - cost for benefit, cost in zip(self.benefits, self.costs, strict=True)]
