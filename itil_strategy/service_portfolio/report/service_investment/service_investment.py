"""Service Investment: budget, committed, actual, charged and return through the life of a service (SP-8)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import get_last_day, getdate

from itil_strategy.domain.periods import months_between, next_month
from itil_strategy.domain.service_investment import (
	ACTUAL,
	CHARGED,
	COMMITTED,
	UNASSIGNED,
	UNDATED,
	Figures,
	InvestmentLine,
	Spend,
	make_investment,
)
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.records import load_services, load_stage_changes, make_timelines
from itil_strategy.service_portfolio.stages import load_stage_book
from itil_strategy.utils.charges import charged_by_month
from itil_strategy.utils.commitments import open_commitments
from itil_strategy.utils.costing import direct_cost_by_day, direct_cost_by_service
from itil_strategy.utils.erpnext_budget import budget_by_service
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import READ_CHARGES, UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row
from itil_strategy.utils.service_cost import allocated_by_month, describe_cost

COST_MEASURES = ("budget", "committed", "actual")
MEASURES = (*COST_MEASURES, "charged", "returned")
CHART_SERVICES = 15


def execute(filters: dict | None = None):
	return ServiceInvestment(plain_filters(filters)).run()


class ServiceInvestment:
	"""Reads each kind of money set-wise; `domain.service_investment` puts it together."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.start = getdate(filters.from_date)
		self.end = getdate(filters.to_date) + timedelta(days=1)
		self.by_stage = filters.breakdown == "Stage"
		self.own_services = restricted_to_services(frappe.session.user, UNRESTRICTED)
		self.cost_scope = self.narrow(self.own_services)
		self.charge_scope = self.narrow(restricted_to_services(frappe.session.user, READ_CHARGES))
		# Only of whole months is known what allocation adds.
		months = months_between(self.start.replace(day=1), self.end)
		self.months = [month for month in months if self.start <= month and next_month(month) <= self.end]
		# Whoever may see no cost at all gets no columns of it.
		self.sees_cost = self.own_services is None or bool(self.own_services)

	def narrow(self, services: list[str] | None) -> list[str] | None:
		"""The service of the filter, where it is among those that may be seen."""
		if not (chosen := self.filters.it_service):
			return services
		return [chosen] if services is None or chosen in services else []

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

	def run(self):
		self.services = {service.name: service for service in load_services()}
		self.book = load_stage_book() if self.by_stage else None
		self.timelines = self.fetch_timelines()
		budgets = budget_by_service(self.filters.company, self.start, self.end, self.cost_scope)
		lines = make_investment(self.fetch_spend(), budgets, self.timelines)
		rows = [self.make_row(lines[name]) for name in sorted(lines, key=lambda name: (not name, name))]
		columns = self.columns()
		return (
			readable_columns(columns),
			self.make_data(rows, lines, link_columns(columns)),
			self.message(),
			self.chart(rows, lines),
			self.summary(rows, lines),
			True,
		)

	def fetch_spend(self) -> Iterator[Spend]:
		period = (self.filters.company, self.start, self.end, self.cost_scope)
		for (service, day), amount in open_commitments(*period).items():
			yield Spend(service, COMMITTED, day, amount)
		for (service, day), amount in self.fetch_cost(period).items():
			yield Spend(service, ACTUAL, day, amount)
		yield from self.fetch_allocated()
		charges = charged_by_month(self.filters.company, self.start, self.end, self.charge_scope)
		for (service, month), amount in charges.items():
			yield Spend(service, CHARGED, self.charged_day(service, month), amount)

	def fetch_cost(self, period: tuple) -> dict[tuple[str, date], Decimal]:
		"""By day only for services that changed their stage meanwhile: that is many more rows."""
		cost = {(service, self.start): amount for service, amount in direct_cost_by_service(*period).items()}
		timelines = (self.timelines or {}).items()
		moved = {name for name, timeline in timelines if timeline.changes_within(self.start, self.end)}
		moved &= {service for service, _day in cost}
		if moved:
			cost = {key: amount for key, amount in cost.items() if key[0] not in moved}
			cost |= direct_cost_by_day(self.filters.company, self.start, self.end, sorted(moved))
		return cost

	def fetch_allocated(self) -> Iterator[Spend]:
		"""What allocation adds to direct cost, and takes from what is on no service: the whole stays the ledger's."""
		services = sorted(self.services) if self.cost_scope is None else self.cost_scope
		allocated, self.covered = allocated_by_month(self.filters.company, services, self.months)
		for (service, month), amount in allocated.items():
			if amount:
				yield Spend(service, ACTUAL, self.charged_day(service, month), amount)
				if self.cost_scope is None:
					yield Spend(UNASSIGNED, ACTUAL, self.start, -amount)

	def charged_day(self, service: str, month: date) -> date:
		"""A month is charged, and allocated, for the stage at its end, or on the last day of the service."""
		last_day = self.services[service].last_day if service in self.services else None
		month_end = get_last_day(month)
		return min(month_end, getdate(last_day)) if last_day else month_end

	def fetch_timelines(self) -> dict | None:
		if not self.by_stage:
			return None
		return make_timelines(list(self.services.values()), load_stage_changes(), self.book)

	def make_row(self, line: InvestmentLine) -> dict:
		service = self.services.get(line.service) or frappe._dict()
		row = {
			"description": service.service_name or line.service or self.unassigned_label(),
			"it_service": line.service or None,
			"stage": service.stage,
			"budget": float(line.budget),
			**_amounts(line.figures),
			"currency": self.currency,
			"indent": 0,
		}
		if line.service == UNASSIGNED:
			row.update(budget=None, charged=None, returned=None, is_unassigned=1)
		elif self.own_services is not None and line.service not in self.own_services:
			row.update(dict.fromkeys((*COST_MEASURES, "returned")))
		return row

	def unassigned_label(self) -> str:
		if self.covered:
			return _("Unassigned: on no service, or not allocated to one")
		return _("Unassigned: no service on the entry")

	def make_data(self, rows: list[dict], lines: dict[str, InvestmentLine], links: dict) -> list[dict]:
		data = []
		for row in fold_hidden_rows(rows, links, MEASURES, "description", "IT Service"):
			data.append({"currency": self.currency, "indent": 0, **row})
			if self.by_stage and row.get("it_service") and row["actual"] is not None:
				data += self.make_stage_rows(lines[row["it_service"]])
		if rows:
			total = total_row(rows, MEASURES, "description")
			data.append({**total, "currency": self.currency, "indent": 0})
		return data

	def make_stage_rows(self, line: InvestmentLine) -> list[dict]:
		return [
			{
				"description": stage or _("Undated: before its first known stage"),
				**_amounts(line.stages[stage]),
				"currency": self.currency,
				"is_undated": int(not stage),
				"indent": 1,
			}
			for stage in self.stage_order(line.stages)
		]

	def stage_order(self, stages) -> list[str]:
		"""Undated first, then the stages in their order; removed ones last."""
		known = [stage.name for stage in self.book.stages]
		return [stage for stage in [UNDATED, *known] if stage in stages] + sorted(
			set(stages) - {UNDATED, *known}
		)

	def columns(self) -> list[dict]:
		columns = [
			column("description", _("Service"), width=250),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("stage", _("Stage"), "Link", 110, "Service Pipeline Stage"),
		]
		labels = {
			"budget": _("Budget"),
			"committed": _("Committed"),
			"actual": _("Actual"),
			"charged": _("Charged"),
			"returned": _("Charged Less Actual"),
		}
		shown = MEASURES if self.sees_cost else ("charged",)
		return columns + [column(name, labels[name], "Currency", 130, "currency") for name in shown]

	def message(self) -> str:
		text = _("Budgets are those of whole fiscal years; orders and requests count while they are open.")
		if self.sees_cost:
			text = f"{text} {self.describe_cost()}"
		own = _("Cost is shown for the services that you own.")
		return text if self.own_services is None else f"{text} {own}" if self.sees_cost else own

	def describe_cost(self) -> str:
		text = describe_cost(self.months, self.covered)
		if self.covered:
			text += " " + _(
				"Part months are direct cost; what is budgeted, and what ERPNext holds against it, is direct cost."
			)
		return text

	def chart(self, rows: list[dict], lines: dict[str, InvestmentLine]) -> dict | None:
		"""Money by stage, or by the services that cost most."""
		if self.by_stage:
			stages: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
			for line in lines.values():
				for stage, figures in line.stages.items():
					for measure, amount in _amounts(figures).items():
						stages[stage][measure] = round(stages[stage][measure] + amount, 2)
			names = self.stage_order(stages)
			labels, values = [name or _("Undated") for name in names], [stages[name] for name in names]
		else:
			services = [row for row in rows if row["it_service"]]
			values = sorted(services, key=lambda row: (-(row["actual"] or 0), row["it_service"]))
			values = values[:CHART_SERVICES]
			shown = visible_labels(
				{row["it_service"]: row["description"] for row in values}, "IT Service", "IT Service"
			)
			labels = [shown[row["it_service"]] for row in values]
		bars = {"actual": _("Actual"), "committed": _("Committed")} if self.sees_cost else {}
		bars["charged"] = _("Charged")
		return bar_chart(
			labels,
			{label: [row[measure] or 0 for row in values] for measure, label in bars.items()},
			["#743EE2", "#F5A623", "#2490EF"][-len(bars) :],
			self.currency,
		)

	def summary(self, rows: list[dict], lines: dict[str, InvestmentLine]) -> list[dict]:
		def total(measure: str) -> float:
			return sum(row[measure] or 0 for row in rows if row["it_service"])

		charged = card(_("Charged"), total("charged"), "Blue", self.currency)
		if not self.sees_cost:
			return [charged]
		cards = [
			card(_("Budget"), total("budget"), "Grey", self.currency),
			card(_("Committed"), total("committed"), "Orange", self.currency),
			card(_("Actual of Services"), total("actual"), "Purple", self.currency),
			charged,
		]
		if self.by_stage:
			undated = sum(line.stages[UNDATED].actual for line in lines.values() if UNDATED in line.stages)
			cards.append(card(_("Of It Undated"), undated, "Grey", self.currency))
		if self.cost_scope is None:
			unassigned = lines[UNASSIGNED].figures.actual if UNASSIGNED in lines else 0
			cards.append(card(_("Unassigned Expense"), unassigned, "Orange", self.currency))
		return cards


def _amounts(figures: Figures) -> dict[str, float]:
	return {
		"committed": float(figures.committed),
		"actual": float(figures.actual),
		"charged": float(figures.charged),
		"returned": float(figures.returned),
	}
