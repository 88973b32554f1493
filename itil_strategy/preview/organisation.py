"""The organisation that the preview charges for: the sample in plain files, or the user's own tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from itil_strategy.domain.charging import OfferingTerms, PayerTerms, ServiceTerms
from itil_strategy.domain.policies import Policy
from itil_strategy.preview.allocation import SampleCosts
from itil_strategy.preview.portfolio import Portfolio
from itil_strategy.preview.tables import Problems, Row, read_table

MODES = ("Chargeback", "Showback")
KINDS = ("Business Unit", "External")


@dataclass(slots=True)
class Organisation:
	"""Plain values of all records that charging needs."""

	company: str
	currency: str
	precision: int = 2
	services: dict[str, ServiceTerms] = field(default_factory=dict)
	offerings: dict[str, OfferingTerms] = field(default_factory=dict)
	payers: dict[str, PayerTerms] = field(default_factory=dict)
	customers: set[str] = field(default_factory=set)
	policies: list[Policy] = field(default_factory=list)
	rates: dict[date, dict[str, Decimal]] = field(default_factory=dict)
	costs: dict[tuple[str, date], Decimal] = field(default_factory=dict)
	portfolio: Portfolio | None = None
	sample_costs: SampleCosts | None = None


def read_services(path: Path, problems: Problems) -> dict[str, ServiceTerms]:
	"""services.csv."""
	optional = (
		"name",
		"type",
		"category",
		"investment_class",
		"provider_cost_center",
		"operational_from",
		"last_day",
		"successor",
		"description",
	)
	services = {}
	for row in read_table(path, ("service",), optional, problems):
		terms = ServiceTerms(
			row.needed("service"),
			row.day("operational_from"),
			row.day("last_day"),
			row.text("provider_cost_center") or None,
		)
		if terms.operational_from and terms.last_day and terms.operational_from > terms.last_day:
			row.refuse("last_day", "is before operational_from. Correct one of them.")
		_add_once(services, terms.service, terms, row, "service")
	return services


def read_offerings(path: Path, problems: Problems) -> dict[str, OfferingTerms]:
	"""offerings.csv."""
	optional = ("name", "unit_in_erpnext", "practical_capacity")
	offerings = {}
	for row in read_table(path, ("offering", "service", "unit"), optional, problems):
		terms = OfferingTerms(row.needed("offering"), row.needed("service"), row.needed("unit"))
		_add_once(offerings, terms.offering, terms, row, "offering")
	return offerings


def read_customers(path: Path, problems: Problems) -> tuple[set[str], dict[str, PayerTerms]]:
	"""customers.csv: all names, and the terms of business units; a row without mode is external."""
	names: dict[str, None] = {}
	payers = {}
	for row in read_table(path, ("customer",), ("kind", "cost_center", "mode", "chargeback_from"), problems):
		customer = row.needed("customer")
		_add_once(names, customer, None, row, "customer")
		kind = row.choice("kind", KINDS, "Business Unit" if row.text("mode") else "External")
		if kind == "External":
			continue
		chargeback_from = row.day("chargeback_from")
		if chargeback_from and chargeback_from.day != 1:
			row.refuse("chargeback_from", f"{chargeback_from} is not the first day of a month. Choose one.")
		payers[customer] = PayerTerms(
			customer, row.text("cost_center", customer), row.choice("mode", MODES), chargeback_from
		)
	return set(names), payers


def read_rates(path: Path, currency: str, problems: Problems) -> dict[date, dict[str, Decimal]]:
	"""rates.csv: company currency per unit of each currency, by day; both directions are understood."""
	rates: dict[date, dict[str, Decimal]] = {}
	for row in read_table(path, ("date", "from_currency", "to_currency", "rate"), (), problems):
		day, rate = row.day("date") if row.needed("date") else None, row.number_in("rate")
		if day is None:
			continue
		if rate <= 0:
			row.refuse("rate", "must be above 0. Enter units of to_currency per unit of from_currency.")
			continue
		source, target = row.needed("from_currency"), row.needed("to_currency")
		by_currency = rates.setdefault(day, {})
		if target == currency:
			by_currency[source] = rate
		elif source == currency:
			by_currency.setdefault(target, 1 / rate)
	return rates


def read_costs(path: Path, problems: Problems) -> dict[tuple[str, date], Decimal]:
	"""direct_costs.csv summed per service and month; credits are negative."""
	costs: dict[tuple[str, date], Decimal] = {}
	for row in read_table(path, ("month", "service", "amount"), ("account", "cost_center"), problems):
		service, month, amount = (
			row.needed("service"),
			row.month("month"),
			row.number_in("amount", signed=True),
		)
		if month:
			costs[(service, month)] = costs.get((service, month), Decimal(0)) + amount
	return costs


def offerings_of_policies(policies: Iterable[Policy]) -> dict[str, str]:
	"""The service of every offering that a policy names."""
	return {policy.offering: policy.service for policy in policies if policy.offering}


def _add_once(known: dict, key: str, value: object, row: Row, column: str) -> None:
	if key in known:
		row.refuse(column, f"{key} has a row already. Keep one of them.")
	known[key] = value
