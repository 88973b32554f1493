"""Which policies ask for money whatever the quantity, and of whom (FM-9)."""

from decimal import Decimal

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.policies import Policy
from itil_strategy.domain.pricing import price_quantity

ZERO = Decimal(0)
METHODS_WITH_MINIMUM = ("Per Unit", "Graduated", "Volume", "Package", "Formula")
LONGEST_MONTH = 31


def has_fee(policy: Policy) -> bool:
	"""True when the policy asks for money whatever the quantity."""
	if policy.method == "Fixed Fee":
		return bool(policy.fixed_fee)
	if policy.method == "Formula" and _asks_without_usage(policy):
		return True
	return policy.method in METHODS_WITH_MINIMUM and policy.minimum > 0


def _asks_without_usage(policy: Policy) -> bool:
	"""True when the formula of a whole month comes to something for no quantity."""
	try:
		price = price_quantity(
			"Formula",
			ZERO,
			unit_price=policy.unit_price,
			package_size=policy.package_size,
			fixed_fee=policy.fixed_fee,
			formula=policy.formula,
			days=LONGEST_MONTH,
			month_days=LONGEST_MONTH,
		)
	except DomainError:
		# It has no value without usage, and is told of where there is some.
		return False
	return bool(price.amount)


def is_owed_without_usage(policy: Policy) -> bool:
	"""A fee agreed with one customer for one offering is due every month, used or not."""
	return bool(policy.customer and policy.offering) and has_fee(policy)
