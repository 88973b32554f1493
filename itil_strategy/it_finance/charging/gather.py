"""Fetch set-wise what a charging run calculates with. The number of queries does not grow with the rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from itil_strategy.domain.charging import (
	ChargedBefore,
	ChargingRequest,
	OfferingTerms,
	PayerTerms,
	ServiceTerms,
	UsageGroup,
	needs_days,
)
from itil_strategy.domain.periods import Period, months_between
from itil_strategy.domain.policies import PolicyBook
from itil_strategy.it_finance.charging.policies import load_policies
from itil_strategy.utils.ledger import get_exchange_rates
from itil_strategy.utils.money import (
	company_currency,
	currency_precision,
	exact_sum,
	join_quantity,
	to_decimal,
)
from itil_strategy.utils.service_cost import cost_by_month
from itil_strategy.utils.usage import imports_with_open_groups

COST_METHODS = ("Cost", "Cost Plus")
GroupKey = tuple[str, str, date]  # customer, offering, month


@dataclass(slots=True)
class OpenUsage:
	"""Usage that no run has claimed yet: one claim per import and group, and the sums per group."""

	claims: list[tuple[str, str, str, date, Decimal]] = field(default_factory=list)
	groups: dict[GroupKey, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

	@property
	def imports(self) -> set[str]:
		return {claim[0] for claim in self.claims}


def find_open_usage(company: str, until: date) -> OpenUsage:
	"""Usage of completed imports up to the day `until` that no run has claimed."""
	usage = OpenUsage()
	imports = imports_with_open_groups(company)
	if not imports:
		return usage
	claimed = _claimed_keys(imports)
	for usage_import, customer, offering, month, quantity in _sum_usage(imports, until):
		if (usage_import, customer, offering, month) not in claimed:
			usage.claims.append((usage_import, customer, offering, month, quantity))
			usage.groups[(customer, offering, month)] += quantity
	return usage


def build_request(run: Document, usage: OpenUsage) -> ChargingRequest:
	"""Everything `domain.charging.calculate` needs, as plain values."""
	period = Period(getdate(run.period_start), getdate(run.period_end) + timedelta(days=1))
	months = {month for _customer, _offering, month in usage.groups} | set(
		months_between(period.start, period.end)
	)
	policies = load_policies(company=run.company)
	offerings = _load_offerings()
	service_of = {terms.offering: terms.service for terms in offerings}
	uom_of = {terms.offering: terms.uom for terms in offerings}
	prior = _sum_claims(run, months)
	book = PolicyBook(policies)
	changing = {
		key
		for key in usage.groups.keys() | prior.keys()
		if needs_days(book, service_of[key[1]], key[1], key[0], key[2])
	}
	new_days = _sum_by_day(usage.imports, changing, {claim[:4] for claim in usage.claims})
	prior_days = _prior_by_day(run, changing)
	currency = company_currency(run.company)
	currencies = {policy.currency for policy in policies} | {currency}
	cost_services = {policy.service for policy in policies if policy.method in COST_METHODS}
	costs, allocated = cost_by_month(run.company, sorted(cost_services), sorted(months))
	return ChargingRequest(
		period=period,
		run_mode=run.mode,
		company_currency=currency,
		precisions=dict.fromkeys(currencies, currency_precision()),
		rates=get_exchange_rates(currencies, currency, getdate(run.period_end)),
		groups=tuple(
			UsageGroup(
				customer=customer,
				service=service_of[offering],
				offering=offering,
				uom=uom_of[offering],
				month=month,
				quantity=quantity,
				by_day=new_days.get((customer, offering, month)),
				is_late=month < period.start,
			)
			for (customer, offering, month), quantity in sorted(usage.groups.items())
		),
		prior_usage={key: (quantity, prior_days.get(key)) for key, quantity in prior.items()},
		charged_before=tuple(_charged_before(run, months)),
		policies=tuple(policies),
		payers=_load_payers(run.company),
		services=_load_services(run.company),
		offerings=tuple(offerings),
		costs=costs,
		allocated_months=allocated,
	)


# Usage


def _claimed_keys(imports: list[str]) -> set[tuple]:
	claim = frappe.qb.DocType("Usage Claim")
	return set(
		frappe.qb.from_(claim)
		.select(claim.usage_import, claim.customer, claim.service_offering, claim.usage_month)
		.where(claim.usage_import.isin(imports))
		.run()
	)


def _sum_usage(imports: list[str], until: date) -> Iterable[tuple]:
	usage = frappe.qb.DocType("Service Usage")
	keys = (usage.usage_import, usage.usage_month, usage.customer, usage.service_offering)
	rows = (
		frappe.qb.from_(usage)
		.select(*keys, exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(imports)
			& (usage.usage_month <= until)
		)
		.groupby(*keys)
	).run()
	for usage_import, month, customer, offering, quantity, remainder in rows:
		yield usage_import, customer, offering, month, join_quantity(quantity, remainder)


def _sum_claims(run: Document, months: set[date]) -> dict[GroupKey, Decimal]:
	"""Quantities that other runs have claimed in these months."""
	claim = frappe.qb.DocType("Usage Claim")
	keys = (claim.customer, claim.service_offering, claim.usage_month)
	rows = (
		frappe.qb.from_(claim)
		.select(*keys, exact_sum(claim.quantity), exact_sum(claim.quantity_remainder))
		.where(
			(claim.company == run.company)
			& claim.usage_month.isin(sorted(months))
			& (claim.charging_run != run.name)
		)
		.groupby(*keys)
	).run()
	return {tuple(row[:3]): join_quantity(*row[3:]) for row in rows}


def _prior_by_day(run: Document, groups: set[GroupKey]) -> dict:
	if not groups:
		return {}
	claim = frappe.qb.DocType("Usage Claim")
	claims = set(
		frappe.qb.from_(claim)
		.select(claim.usage_import, claim.customer, claim.service_offering, claim.usage_month)
		.where(
			(claim.company == run.company)
			& claim.usage_month.isin(sorted({month for _c, _o, month in groups}))
			& (claim.charging_run != run.name)
		)
		.run()
	)
	return _sum_by_day({claim[0] for claim in claims}, groups, claims)


def _sum_by_day(imports: set[str], groups: set[GroupKey], claims: set[tuple]) -> dict:
	"""Daily sums, for groups whose policy changes within the month only."""
	if not (imports and groups):
		return {}
	usage = frappe.qb.DocType("Service Usage")
	keys = (usage.usage_import, usage.customer, usage.service_offering, usage.usage_month, usage.usage_date)
	rows = (
		frappe.qb.from_(usage)
		.select(*keys, exact_sum(usage.quantity), exact_sum(usage.quantity_remainder))
		.where(
			(usage.mapping_status == "Mapped")
			& usage.usage_import.isin(sorted(imports))
			& usage.usage_month.isin(sorted({month for _c, _o, month in groups}))
			& usage.service_offering.isin(sorted({offering for _c, offering, _m in groups}))
		)
		.groupby(*keys)
	).run()
	days: dict[GroupKey, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	for usage_import, customer, offering, month, day, quantity, remainder in rows:
		key = (customer, offering, month)
		if key in groups and (usage_import, *key) in claims:
			days[key][day] += join_quantity(quantity, remainder)
	return {key: tuple(sorted(by_day.items())) for key, by_day in days.items()}


# What was charged before


def _charged_before(run: Document, months: set[date]) -> Iterable[ChargedBefore]:
	"""Live charges of other runs; a reversed run counts unless its usage was freed.

	As they were calculated: what a correction or a dispute took off must not come back as late usage.
	"""
	charge = frappe.qb.DocType("Service Charge")
	keys = (charge.customer, charge.service_offering, charge.usage_month, charge.charging_policy)
	rows = (
		frappe.qb.from_(charge)
		.select(*keys, exact_sum(charge.quantity), exact_sum(charge.price_amount - charge.price_revision))
		.where(
			(charge.company == run.company)
			& charge.usage_month.isin(sorted(months))
			& (charge.charging_run != run.name)
			& (charge.status != "Cancelled")
			& (charge.kind != "Correction")
		)
		.groupby(*keys)
	).run()
	for customer, offering, month, policy, quantity, amount in rows:
		yield ChargedBefore(customer, offering, month, policy, to_decimal(quantity), to_decimal(amount))


# Masters


def load_masters(company: str) -> dict:
	"""Offerings, services and payers, under the names of a ChargingRequest."""
	return {
		"offerings": tuple(_load_offerings()),
		"services": _load_services(company),
		"payers": _load_payers(company),
	}


def _load_offerings() -> list[OfferingTerms]:
	rows = frappe.get_all(
		"Service Offering", fields=["name", "it_service", "uom"], order_by="name", limit=0, as_list=True
	)
	return [OfferingTerms(*row) for row in rows]


def _load_payers(company: str) -> dict[str, PayerTerms]:
	rows = frappe.get_all(
		"Customer IT Charging",
		{"company": company, "parenttype": "Customer"},
		["parent", "cost_center", "mode", "chargeback_from"],
		order_by="parent",
		limit=0,
		as_list=True,
	)
	return {row[0]: PayerTerms(*row) for row in rows}


def _load_services(company: str) -> dict[str, ServiceTerms]:
	service, delivery = frappe.qb.DocType("IT Service"), frappe.qb.DocType("Service Company")
	rows = (
		frappe.qb.from_(service)
		.left_join(delivery)
		.on((delivery.parent == service.name) & (delivery.company == company) & (delivery.active == 1))
		.select(service.name, service.operational_from, service.last_day, delivery.provider_cost_center)
		.orderby(service.name)
	).run()
	# A service that is not operational yet charges nothing, whatever its policies say.
	return {
		name: ServiceTerms(name, operational_from or date.max, last_day, cost_center, bool(cost_center))
		for name, operational_from, last_day, cost_center in rows
	}
