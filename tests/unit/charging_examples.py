"""Short builders for charging tests: one company in EUR, services named after their offering in lower case."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from itil_strategy.domain.charging import (
	Charge,
	ChargedBefore,
	ChargingRequest,
	OfferingTerms,
	ServiceTerms,
	UsageGroup,
	calculate,
)
from itil_strategy.domain.periods import Period, month_period
from itil_strategy.domain.policies import Policy
from itil_strategy.domain.pricing import Tier

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
D = Decimal


def tiers(*rows: tuple) -> tuple[Tier, ...]:
	"""Tiers from (from, to, price); None is no limit."""
	return tuple(Tier(D(low), None if high is None else D(high), D(price)) for low, high, price in rows)


def policy(name: str = "P", method: str = "Per Unit", **values) -> Policy:
	"""A policy for offering MAIL (or `offering`) from 2025 on, in EUR."""
	offering = values.pop("offering", "MAIL")
	values.setdefault("service", (offering or "MAIL").lower())
	values.setdefault("currency", "EUR")
	values.setdefault("valid_from", date(2025, 1, 1))
	values.setdefault("valid_to", None)
	amounts = ("unit_price", "fixed_fee", "minimum", "package_size", "markup_percent")
	values.update({key: D(str(value)) for key, value in values.items() if key in amounts})
	return Policy(name=name, method=method, offering=offering, **values)


def usage(quantity, customer: str = "Retail", month: date = JANUARY, days=None, **values) -> UsageGroup:
	"""New usage of MAIL (or `offering`) in January."""
	offering = values.pop("offering", "MAIL")
	by_day = None if days is None else tuple((date(month.year, month.month, day), D(q)) for day, q in days)
	return UsageGroup(
		customer, offering.lower(), offering, "Nos", month, D(str(quantity)), by_day=by_day, **values
	)


def request(policies: Iterable[Policy], groups: Iterable[UsageGroup] = (), **values) -> ChargingRequest:
	"""A chargeback run for January."""
	policies, groups = tuple(policies), tuple(groups)
	names = {group.offering for group in groups} | {p.offering for p in policies if p.offering} | {"MAIL"}
	values.setdefault("period", month_period(JANUARY))
	values.setdefault("run_mode", "Chargeback")
	values.setdefault("precisions", {"EUR": 2, "USD": 2})
	values.setdefault("rates", {"EUR": D(1)})
	values.setdefault("offerings", tuple(OfferingTerms(name, name.lower(), "Nos") for name in sorted(names)))
	values.setdefault("services", {name.lower(): service(name.lower()) for name in names})
	return ChargingRequest(company_currency="EUR", groups=groups, policies=policies, **values)


def service(name: str = "mail", operational_from: date | None = None, last_day: date | None = None):
	return ServiceTerms(name, operational_from, last_day, provider_cost_center="IT")


def charged(policies, groups=(), **values) -> tuple[Charge, ...]:
	"""The charges; there must be no obstacle."""
	result = calculate(request(policies, groups, **values))
	assert result.obstacles == ()
	return result.charges


def amounts(policies, groups=(), **values) -> list[tuple[str, str]]:
	"""(customer, amount) of the charges."""
	return [(charge.customer, str(charge.amount)) for charge in charged(policies, groups, **values)]


def obstacles(policies, groups=(), **values) -> list[str]:
	"""The sentences."""
	return [obstacle.message for obstacle in calculate(request(policies, groups, **values)).obstacles]


def before(charges: Iterable[Charge]) -> tuple[ChargedBefore, ...]:
	"""Charges of an earlier run as the next one is told of them."""
	return tuple(
		ChargedBefore(c.customer, c.offering, c.month, c.policy, c.quantity, c.price_amount) for c in charges
	)


def prior(groups: Iterable[UsageGroup]) -> dict:
	"""Usage of an earlier run as the next one is told of it."""
	return {(g.customer, g.offering, g.month): (g.quantity, g.by_day) for g in groups}


def quarter() -> Period:
	return Period(JANUARY, date(2026, 4, 1))
