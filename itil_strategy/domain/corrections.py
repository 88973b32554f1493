"""Counter-charges and disputes (FM-10): what a charge is still worth, and what an outcome takes off it.

A charge has two amounts: the price in its own currency and the amount in the company's, which the ledger
has. A correction states the price; its amount follows by the charge's own exchange rate, so that taking the
whole price off leaves nothing of the amount either. All amounts are signed; a charge may be a credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.charging_types import Charge
from itil_strategy.domain.errors import CorrectionTooLargeError, DomainError
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.pricing import PriceStep

ZERO = Decimal(0)
REJECTED = "Rejected"
UPHELD_IN_FULL = "Upheld in Full"
UPHELD_IN_PART = "Upheld in Part"
WRONG_CUSTOMER = "Wrong Customer"
WITHDRAWN = "Withdrawn"
OUTCOMES = (REJECTED, UPHELD_IN_FULL, UPHELD_IN_PART, WRONG_CUSTOMER, WITHDRAWN)
UPHELD = (UPHELD_IN_FULL, UPHELD_IN_PART, WRONG_CUSTOMER)


@dataclass(frozen=True, slots=True)
class Worth:
	"""A price in a charge's currency and the amount in company currency that belongs to it."""

	price: Decimal
	amount: Decimal

	def __add__(self, other: "Worth") -> "Worth":
		return Worth(self.price + other.price, self.amount + other.amount)

	def __neg__(self) -> "Worth":
		return Worth(-self.price, -self.amount)


NOTHING = Worth(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Correction:
	"""A correction that the next run charges. `name` is unique; `corrects` the charge, where there is one."""

	name: str
	customer: str
	service: str
	offering: str
	month: date
	policy: str
	mode: str
	uom: str | None
	currency: str
	worth: Worth
	exchange_rate: Decimal
	cost_center: str | None
	provider_cost_center: str | None
	reason: str
	corrects: str | None = None


def remaining(charged: Worth, corrections: Iterable[Worth]) -> Worth:
	"""What a charge is worth after the corrections made so far."""
	return sum(corrections, start=charged)


def take_off(left: Worth, price: Decimal, rate: Decimal, precision: int) -> Worth:
	"""The counter-charge that takes `price` off what is `left` of a charge.

	`price` has the sign of the charge; the answer has the other one. `rate` is company currency per unit of
	the charge's currency, `precision` the decimals of company currency. Raises CorrectionTooLargeError when more
	is to be taken off than is left, DomainError for nothing or the wrong sign.
	"""
	if not price or (left.price and (price < 0) != (left.price < 0)):
		raise DomainError(
			f"A correction of a charge of {left.price} must take off more than nothing of it.",
			field="price_amount",
		)
	if abs(price) > abs(left.price):
		raise CorrectionTooLargeError(
			f"The correction of {abs(price)} is larger than the {abs(left.price)} that remain of the charge. Enter at most that.",
			field="price_amount",
		)
	if price == left.price:
		return -left
	amount = round_to_step(price * rate, precision)
	# Rounding each of many small parts by itself must not take more than there is.
	most = left.amount
	amount = max(min(amount, most), ZERO) if most >= 0 else min(max(amount, most), ZERO)
	return Worth(-price, -amount)


def outcome_price(outcome: str, left: Worth, granted: Decimal | None) -> Decimal:
	"""The price that the outcome of a dispute takes off what is `left`, in the sign of the charge; 0 for none.

	`granted` is the part that is upheld, above 0. Raises DomainError for an unknown outcome and for a part that is
	missing or is the whole, CorrectionTooLargeError for more than is left.
	"""
	if outcome not in OUTCOMES:
		raise DomainError(
			f"There is no outcome {outcome}. Choose one of {', '.join(OUTCOMES)}.", field="outcome"
		)
	if outcome not in UPHELD:
		return ZERO
	if outcome != UPHELD_IN_PART:
		return left.price
	if granted is None or granted <= 0:
		raise DomainError(
			"Enter the part that is taken off the charge, above 0.",
			field="granted_amount",
		)
	if granted > abs(left.price):
		raise CorrectionTooLargeError(
			f"The part of {granted} is larger than the {abs(left.price)} that remain of the charge. Enter less.",
			field="granted_amount",
		)
	if granted == abs(left.price):
		raise DomainError(f"{granted} is all of the charge. Choose {UPHELD_IN_FULL}.", field="granted_amount")
	return granted if left.price > 0 else -granted


def correction_charges(corrections: Iterable[Correction], period_start: date) -> tuple[Charge, ...]:
	"""The charges that a run makes of corrections, numbered in the order of their names."""
	return tuple(
		Charge(
			customer=row.customer,
			service=row.service,
			offering=row.offering,
			month=row.month,
			policy=row.policy,
			kind="Correction",
			mode=row.mode,
			quantity=ZERO,
			uom=row.uom or "",
			currency=row.currency,
			price_amount=row.worth.price,
			exchange_rate=row.exchange_rate,
			amount=row.worth.amount,
			cost_center=row.cost_center,
			provider_cost_center=row.provider_cost_center,
			steps=(PriceStep(row.reason, Decimal(1), row.worth.price, row.worth.price),),
			is_late=row.month < period_start,
			correction=row.name,
			correction_no=number,
			corrects=row.corrects,
			reason=row.reason,
		)
		for number, row in enumerate(sorted(corrections, key=lambda row: row.name.encode()), start=1)
	)
