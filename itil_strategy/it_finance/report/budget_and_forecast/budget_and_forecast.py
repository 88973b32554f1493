"""Budget and Forecast: what services may cost in a year, have cost, are going to cost, and must (FM-5)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate, today

from itil_strategy.domain.forecast import COMPUTED, RUN_RATE
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.budgeting.outlook import LAST_SNAPSHOT, Outlook, load_outlook
from itil_strategy.it_finance.budgeting.required import unit_cost_months
from itil_strategy.utils.fiscal_years import require_year_of_company
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row
from itil_strategy.utils.service_cost import describe_cost, latest_runs
from itil_strategy.utils.service_scope import permitted_services

MEASURES = ("budget", "actual", "committed", "reserved", "available", "forecast", "over", "required")
METHODS = (*COMPUTED, LAST_SNAPSHOT)
CHART_SERVICES = 15
REF_DOCTYPE = "Service Budget"


def execute(filters: dict | None = None):
	return BudgetAndForecast(plain_filters(filters)).run()


class BudgetAndForecast:
	"""The whole filtered set makes totals, chart and cards; what the viewer may not see is folded after."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, REF_DOCTYPE)
		self.method = filters.method or RUN_RATE
		self.year = require_year_of_company(filters.fiscal_year, filters.company)
		# Months before that of the day count as complete: a month is often booked weeks after its end.
		self.as_of = getdate(filters.as_of or today())
		self.currency = company_currency(filters.company)
		self.own_services = restricted_to_services(frappe.session.user, UNRESTRICTED)

	def validate_filters(self) -> None:
		for fieldname, label in (("company", _("company")), ("fiscal_year", _("fiscal year"))):
			if not self.filters.get(fieldname):
				frappe.throw(_("Choose a value for {0}.").format(label), ServiceStrategyError)
		if (self.filters.method or RUN_RATE) not in METHODS:
			frappe.throw(
				_("There is no method {0}. Choose one of {1}.").format(
					frappe.bold(frappe.utils.escape_html(self.filters.method)),
					", ".join(_(name) for name in METHODS),
				),
				ServiceStrategyError,
			)

	def run(self):
		self.services = self.load_services()
		outlooks = load_outlook(self.filters.company, self.year, list(self.services), self.method, self.as_of)
		rows = [self.make_row(outlook) for outlook in outlooks]
		columns = self.columns()
		links = link_columns(columns)
		shown = fold_hidden_rows(
			rows, links, MEASURES, "description", REF_DOCTYPE, services=permitted_services()
		)
		data = [{"currency": self.currency, **row} for row in shown]
		if rows:
			data.append({**total_row(rows, MEASURES, "description"), "currency": self.currency})
		return (
			readable_columns(columns),
			data,
			self.message(outlooks),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def load_services(self) -> dict[str, str]:
		"""Names by code, of the filter and of those that the viewer owns where that is all he or she sees."""
		conditions: list = []
		if self.filters.it_service:
			conditions.append(["name", "=", self.filters.it_service])
		if self.filters.category:
			conditions.append(["category", "=", self.filters.category])
		if self.own_services is not None:
			conditions.append(["name", "in", [*self.own_services, ""]])
		rows = frappe.get_all(
			"IT Service", filters=conditions, fields=["name", "service_name"], order_by="name asc", limit=0
		)
		return {row.name: row.service_name for row in rows}

	def make_row(self, outlook: Outlook) -> dict:
		forecast = outlook.forecast
		return {
			"description": self.services[outlook.service],
			"it_service": outlook.service,
			"budget": _number(outlook.budget),
			"ceiling": _number(outlook.ceiling),
			"actual": float(outlook.use.actual),
			"committed": float(outlook.use.committed),
			"reserved": float(outlook.reserved),
			"available": _number(outlook.available),
			"forecast": _number(forecast and forecast.amount),
			"over": _number(outlook.over),
			"required": _number(outlook.required.amount or None),
			"model": forecast and forecast.model,
			"error": forecast and forecast.error,
			"naive_error": forecast and forecast.naive_error,
			"snapshot": forecast and forecast.snapshot,
		}

	def columns(self) -> list[dict]:
		def money(fieldname: str, label: str, width: int = 115) -> dict:
			return column(fieldname, label, "Currency", width, "currency")

		return [
			column("description", _("Service"), width=210),
			column("it_service", _("IT Service"), "Link", 110, "IT Service"),
			money("budget", _("Budget")),
			money("ceiling", _("Ceiling")),
			money("actual", _("Actual")),
			money("committed", _("Committed")),
			money("reserved", _("Reserved")),
			money("available", _("Available")),
			money("forecast", _("Forecast to Year End"), 165),
			money("over", _("Forecast Over Limit"), 165),
			money("required", _("Required for Commitments"), 190),
			column("model", _("Forecast By"), width=190),
			column("error", _("Error (MASE)"), "Float", 105, precision=2),
			column("naive_error", _("Naive Error"), "Float", 100, precision=2),
		]

	def message(self, outlooks: list[Outlook]) -> str:
		parts = [
			_("Available is the lower of budget and ceiling, less actual, committed and reserved."),
			_(
				"An error below 1 and below the naive one says that the forecast is worth more than last year."
			),
		]
		if any(outlook.required.amount for outlook in outlooks):
			months = unit_cost_months(self.as_of)
			parts.append(
				_("Required for commitments = committed units × unit cost of the last {0} months.").format(
					len(months)
				)
			)
			parts.append(describe_cost(months, latest_runs(self.filters.company, months)))
		unknown = sorted({name for outlook in outlooks for name in outlook.required.unknown})
		if unknown and self.own_services is None:
			parts.append(
				_("{0} committed offerings were never used, so their unit cost is not known.").format(
					len(unknown)
				)
			)
		if self.own_services is not None:
			parts.append(_("Shown are the services that you own."))
		return " ".join(parts)

	def chart(self, rows: list[dict]) -> dict | None:
		values = sorted(rows, key=lambda row: (-max(row["forecast"] or 0, row["actual"]), row["it_service"]))
		values = values[:CHART_SERVICES]
		shown = visible_labels(
			{row["it_service"]: row["description"] for row in values}, "IT Service", REF_DOCTYPE
		)
		bars = {"budget": _("Budget"), "actual": _("Actual"), "forecast": _("Forecast")}
		return bar_chart(
			[shown[row["it_service"]] for row in values],
			{label: [row[measure] or 0 for row in values] for measure, label in bars.items()},
			["#98A1A9", "#743EE2", "#F5A623"],
			self.currency,
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		def total(measure: str) -> Decimal:
			return sum((Decimal(str(row[measure] or 0)) for row in rows), Decimal(0))

		over = sum(1 for row in rows if (row["over"] or 0) > 0)
		available = total("available")
		return [
			card(_("Budget"), total("budget"), "Grey", self.currency),
			card(_("Actual"), total("actual"), "Purple", self.currency),
			card(_("Committed"), total("committed"), "Orange", self.currency),
			card(_("Reserved"), total("reserved"), "Blue", self.currency),
			card(_("Available"), available, "Red" if available < 0 else "Green", self.currency),
			card(_("Forecast to Year End"), total("forecast"), "Orange", self.currency),
			card(_("Services Forecast Over Limit"), over, "Red" if over else "Green"),
		]


def _number(amount: Decimal | None) -> float | None:
	return None if amount is None else float(amount)
