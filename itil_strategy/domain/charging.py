"""From usage to charges (FM-9, FM-10): one pure calculation for the desk, the reports and the preview."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext

from itil_strategy.domain.charging_fees import has_fee, is_owed_without_usage
from itil_strategy.domain.charging_parts import (
	MonthCutter,
	Part,
	merge_groups,
	prior_keys_sharing_costs,
)
from itil_strategy.domain.charging_types import (
	Charge,
	ChargedBefore,
	ChargingRequest,
	ChargingResult,
	GroupKey,
	Obstacle,
	OfferingTerms,
	PayerTerms,
	ServiceTerms,
	UsageGroup,
)
from itil_strategy.domain.cost_sharing import share_costs
from itil_strategy.domain.errors import DomainError, PolicyOverlapError
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import month_period, months_between
from itil_strategy.domain.policies import Policy, PolicyBook
from itil_strategy.domain.pricing import Price, PriceStep, Tier, price_quantity, validate_tiers

ZERO = Decimal(0)
TIERED_METHODS = ("Graduated", "Volume")
# Quantities have up to 30 digits and prices 18: products must stay exact until they are rounded.
DIGITS = 100
# Shares of a month are no finite decimals; what they leave below this place is no part of a price.
EXACT_DECIMALS = 30

__all__ = [
	"Charge",
	"ChargedBefore",
	"ChargingRequest",
	"ChargingResult",
	"Obstacle",
	"OfferingTerms",
	"PayerTerms",
	"ServiceTerms",
	"UsageGroup",
	"calculate",
	"charge_mode",
	"needs_days",
]


def charge_mode(run_mode: str, method: str, terms: PayerTerms | None, month: date) -> str:
	"""Showback if the run, the policy or the customer says so, else Chargeback (section "Mode").

	A customer pays from the first of a month on, so the mode of a month is one.
	"""
	if run_mode == "Showback" or method == "None":
		return "Showback"
	if terms and (terms.mode == "Showback" or (terms.chargeback_from and terms.chargeback_from > month)):
		return "Showback"
	return "Chargeback"


def needs_days(book: PolicyBook, service: str, offering: str, customer: str, month: date) -> bool:
	"""True when the policy changes within the month, so that usage must be known by day."""
	try:
		return len(book.segments(service, offering, customer, month_period(month))) > 1
	except PolicyOverlapError:
		return False


def calculate(request: ChargingRequest) -> ChargingResult:
	"""Price all usage of the request; every obstacle is collected, none is raised.

	The price of a month is the price of all of its usage less what was charged for it before, so late
	usage is charged as if it had come in time (section "Tiers").
	"""
	with localcontext() as context:
		context.prec = DIGITS
		return _Calculation(request).run()


class _Calculation:
	"""One run of `calculate`: cut the months, price the parts, emit what was not charged before."""

	def __init__(self, request: ChargingRequest):
		self.request = request
		self.cutter = MonthCutter(request)
		self.obstacles = self.cutter.obstacles
		self.tiers: dict[str, tuple[Tier, ...]] = {}
		self.before: dict[GroupKey, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
		for row in request.charged_before:
			self.before[(row.customer, row.offering, row.month)][row.policy] += row.price_amount

	def run(self) -> ChargingResult:
		groups = merge_groups(self.request.groups)
		parts: list[Part] = []
		charges: list[Charge] = []
		for key in sorted(self._keys_to_price(groups)):
			cut = self.cutter.cut(key, groups.get(key))
			if key in groups:
				self._check_charged_before(key, cut)
			for part in cut:
				if not part.is_at_cost and self._is_due(part, key in groups):
					charges.extend(self._priced_charge(part))
			parts.extend(cut)
		charges.extend(self._cost_charges(parts))
		charges.sort(key=lambda charge: charge.key)
		return ChargingResult(tuple(charges), tuple(self.obstacles))

	def _keys_to_price(self, groups: Mapping[GroupKey, UsageGroup]) -> set[GroupKey]:
		"""Groups with new usage, months in which a named customer owes a fee, and sharers of a cost."""
		keys = set(groups)
		period = self.request.period
		for policy in filter(is_owed_without_usage, self.request.policies):
			terms = self.request.services.get(policy.service)
			if terms and not terms.is_delivered:
				continue
			keys.update(
				(policy.customer, policy.offering, month)
				for month in months_between(period.start, period.end)
				if policy.validity.intersect(month_period(month))
			)
		keys.update(prior_keys_sharing_costs(self.request, groups))
		return keys

	def _is_due(self, part: Part, has_new_usage: bool) -> bool:
		"""A general fee is due from whoever used something in the month."""
		if is_owed_without_usage(part.policy):
			return True
		return has_new_usage and (part.quantity != 0 or part.has_new_usage or has_fee(part.policy))

	def _check_charged_before(self, key: GroupKey, parts: list[Part]) -> None:
		"""A month is priced as a whole, so what another policy charged for it would be charged again."""
		valid = {part.policy.name for part in parts}
		for policy, amount in sorted(self.before.get(key, {}).items()):
			if amount and parts and policy not in valid:
				self._add(
					"Policy",
					policy,
					f"{key[1]} of {key[0]} in {key[2]:%Y-%m} was charged by policy {policy}, which does not cover it any"
					" more. Restore the policy for that month, or reverse the run and charge the month again.",
				)

	def _priced_charge(self, part: Part) -> Iterator[Charge]:
		policy = part.policy
		try:
			price = price_quantity(
				policy.method,
				part.quantity,
				unit_price=policy.unit_price,
				tiers=self._valid_tiers(policy),
				package_size=policy.package_size,
				fixed_fee=policy.fixed_fee,
				minimum=policy.minimum,
				fraction=part.fraction,
				formula=policy.formula,
				days=part.days,
				month_days=month_period(part.month).days,
			)
		except DomainError as error:
			self._add("Policy", policy.name, f"Policy {policy.name}: {error.message}")
		else:
			yield from self._charge(part, price)

	def _valid_tiers(self, policy: Policy) -> tuple[Tier, ...]:
		if policy.method not in TIERED_METHODS:
			return ()
		if policy.name not in self.tiers:
			self.tiers[policy.name] = validate_tiers(policy.tiers)
		return self.tiers[policy.name]

	def _cost_charges(self, parts: list[Part]) -> Iterator[Charge]:
		"""Cost and Cost Plus: the service's direct cost of the month, shared by usage."""
		prices, obstacles = share_costs(self.request, parts)
		self.obstacles.update(dict.fromkeys(obstacles))
		for part, price in prices:
			yield from self._charge(part, price)

	def _charge(self, part: Part, price: Price) -> Iterator[Charge]:
		"""Round once, take off what was charged before, and convert to the company's currency."""
		policy, request = part.policy, self.request
		rate = request.rates.get(policy.currency)
		if rate is None:
			self._add_missing_rate(policy.currency)
			return
		precision = policy.rounding_precision
		if precision is None:
			precision = request.precisions[policy.currency]
		before = self.before.get(part.key, {}).get(policy.name)
		rounded = round_to_step(round_to_step(price.amount, EXACT_DECIMALS), precision)
		price_amount = rounded - (before or ZERO)
		if not price_amount and (not part.has_new_usage or (before is not None and not part.new_quantity)):
			return
		terms = request.payers.get(part.customer)
		mode = charge_mode(request.run_mode, policy.method, terms, part.month)
		yield Charge(
			customer=part.customer,
			service=part.offering.service,
			offering=part.offering.offering,
			month=part.month,
			policy=policy.name,
			kind="Fixed" if policy.method == "Fixed Fee" else "Usage",
			mode=mode,
			quantity=part.new_quantity,
			uom=part.offering.uom,
			currency=policy.currency,
			price_amount=price_amount,
			exchange_rate=rate,
			amount=round_to_step(price_amount * rate, request.precisions[request.company_currency]),
			cost_center=terms.cost_center if terms else None,
			provider_cost_center=self._provider(part.offering.service, mode),
			steps=(*price.steps, *_step_of_earlier_charges(before)),
			is_late=part.is_late,
		)

	def _provider(self, service: str, mode: str) -> str | None:
		terms = self.request.services.get(service)
		provider = terms.provider_cost_center if terms else None
		if mode == "Chargeback" and not provider:
			self._add(
				"Service",
				service,
				f"Service {service} has no active provider cost center in this company. Add it under Delivered By.",
			)
		return provider

	def _add_missing_rate(self, currency: str) -> None:
		day = self.request.period.end - timedelta(days=1)
		self._add(
			"Currency",
			currency,
			f"There is no exchange rate from {currency} to {self.request.company_currency} for {day}."
			" Add a Currency Exchange of that day.",
		)

	def _add(self, kind: str, subject: str, message: str) -> None:
		self.obstacles[Obstacle(kind, subject, message)] = None


def _step_of_earlier_charges(before: Decimal | None) -> tuple[PriceStep, ...]:
	return (PriceStep("charged before", Decimal(1), -before, -before),) if before else ()
