"""Supply and Demand: per offering and month what can be delivered, is promised, used and expected (BR-9)."""

from collections import Counter

import frappe
from frappe import _
from frappe.utils import add_months, flt, getdate

from itil_strategy.business_relationship.supply import OfferingRows, load_supply
from itil_strategy.domain.periods import month_start, months_between, next_month
from itil_strategy.domain.supply import FORECAST_MONTHS, SupplyRow
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import READ_CHARGES, UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row
from itil_strategy.utils.service_cost import describe_cost, latest_runs
from itil_strategy.utils.service_scope import permitted_services

REPORT_DOCTYPE = "Service Commitment"
MONTHS_BACK, MONTHS_AHEAD, MAX_MONTHS = 3, 9, 60
MEASURES = ("idle_cost",)
DECIMALS = 3


def execute(filters: dict | None = None):
	return SupplyAndDemand(plain_filters(filters)).run()


class SupplyAndDemand:
	"""Units of different offerings are never added up: only money has a total."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.today = getdate()
		self.months = self.find_months()
		self.own_services = restricted_to_services(frappe.session.user, READ_CHARGES)
		self.cost_services = restricted_to_services(frappe.session.user, UNRESTRICTED)
		self.currency = None
		if filters.company:
			require_ledger(filters.company, REPORT_DOCTYPE)
			if self.cost_services is None or self.cost_services:
				self.currency = company_currency(filters.company)

	def find_months(self) -> list:
		first = month_start(getdate(self.filters.from_month or add_months(self.today, -MONTHS_BACK)))
		last = month_start(getdate(self.filters.to_month or add_months(self.today, MONTHS_AHEAD)))
		if last < first:
			frappe.throw(
				_("To Month is before From Month. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)
		months = months_between(first, next_month(last))
		if len(months) > MAX_MONTHS:
			frappe.throw(
				_("{0} months are too many. Choose up to {1}.").format(len(months), MAX_MONTHS),
				ServiceStrategyError,
				title=_("Too Many Months"),
			)
		return months

	def run(self):
		found = [self.narrow(offering) for offering in self.load()]
		found = [offering for offering in found if offering.rows]
		self.idle = {item.offering.name: [self.money(row) for row in item.rows] for item in found}
		columns = self.columns()
		visible, rest = self.fold(found, link_columns(columns))
		data = [
			self.make_row(item, row, idle)
			for item in found
			if item.offering.name in visible
			for row, idle in zip(item.rows, self.idle[item.offering.name], strict=True)
		]
		data += rest
		if self.currency and found:
			data.append(total_row(self.idle_costs(found), MEASURES, "offering_name"))
		for row in data:
			row["currency"] = self.currency
		return (
			readable_columns(columns),
			data,
			self.message(),
			self.chart(found, visible),
			self.summary(found),
			True,
		)

	def load(self) -> list[OfferingRows]:
		found = load_supply(
			self.months,
			self.today,
			self.services(),
			self.filters.company if self.currency else None,
			self.cost_services,
		)
		chosen = self.filters.service_offering
		return [item for item in found if not chosen or item.offering.name == chosen]

	def services(self) -> list[str] | None:
		"""Those of the filters among those that may be seen; None is all. An offering's cost needs its siblings."""
		wanted = self.filters.it_service
		if offering := self.filters.service_offering:
			service = frappe.db.get_value("Service Offering", offering, "it_service")
			if not service or wanted not in (None, "", service):
				return []
			wanted = service
		if not wanted:
			return self.own_services
		return [wanted] if self.own_services is None or wanted in self.own_services else []

	def narrow(self, item: OfferingRows) -> OfferingRows:
		if self.filters.only_short:
			item.rows = [row for row in item.rows if row.is_over]
		return item

	def idle_costs(self, found: list[OfferingRows]) -> list[dict]:
		"""One row per offering, so that hidden ones are counted and folded as offerings."""
		return [
			{
				"offering_name": item.offering.offering_name,
				"service_offering": item.offering.name,
				"it_service": item.offering.it_service,
				"idle_cost": sum(filter(None, self.idle[item.offering.name])) if self.currency else None,
			}
			for item in found
		]

	def fold(self, found: list[OfferingRows], links: dict[str, str]) -> tuple[set[str], list[dict]]:
		"""Offerings that the viewer sees by name, and the row of the others."""
		rows = fold_hidden_rows(
			self.idle_costs(found), links, MEASURES, "offering_name", REPORT_DOCTYPE, permitted_services()
		)
		rest = [row for row in rows if row.get("is_folded")]
		if not self.currency:
			rest = [{**row, "idle_cost": None} for row in rest]
		return {row["service_offering"] for row in rows if not row.get("is_folded")}, rest

	def make_row(self, item: OfferingRows, row: SupplyRow, idle: float | None) -> dict:
		return {
			"offering_name": item.offering.offering_name,
			"service_offering": row.offering,
			"it_service": row.service,
			"month": row.month,
			"unit": row.unit,
			**{
				field: _number(getattr(row, field))
				for field in ("capacity", "committed", "pipeline", "usage", "forecast", "demand", "spare")
			},
			"utilisation": None if row.utilisation is None else _number(row.utilisation * 100),
			"idle_cost": idle,
			"expired_waivers": ", ".join(item.waivers.get(row.month, ())),
			"is_short": int(row.is_over),
		}

	def money(self, row: SupplyRow) -> float | None:
		return None if row.idle_cost is None else flt(float(row.idle_cost), 2)

	def columns(self) -> list[dict]:
		columns = [
			column("offering_name", _("Offering"), width=200),
			column("service_offering", _("Service Offering"), "Link", 130, "Service Offering"),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("month", _("Month"), "Date", 90),
			column("unit", _("Unit"), width=80),
			*(
				column(fieldname, label, "Float", width, precision=2)
				for fieldname, label, width in (
					("capacity", _("Capacity"), 100),
					("committed", _("Committed"), 100),
					("pipeline", _("Accepted Needs"), 110),
					("usage", _("Used"), 100),
					(
						"forecast",
						_("Forecast (Mean of the Last {0} Complete Months)").format(FORECAST_MONTHS),
						160,
					),
					("demand", _("Demand"), 100),
					("spare", _("Spare or Short"), 110),
				)
			),
			column("utilisation", _("Utilisation"), "Percent", 100),
			column("expired_waivers", _("Expired Waivers"), width=150),
		]
		if self.currency:
			columns.insert(-1, column("idle_cost", _("Idle Cost"), "Currency", 120, "currency"))
		return columns

	def message(self) -> str:
		sentences = [
			_(
				"Demand is what was used in months that are over, otherwise the larger of what is promised (commitments and accepted needs) and the forecast."
			)
		]
		if self.currency:
			sentences.append(
				_(
					"Idle cost is the unused part of the cost of the service, shared over its offerings by what they charged in the month."
				)
			)
			past = [month for month in self.months if month < month_start(self.today)]
			sentences.append(describe_cost(past, latest_runs(self.filters.company, past)))
		elif not self.filters.company:
			sentences.append(_("Choose a company to see what idle capacity cost it."))
		if self.own_services is not None:
			sentences.append(_("You see the services that you own."))
		elif self.currency and self.cost_services is not None:
			sentences.append(_("Cost is shown for the services that you own."))
		return " ".join(sentences)

	def chart(self, found: list[OfferingRows], visible: set[str]) -> dict | None:
		"""The chosen offering month by month, or how many are short."""
		if self.filters.service_offering:
			rows = [row for item in found if item.offering.name in visible for row in item.rows]
			datasets = {_("Demand"): [_number(row.demand) for row in rows]}
			if any(row.capacity is not None for row in rows):
				datasets = {_("Capacity"): [_number(row.capacity) or 0 for row in rows], **datasets}
			labels = [f"{row.month:%Y-%m}" for row in rows]
			return bar_chart(labels, datasets, ["#B8C2CC", "#743EE2"][-len(datasets) :])
		short = Counter(row.month for item in found for row in item.rows if row.is_over)
		if not found:
			return None
		labels = [f"{month:%Y-%m}" for month in self.months]
		return bar_chart(labels, {_("Short Offerings"): [short[month] for month in self.months]}, ["#E24C4C"])

	def summary(self, found: list[OfferingRows]) -> list[dict]:
		short = [sum(row.is_over for row in item.rows) for item in found]
		waivers = {name for item in found for names in item.waivers.values() for name in names}
		cards = [
			card(_("Offerings"), len(found), "Blue"),
			card(_("Short Offerings"), sum(map(bool, short)), "Red" if any(short) else "Green"),
			card(_("Months Short"), sum(short), "Red" if any(short) else "Green"),
			card(_("Expired Waivers"), len(waivers), "Orange" if waivers else "Green"),
		]
		if self.currency:
			idle = sum(row["idle_cost"] for row in self.idle_costs(found))
			cards.append(card(_("Idle Cost"), idle, "Orange", self.currency))
		return cards


def _number(value) -> float | None:
	return None if value is None else round(float(value), DECIMALS)
