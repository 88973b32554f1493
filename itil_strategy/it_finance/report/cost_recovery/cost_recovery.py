"""Cost Recovery: what each service cost, is worth by its prices, and was charged, and the next rate (FM-12)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.utils import add_months, flt, formatdate, get_last_day, getdate

from itil_strategy.domain.periods import months_between
from itil_strategy.domain.recovery import Recovery, ServiceMoney, recover
from itil_strategy.domain.value_balance import Balance, Worth, balance
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.budgeting.plans import planned_cost
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.money import company_currency, exact_sum, to_decimal
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import card, column
from itil_strategy.utils.report_scope import (
	allowed_values,
	fold_hidden_rows,
	readable_columns,
	require_ledger,
	total_row,
)
from itil_strategy.utils.service_cost import allocated_by_month, cost_by_month, describe_cost
from itil_strategy.utils.strategic_value import value_by_service
from itil_strategy.utils.usage import measure_usage

MEASURES = ("cost", "price", "corrections", "charged", "shown", "recovery", "planned_cost")
LINKS = {"it_service": "IT Service"}
ZERO = Decimal(0)
CHART_SERVICES = 15
RATE_DECIMALS = 6


def execute(filters: dict | None = None):
	return CostRecovery(plain_filters(filters)).run()


class CostRecovery:
	"""Cost, charges and usage in one query each, judged by `domain.recovery` per service."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.own_services = restricted_to_services(frappe.session.user, UNRESTRICTED)
		start = getdate(filters.from_date).replace(day=1)
		self.months = months_between(start, getdate(filters.to_date) + timedelta(days=1))
		# The rate is for as many months as shown, the next ones.
		self.planned_months = [getdate(add_months(month, len(self.months))) for month in self.months]

	def validate_filters(self) -> None:
		for fieldname, label in (("company", _("company")), ("from_date", _("From")), ("to_date", _("To"))):
			if not self.filters.get(fieldname):
				frappe.throw(_("Choose a value for {0}.").format(label), ServiceStrategyError)
		if getdate(self.filters.to_date) < getdate(self.filters.from_date):
			frappe.throw(
				_("To is before From. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)
		if flt(self.filters.cost_change) <= -100:
			frappe.throw(
				_("Change of Cost must be above -100 %: planned cost would be nothing."), ServiceStrategyError
			)

	def run(self):
		found = self.find()
		values = value_by_service()
		balances = balance(
			[Worth(item.service, item.cost, item.price, values.get(item.service, ZERO)) for item in found]
		)
		rows = [
			{**self.format(item), **_format_value(values.get(item.service, ZERO), balances[item.service])}
			for item in found
		]
		data = fold_hidden_rows(rows, LINKS, MEASURES, "description", "IT Service")
		if rows:
			data.append({**total_row(rows, MEASURES, "description"), "currency": self.currency})
			data[-1]["percent"] = _percent(data[-1]["charged"], data[-1]["cost"])
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def find(self) -> list[Recovery]:
		"""Services that cost or brought in something, by name."""
		names = self.fetch_services()
		cost = self.fetch_cost(sorted(names))
		charges = self.fetch_charges()
		units = self.fetch_units()
		budgets, allocated = self.fetch_plan(sorted(names))
		change = to_decimal(flt(self.filters.cost_change, 6))
		return [
			recover(
				ServiceMoney(
					service=service,
					cost=cost.get(service, {}),
					units=units.get(service),
					budget=budgets.get(service),
					allocated=allocated.get(service, ZERO),
					**charges.get(service, dict.fromkeys(("price", "corrections", "charged", "shown"), ZERO)),
				),
				self.months,
				change,
				carry=not self.filters.without_carry,
			)
			for service in sorted(names)
			if service in cost or service in charges
		]

	def fetch_services(self) -> dict[str, str]:
		filters = {"name": self.filters.it_service} if self.filters.it_service else {}
		self.names = dict(
			frappe.get_all("IT Service", filters, ["name", "service_name"], limit=0, as_list=True)
		)
		if self.own_services is not None:
			self.names = {name: label for name, label in self.names.items() if name in self.own_services}
		return self.names

	def fetch_cost(self, services: Sequence[str]) -> dict[str, dict[date, Decimal]]:
		"""Cost per service and month, as charging at cost counts it."""
		cost: dict[str, dict[date, Decimal]] = defaultdict(dict)
		found, self.covered = cost_by_month(self.filters.company, services, self.months)
		for (service, month), amount in found.items():
			if amount:
				cost[service][month] = amount
		return cost

	def fetch_plan(self, services: Sequence[str]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
		"""Budget of the months to come per service, and what allocation added in the window, which no budget holds."""
		if self.filters.without_budget:
			return {}, {}
		budgets = planned_cost(self.filters.company, services, self.planned_months)
		allocated: dict[str, Decimal] = defaultdict(Decimal)
		if budgets and self.covered:
			found, _covered = allocated_by_month(self.filters.company, sorted(budgets), self.months)
			for (service, _month), amount in found.items():
				allocated[service] += amount
		return budgets, allocated

	def fetch_charges(self) -> dict[str, dict[str, Decimal]]:
		"""Published charges of the months, per service: as priced, what changed of it, and how it came out."""
		charge = frappe.qb.DocType("Service Charge")
		is_correction = charge.kind == "Correction"
		priced = Case().when(is_correction, 0).else_(charge.amount - charge.amount_revision)
		changed = Case().when(is_correction, charge.amount).else_(charge.amount_revision)
		rows = (
			frappe.qb.from_(charge)
			.select(
				charge.it_service,
				charge.mode,
				exact_sum(priced),
				exact_sum(changed),
				exact_sum(charge.amount),
			)
			.where(
				(charge.company == self.filters.company)
				& (charge.usage_month >= self.months[0])
				& (charge.usage_month <= self.months[-1])
				& charge.status.isin(list(PUBLISHED))
			)
			.groupby(charge.it_service, charge.mode)
		).run()
		found: dict[str, dict[str, Decimal]] = {}
		for service, mode, price, corrections, amount in rows:
			sums = found.setdefault(
				service, dict.fromkeys(("price", "corrections", "charged", "shown"), ZERO)
			)
			sums["price"] += to_decimal(price)
			sums["corrections"] += to_decimal(corrections)
			sums["charged" if mode == "Chargeback" else "shown"] += to_decimal(amount)
		return found

	def fetch_units(self) -> dict[str, dict[date, Decimal] | None]:
		"""Usage per service and month; None where its offerings are counted in several units."""
		offerings = frappe.get_all("Service Offering", fields=["name", "it_service", "uom"], limit=0)
		quantities = measure_usage(self.filters.company, self.months).quantities
		units: dict[str, dict[date, Decimal] | None] = {}
		kinds: dict[str, set[str]] = defaultdict(set)
		for row in offerings:
			if row.name in quantities:
				kinds[row.it_service].add(row.uom)
		self.units = {service: next(iter(uoms)) for service, uoms in kinds.items() if len(uoms) == 1}
		for row in offerings:
			if row.name not in quantities:
				continue
			if row.it_service not in self.units:
				units[row.it_service] = None
				continue
			months = units.setdefault(row.it_service, defaultdict(Decimal))
			for month, quantity in quantities[row.name].items():
				months[month] += quantity
		return units

	def format(self, found: Recovery) -> dict:
		return {
			"description": self.names[found.service],
			"it_service": found.service,
			"cost": float(found.cost),
			"price": float(found.price),
			"corrections": float(found.corrections),
			"charged": float(found.charged),
			"shown": float(found.shown),
			"recovery": float(found.recovery),
			"percent": _optional(found.percent, 2),
			"units": _optional(found.units, 3),
			"uom": self.units.get(found.service, ""),
			"unit_cost": _optional(found.unit_cost, RATE_DECIMALS),
			"unit_price": _optional(found.unit_price, RATE_DECIMALS),
			"planned_cost": float(found.planned_cost),
			"planned_from": _("Service Budget") if found.is_budgeted else _("Cost of the Months Shown"),
			"forecast_units": _optional(found.forecast_units, 3),
			"next_rate": _optional(found.next_rate, RATE_DECIMALS),
			"currency": self.currency,
		}

	def columns(self) -> list[dict]:
		return [
			column("description", _("Service"), "Data", 200),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("cost", _("Cost"), "Currency", 130, "currency"),
			column("price", _("Price of Usage"), "Currency", 130, "currency"),
			column("corrections", _("Corrections"), "Currency", 120, "currency"),
			column("charged", _("Charged"), "Currency", 130, "currency"),
			column("shown", _("Shown Only"), "Currency", 120, "currency"),
			column("recovery", _("Charged Less Cost"), "Currency", 140, "currency"),
			column("percent", _("Recovered"), "Percent", 100),
			column("units", _("Units"), "Float", 100, precision=3),
			column("uom", _("Unit"), "Link", 80, "UOM"),
			column("unit_cost", _("Cost per Unit"), "Currency", 120, "currency", precision=4),
			column("unit_price", _("Price per Unit"), "Currency", 120, "currency", precision=4),
			column("planned_cost", _("Planned Cost"), "Currency", 130, "currency"),
			column("planned_from", _("Planned From"), "Data", 170),
			column("forecast_units", _("Forecast Units"), "Float", 120, precision=3),
			column("next_rate", _("Next Rate Proposed"), "Currency", 150, "currency", precision=4),
			column("value_score", _("Value Score"), "Float", 100, precision=1),
			column("balance", _("Value Balance"), "Data", 140),
		]

	def message(self) -> str:
		parts = [
			describe_cost(self.months, self.covered),
			_(
				"Next rate = (planned cost + what was not recovered, or − what was recovered too much) ÷ forecast units, for {0} to {1}; it is proposed, not set."
			).format(formatdate(self.planned_months[0]), formatdate(get_last_day(self.planned_months[-1]))),
			_(
				"Planned cost is the Service Budget of those months where it covers them all, and what allocation added in the months shown; else the cost of the months shown, changed as the filter says."
			),
		]
		if self.filters.value_balance:
			parts.append(
				_(
					"Value score = Σ contribution × weight of the objective ÷ 100. Shares are of the services shown; value is below price where its share is more than 5 points less."
				)
			)
		if self.own_services is not None:
			parts.append(_("You see the services that you own."))
		return " ".join(parts)

	def chart(self, rows: list[dict]) -> dict | None:
		"""Cost beside price and charge of the services that cost most."""
		if not rows:
			return None
		top = sorted(rows, key=lambda row: (-row["cost"], row["description"]))[:CHART_SERVICES]
		money = (("cost", _("Cost")), ("price", _("Price of Usage")), ("charged", _("Charged")))
		shares = (
			("cost_share", _("Share of cost, %")),
			("price_share", _("Share of price, %")),
			("value_share", _("Share of value, %")),
		)
		chart = {
			"data": {
				"labels": self.chart_labels(top),
				"datasets": [
					{"name": label, "values": [row[field] for row in top]}
					for field, label in (shares if self.filters.value_balance else money)
				],
			},
			"type": "bar",
			"colors": ["#743EE2", "#B4CDE4", "#48BB74" if self.filters.value_balance else "#2490EF"],
		}
		return (
			chart
			if self.filters.value_balance
			else {**chart, "fieldtype": "Currency", "currency": self.currency}
		)

	def chart_labels(self, rows: list[dict]) -> list[str]:
		"""Names that the viewer may see; the bars stay, so that the picture is the same for all."""
		allowed = allowed_values(set(LINKS.values()), "IT Service").get("IT Service")
		return [
			row["description"] if allowed is None or row["it_service"] in allowed else _("Not shown")
			for row in rows
		]

	def summary(self, rows: list[dict]) -> list[dict]:
		sums = {field: sum(row[field] for row in rows) for field in ("cost", "charged", "recovery")}
		return [
			card(_("Cost"), sums["cost"], "Purple", self.currency),
			card(_("Charged"), sums["charged"], "Blue", self.currency),
			card(
				_("Charged Less Cost"),
				sums["recovery"],
				"Red" if sums["recovery"] < 0 else "Green",
				self.currency,
			),
		]


def _format_value(value: Decimal, found: Balance) -> dict:
	return {
		"value_score": float(round(value, 2)),
		"balance": found.finding,
		**{
			field: float(round(getattr(found, field), 2))
			for field in ("cost_share", "price_share", "value_share")
		},
	}


def _optional(value: Decimal | None, decimals: int) -> float | None:
	return None if value is None else float(round(value, decimals))


def _percent(charged: float, cost: float) -> float | None:
	return round(charged / cost * 100, 2) if cost > 0 else None
