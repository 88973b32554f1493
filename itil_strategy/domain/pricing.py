"""What a quantity costs by one policy (FM-9). Amounts are unrounded: the caller rounds once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from itil_strategy.domain.errors import PricingError, TierError
from itil_strategy.domain.formula import Formula, parse_formula
from itil_strategy.domain.periods import Period

METHODS = ("None", "Cost", "Cost Plus", "Fixed Fee", "Per Unit", "Graduated", "Volume", "Package", "Formula")
# What a formula may count with; amounts in the policy's currency.
FORMULA_NAMES = ("quantity", "unit_price", "fixed_fee", "package_size", "days", "month_days")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
	"""Quantities from `from_quantity` to below `to_quantity` (None: no upper limit)."""

	from_quantity: Decimal
	to_quantity: Decimal | None
	unit_price: Decimal

	@property
	def label(self) -> str:
		upper = "…" if self.to_quantity is None else f"{self.to_quantity.normalize():f}"
		return f"{self.from_quantity.normalize():f}-{upper}"


@dataclass(frozen=True, slots=True)
class PriceStep:
	"""One line of how a price came about."""

	label: str
	quantity: Decimal
	unit_price: Decimal
	amount: Decimal


@dataclass(frozen=True, slots=True)
class Price:
	"""An unrounded amount and its steps, which add up to it."""

	amount: Decimal
	steps: tuple[PriceStep, ...]
	minimum_applied: bool = False


@dataclass(frozen=True, slots=True)
class Level:
	"""A quantity in force from a day on."""

	start: date
	quantity: Decimal


def validate_tiers(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
	"""The tiers in order; TierError unless they start at 0, leave no gap and only the last is open."""
	ordered = tuple(sorted(tiers, key=lambda tier: tier.from_quantity))
	if not ordered:
		raise TierError("There are no tiers. Enter at least one, starting at 0.")
	expected: Decimal | None = ZERO
	for number, tier in enumerate(ordered, start=1):
		if expected is None:
			raise TierError(
				f"Tier {number} ({tier.label}) follows a tier without upper limit. Give the tier before it an upper limit."
			)
		if tier.from_quantity != expected:
			where = ", where the tier before it ends" if number > 1 else ""
			raise TierError(f"Tier {number} ({tier.label}) must start at {expected.normalize():f}{where}.")
		if tier.to_quantity is not None and tier.to_quantity <= tier.from_quantity:
			raise TierError(
				f"Tier {number} ({tier.label}) is empty. Its upper limit must be above its start."
			)
		if tier.unit_price < 0:
			raise TierError(f"Tier {number} ({tier.label}) has a negative price. Enter 0 or more.")
		expected = tier.to_quantity
	return ordered


def price_quantity(
	method: str,
	quantity: Decimal,
	*,
	unit_price: Decimal = ZERO,
	tiers: Sequence[Tier] = (),
	package_size: Decimal = ZERO,
	fixed_fee: Decimal = ZERO,
	minimum: Decimal = ZERO,
	fraction: Decimal = Decimal(1),
	formula: str = "",
	days: int = 0,
	month_days: int = 0,
) -> Price:
	"""Price `quantity` by `method`.

	`fraction` is the share of the month in which the policy is valid: fixed fee and minimum are due pro
	rata. A negative quantity (a correction) costs minus the price of its absolute value and no minimum.
	Cost methods are not priced here: their amount is a share of a cost, not a price times a quantity.
	`days` of the month's `month_days` the policy is valid; a formula counts with them itself.
	"""
	if method == "Fixed Fee":
		return _single_step("fixed fee", fraction, fixed_fee)
	if method == "None":
		return Price(ZERO, ())
	if quantity < 0:
		price = price_quantity(
			method,
			-quantity,
			unit_price=unit_price,
			tiers=tiers,
			package_size=package_size,
			fixed_fee=fixed_fee,
			fraction=fraction,
			formula=formula,
			days=days,
			month_days=month_days,
		)
		return _negated(price)
	if method == "Per Unit":
		price = _single_step("per unit", quantity, unit_price)
	elif method == "Graduated":
		price = _graduated(quantity, tiers)
	elif method == "Volume":
		price = _volume(quantity, tiers)
	elif method == "Package":
		price = _packages(quantity, package_size, unit_price)
	elif method == "Formula":
		values = (quantity, unit_price, fixed_fee, package_size, Decimal(days), Decimal(month_days))
		price = _by_formula(formula, dict(zip(FORMULA_NAMES, values, strict=True)))
	else:
		raise PricingError(
			f"The method {method} has no price per quantity. Choose Per Unit, Graduated, Volume, Package, Formula or Fixed Fee."
		)
	return _with_minimum(price, minimum * fraction)


@lru_cache(maxsize=1000)
def parse_price_formula(text: str) -> Formula:
	"""The formula of a policy. Raises FormulaError when it is none over FORMULA_NAMES."""
	return parse_formula(text, FORMULA_NAMES)


def average_quantity(levels: Iterable[Level], period: Period) -> Decimal:
	"""The time-weighted quantity over the days of the period (FM-9: a quantity is a history of intervals).

	Each level holds until the next one starts; before the first there is nothing.
	"""
	ordered = sorted(levels, key=lambda level: level.start)
	unit_days = ZERO
	for index, level in enumerate(ordered):
		end = ordered[index + 1].start if index + 1 < len(ordered) else period.end
		start, end = max(level.start, period.start), min(end, period.end)
		if start < end:
			unit_days += level.quantity * (end - start).days
	return unit_days / period.days


def capacity_rate(cost: Decimal, capacity: Decimal, used: Decimal, full_recovery: bool) -> Decimal:
	"""Cost per unit: over practical capacity (idle cost stays visible), or over what is used (full recovery)."""
	basis = used if full_recovery else capacity
	if basis <= 0:
		raise PricingError("There is no capacity to divide the cost by. Enter a quantity above 0.")
	return cost / basis


def _single_step(label: str, quantity: Decimal, unit_price: Decimal) -> Price:
	amount = quantity * unit_price
	return Price(amount, (PriceStep(label, quantity, unit_price, amount),))


def _graduated(quantity: Decimal, tiers: Sequence[Tier]) -> Price:
	"""Each part of the quantity at the price of its own tier."""
	_tier_of(quantity, tiers)
	steps = []
	for tier in tiers:
		upper = quantity if tier.to_quantity is None else min(quantity, tier.to_quantity)
		part = upper - tier.from_quantity
		if part > 0:
			steps.append(PriceStep(tier.label, part, tier.unit_price, part * tier.unit_price))
	return Price(sum((step.amount for step in steps), ZERO), tuple(steps))


def _volume(quantity: Decimal, tiers: Sequence[Tier]) -> Price:
	"""The whole quantity at the price of the tier it falls in."""
	tier = _tier_of(quantity, tiers)
	return _single_step(tier.label, quantity, tier.unit_price)


def _tier_of(quantity: Decimal, tiers: Sequence[Tier]) -> Tier:
	for tier in tiers:
		if tier.to_quantity is None or quantity < tier.to_quantity:
			return tier
	raise PricingError(
		f"The quantity {quantity.normalize():f} is beyond the last tier. Add a tier or leave the last one without upper limit."
	)


def _packages(quantity: Decimal, package_size: Decimal, unit_price: Decimal) -> Price:
	if package_size <= 0:
		raise PricingError("The package size must be above 0.")
	packages = (quantity / package_size).to_integral_value(rounding=ROUND_CEILING)
	return _single_step(f"packages of {package_size.normalize():f}", packages, unit_price)


def _by_formula(text: str, values: dict[str, Decimal]) -> Price:
	formula = parse_price_formula(text)
	amount = formula.decimal(values)
	used = ", ".join(f"{name} = {values[name].normalize():f}" for name in formula.names)
	label = f"{formula.text} ({used})" if used else formula.text
	return Price(amount, (PriceStep(label, Decimal(1), amount, amount),))


def _with_minimum(price: Price, minimum: Decimal) -> Price:
	missing = minimum - price.amount
	if missing <= 0:
		return price
	step = PriceStep("up to the minimum", Decimal(1), missing, missing)
	return Price(minimum, (*price.steps, step), minimum_applied=True)


def _negated(price: Price) -> Price:
	steps = tuple(
		PriceStep(step.label, -step.quantity, step.unit_price, -step.amount) for step in price.steps
	)
	return Price(-price.amount, steps)
