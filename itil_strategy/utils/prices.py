"""What a customer pays for an offering today, in words (FM-9)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import fmt_money

from itil_strategy.domain.errors import PolicyOverlapError
from itil_strategy.domain.policies import Policy, PolicyBook
from itil_strategy.it_finance.charging.policies import load_policies
from itil_strategy.utils.money import to_decimal

AT_COST = ("Cost", "Cost Plus")
FEWEST_DECIMALS = 2
MOST_DECIMALS = 3


class PriceList:
	"""Prices of one customer on one day; an agreed price of a commitment beats every policy."""

	def __init__(self, customer: str, day: date):
		self.customer, self.day = customer, day
		self.policies = load_policies()
		self.books: dict[str, PolicyBook] = {}
		self.agreed = _agreed_prices(customer, day)

	def of(self, service: str, offering: str, uom: str, companies: Iterable[str]) -> list[dict]:
		"""The price, one per company where those that deliver the service differ: method and lines of text."""
		if agreed := self.agreed.get(offering):
			return [{"company": None, "method": _("Agreed"), "lines": [_per_unit(*agreed, uom)]}]
		found: dict[tuple, list[str]] = {}
		for company in sorted(companies) or [""]:
			method, lines = describe_price(self._policy(company, service, offering), uom)
			found.setdefault((method, tuple(lines)), []).append(company)
		return [
			{
				"company": ", ".join(names) if len(found) > 1 else None,
				"method": method,
				"lines": list(lines),
			}
			for (method, lines), names in found.items()
		]

	def _policy(self, company: str, service: str, offering: str) -> Policy | None:
		if company not in self.books:
			self.books[company] = PolicyBook(
				policy for policy in self.policies if policy.company in (None, company)
			)
		try:
			return self.books[company].applicable(service, offering, self.customer, self.day)
		except PolicyOverlapError:
			return None


def describe_price(policy: Policy | None, uom: str) -> tuple[str | None, list[str]]:
	"""Method and price in words; without a policy, or at cost, it is told on request."""
	if policy is None:
		return None, [_("On request")]
	if policy.method == "None":
		return _("Shown, not charged"), [_("No charge")]
	if policy.method in AT_COST:
		return _(policy.method), [_("On request")]
	return _(policy.method), [*_lines(policy, uom), *_minimum(policy)]


def _lines(policy: Policy, uom: str) -> list[str]:
	currency = policy.currency
	if policy.method == "Fixed Fee":
		return [_("{0} per month").format(money(policy.fixed_fee, currency))]
	if policy.method == "Package":
		return [
			_("{0} per package of {1} {2}").format(
				money(policy.unit_price, currency), quantity(policy.package_size), _(uom)
			)
		]
	if policy.method == "Per Unit":
		return [_per_unit(policy.unit_price, currency, uom)]
	if policy.method == "Formula":
		return [_("by usage and days; the charge shows how it came about")]
	return [_tier(tier, currency, uom) for tier in policy.tiers] or [_("On request")]


def _tier(tier, currency: str, uom: str) -> str:
	price = _per_unit(tier.unit_price, currency, uom)
	if tier.to_quantity is None:
		return _("from {0}: {1}").format(quantity(tier.from_quantity), price)
	return _("from {0} to below {1}: {2}").format(
		quantity(tier.from_quantity), quantity(tier.to_quantity), price
	)


def _minimum(policy: Policy) -> list[str]:
	if not policy.minimum or policy.method == "Fixed Fee":
		return []
	return [_("at least {0} per month").format(money(policy.minimum, policy.currency))]


def _per_unit(price: Decimal, currency: str, uom: str) -> str:
	return _("{0} per {1}").format(money(price, currency), _(uom))


def quantity(units: Decimal) -> str:
	"""In the site's number format, at most three decimals."""
	rounded = round(units, MOST_DECIMALS).normalize()
	return fmt_money(rounded, precision=max(0, -rounded.as_tuple().exponent))


def money(amount: Decimal, currency: str) -> str:
	"""With all decimals that a price has: 0.0045 is no 0.00."""
	exponent = amount.normalize().as_tuple().exponent
	return fmt_money(amount, precision=max(FEWEST_DECIMALS, -exponent), currency=currency)


def _agreed_prices(customer: str, day: date) -> dict[str, tuple[Decimal, str]]:
	rows = frappe.get_all(
		"Service Commitment",
		{"customer": customer, "status": "Active", "price_basis": "Agreed", "valid_from": ("<=", day)},
		["service_offering", "unit_price", "currency", "valid_to"],
		order_by="valid_from asc, name asc",
		limit=0,
	)
	return {
		row.service_offering: (to_decimal(row.unit_price), row.currency)
		for row in rows
		if not row.valid_to or row.valid_to >= day
	}
