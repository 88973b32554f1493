"""The plain values that a charging run is calculated from and results in (FM-9 to FM-11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from itil_strategy.domain.periods import Period
from itil_strategy.domain.policies import Policy
from itil_strategy.domain.pricing import PriceStep

ByDay = tuple[tuple[date, Decimal], ...]
GroupKey = tuple[str, str, date]  # customer, offering, month


@dataclass(frozen=True, slots=True)
class UsageGroup:
	"""New usage of a customer and offering in a month; `by_day` where the policy changes in the month."""

	customer: str
	service: str
	offering: str
	uom: str
	month: date
	quantity: Decimal
	by_day: ByDay | None = None
	is_late: bool = False


@dataclass(frozen=True, slots=True)
class ChargedBefore:
	"""What earlier runs charged for a month by a policy, in the policy's currency."""

	customer: str
	offering: str
	month: date
	policy: str
	quantity: Decimal
	price_amount: Decimal


@dataclass(frozen=True, slots=True)
class PayerTerms:
	"""How a business unit of the company pays; a customer without terms is external."""

	customer: str
	cost_center: str | None
	mode: str
	chargeback_from: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceTerms:
	"""When usage of a service counts (both days inclusive), who recovers its cost, and whether the company
	of the run delivers it: another company's services owe it no fees."""

	service: str
	operational_from: date | None = None
	last_day: date | None = None
	provider_cost_center: str | None = None
	is_delivered: bool = True


@dataclass(frozen=True, slots=True)
class OfferingTerms:
	"""The service and unit of an offering."""

	offering: str
	service: str
	uom: str


@dataclass(frozen=True, slots=True)
class ChargingRequest:
	"""Everything a run is calculated from. Rates are company currency per unit of each currency.

	`costs` are full cost in the `allocated_months`, direct cost in the others.
	"""

	period: Period
	run_mode: str
	company_currency: str
	precisions: Mapping[str, int]
	rates: Mapping[str, Decimal]
	groups: tuple[UsageGroup, ...]
	policies: tuple[Policy, ...]
	offerings: tuple[OfferingTerms, ...]
	services: Mapping[str, ServiceTerms]
	payers: Mapping[str, PayerTerms] = field(default_factory=dict)
	prior_usage: Mapping[GroupKey, tuple[Decimal, ByDay | None]] = field(default_factory=dict)
	charged_before: tuple[ChargedBefore, ...] = ()
	costs: Mapping[tuple[str, date], Decimal] = field(default_factory=dict)
	allocated_months: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Charge:
	"""What a customer pays, or is shown, for an offering and month by one policy.

	`price_amount` is in the policy's currency, `amount` in the company's, both rounded. Corrections are
	numbered within their run; `corrects` names the charge that one corrects.
	"""

	customer: str
	service: str
	offering: str
	month: date
	policy: str
	kind: str
	mode: str
	quantity: Decimal
	uom: str
	currency: str
	price_amount: Decimal
	exchange_rate: Decimal
	amount: Decimal
	cost_center: str | None
	provider_cost_center: str | None
	steps: tuple[PriceStep, ...] = ()
	is_late: bool = False
	correction: str | None = None
	correction_no: int = 0
	corrects: str | None = None
	reason: str | None = None

	@property
	def key(self) -> tuple:
		return (self.customer, self.offering, self.month, self.policy, self.kind, self.correction_no)


@dataclass(frozen=True, slots=True)
class Obstacle:
	"""Why something cannot be charged, and the way out."""

	kind: str
	subject: str
	message: str


@dataclass(frozen=True, slots=True)
class ChargingResult:
	"""Charges in a fixed order, and every obstacle; with obstacles the charges are not to be used."""

	charges: tuple[Charge, ...]
	obstacles: tuple[Obstacle, ...]
