"""From usage to charges (FM-9, FM-10): one pure calculation for the desk, the reports and the preview."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from itil_strategy.domain.charging_types import (
	ByDay,
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
from itil_strategy.domain.cost_sharing import COST_METHODS, share_costs
from itil_strategy.domain.errors import DomainError, PolicyOverlapError
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import Period, month_period, months_between
from itil_strategy.domain.policies import Policy, PolicyBook
from itil_strategy.domain.pricing import Price, price_quantity

ZERO = Decimal(0)

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
	return _Calculation(request).run()


@dataclass(slots=True)
class _Part:
	"""All usage of a customer and offering in the part of a month that one policy is valid in."""

	customer: str
	offering: OfferingTerms
	month: date
	period: Period
	policy: Policy
	quantity: Decimal
	has_new_usage: bool
	is_due: bool = True
	is_late: bool = False

	@property
	def fraction(self) -> Decimal:
		return Decimal(self.period.days) / month_period(self.month).days


@dataclass(slots=True)
class _Calculation:
	request: ChargingRequest
	book: PolicyBook = field(init=False)
	offerings: Mapping[str, OfferingTerms] = field(init=False)
	before: dict[tuple, tuple[Decimal, Decimal]] = field(init=False)
	obstacles: dict[Obstacle, None] = field(default_factory=dict)

	def __post_init__(self) -> None:
		self.book = PolicyBook(self.request.policies)
		self.offerings = {terms.offering: terms for terms in self.request.offerings}
		self.before = {
			(row.customer, row.offering, row.month, row.policy): (row.quantity, row.price_amount)
			for row in self.request.charged_before
		}

	def run(self) -> ChargingResult:
		groups = {(group.customer, group.offering, group.month): group for group in self.request.groups}
		parts: list[_Part] = []
		for key in sorted(self._keys_to_price(groups)):
			parts.extend(self._parts(key, groups.get(key)))
		charges = [charge for part in parts if (charge := self._priced_charge(part))]
		charges += self._cost_charges(parts)
		charges.sort(key=lambda charge: charge.key)
		return ChargingResult(tuple(charges), tuple(self.obstacles))

	def _keys_to_price(self, groups: Mapping[GroupKey, UsageGroup]) -> set[GroupKey]:
		"""Groups with new usage, months in which a named customer owes a fee, and sharers of a cost."""
		keys = set(groups)
		for policy in self.request.policies:
			if policy.customer and policy.offering and (policy.fixed_fee or policy.minimum):
				keys.update(
					(policy.customer, policy.offering, month)
					for month in months_between(self.request.period.start, self.request.period.end)
					if policy.validity.intersect(month_period(month))
				)
		touched = {(offering, month) for _customer, offering, month in groups}
		shared = {
			service
			for policy in self.request.policies
			if policy.method in COST_METHODS
			for service in (policy.service,)
		}
		for customer, offering, month in self.request.prior_usage:
			terms = self.offerings.get(offering)
			if (offering, month) in touched and terms and terms.service in shared:
				keys.add((customer, offering, month))
		return keys

	def _parts(self, key: GroupKey, group: UsageGroup | None) -> Iterable[_Part]:
		"""Cut the month where the policy changes; each part has its own days' usage."""
		customer, offering, month = key
		terms = self.offerings.get(offering)
		if not terms:
			self._add(
				"Offering", offering, f"Offering {offering} does not exist. Create it or correct the usage."
			)
			return
		prior, prior_days = self.request.prior_usage.get(key, (ZERO, None))
		total = prior + (group.quantity if group else ZERO)
		try:
			segments = self.book.segments(terms.service, offering, customer, month_period(month))
		except PolicyOverlapError as error:
			self._add("Policy", offering, error.message)
			return
		days = None
		if len(segments) > 1:
			days = _by_day(group.by_day if group else None, prior_days, total)
		for period, policy in segments:
			quantity = total if days is None else sum((q for day, q in days if period.contains(day)), ZERO)
			part_is_used = quantity != 0 if days is not None else bool(group or prior)
			if policy is None:
				if part_is_used:
					self._add_missing_policy(customer, offering, period)
				continue
			part = _Part(customer, terms, month, period, policy, quantity, group is not None)
			part.is_late = month < self.request.period.start
			part.is_due = part_is_used or self._is_owed_without_usage(policy)
			yield self._cut_to_service_life(part)

	def _is_owed_without_usage(self, policy: Policy) -> bool:
		return bool(policy.customer and policy.offering and (policy.fixed_fee or policy.minimum))

	def _cut_to_service_life(self, part: _Part) -> _Part:
		"""Fees are due only while the service lives; usage outside its life is an obstacle (SP-6)."""
		terms = self.request.services.get(part.offering.service)
		if not terms:
			return part
		start = max(part.period.start, terms.operational_from or part.period.start)
		end = min(part.period.end, terms.last_day + timedelta(days=1) if terms.last_day else part.period.end)
		if start < end:
			part.period = Period(start, end)
			return part
		part.is_due = False
		if part.quantity:
			self._add(
				"Service",
				part.offering.service,
				f"Usage of {part.offering.offering} by {part.customer} in {part.month:%Y-%m} is outside the life of service"
				f" {part.offering.service}. Correct the usage or the dates of the service.",
			)
		return part

	def _priced_charge(self, part: _Part) -> Charge | None:
		policy = part.policy
		if policy.method in COST_METHODS or not part.is_due:
			return None
		try:
			price = price_quantity(
				policy.method,
				part.quantity,
				unit_price=policy.unit_price,
				tiers=policy.tiers,
				package_size=policy.package_size,
				fixed_fee=policy.fixed_fee,
				minimum=policy.minimum,
				fraction=part.fraction,
			)
		except DomainError as error:
			self._add("Policy", policy.name, f"Policy {policy.name}: {error.message}")
			return None
		return self._charge(part, price)

	def _cost_charges(self, parts: list[_Part]) -> Iterable[Charge]:
		"""Cost and Cost Plus: the service's direct cost of the month, shared by usage."""
		prices, obstacles = share_costs(self.request, parts)
		for obstacle in obstacles:
			self._add(*obstacle)
		for part, price in prices:
			if charge := self._charge(part, price):
				yield charge

	def _charge(self, part: _Part, price: Price) -> Charge | None:
		"""Round once, take off what was charged before, and convert to the company's currency."""
		policy, request = part.policy, self.request
		rate = request.rates.get(policy.currency)
		if rate is None:
			day = request.period.end - timedelta(days=1)
			self._add(
				"Currency",
				policy.currency,
				f"There is no exchange rate from {policy.currency} to {request.company_currency} for {day}."
				" Add a Currency Exchange of that day.",
			)
			return None
		precision = policy.rounding_precision
		if precision is None:
			precision = request.precisions[policy.currency]
		key = (part.customer, part.offering.offering, part.month, policy.name)
		quantity_before, amount_before = self.before.get(key, (ZERO, ZERO))
		quantity = part.quantity - quantity_before
		price_amount = round_to_step(price.amount, precision) - amount_before
		if key in self.before and not quantity and not price_amount:
			return None
		terms = request.payers.get(part.customer)
		service = request.services.get(part.offering.service)
		mode = charge_mode(request.run_mode, policy.method, terms, part.month)
		provider = service.provider_cost_center if service else None
		if mode == "Chargeback" and not provider:
			self._add(
				"Service",
				part.offering.service,
				f"Service {part.offering.service} has no active provider cost center in this company. Add it under Delivered By.",
			)
		return Charge(
			customer=part.customer,
			service=part.offering.service,
			offering=part.offering.offering,
			month=part.month,
			policy=policy.name,
			kind="Fixed" if policy.method == "Fixed Fee" else "Usage",
			mode=mode,
			quantity=quantity,
			uom=part.offering.uom,
			currency=policy.currency,
			price_amount=price_amount,
			exchange_rate=rate,
			amount=round_to_step(price_amount * rate, request.precisions[request.company_currency]),
			cost_center=terms.cost_center if terms else None,
			provider_cost_center=provider,
			steps=price.steps,
			is_late=part.is_late,
		)

	def _add_missing_policy(self, customer: str, offering: str, period: Period) -> None:
		last = period.end - timedelta(days=1)
		self._add(
			"Policy",
			offering,
			f"No charging policy covers {offering} for {customer} from {period.start} to {last}."
			" Create one, with the method None if it is free.",
		)

	def _add(self, kind: str, subject: str, message: str) -> None:
		self.obstacles[Obstacle(kind, subject, message)] = None


def _by_day(new: ByDay | None, prior: ByDay | None, total: Decimal) -> ByDay:
	"""Days of new and prior usage together; they must account for all of it."""
	days: dict[date, Decimal] = defaultdict(Decimal)
	for day, quantity in (*(new or ()), *(prior or ())):
		days[day] += quantity
	if sum(days.values(), ZERO) != total:
		raise ValueError("The policy changes within the month, so usage is needed by day.")
	return tuple(sorted(days.items()))
