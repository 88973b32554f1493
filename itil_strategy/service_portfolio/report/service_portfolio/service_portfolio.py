"""Service Portfolio: every service in its place, what it lacks, and the mix of spend (SP-9)."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import add_days, cint, formatdate, getdate

from itil_strategy.domain.completeness import Description, judge_completeness
from itil_strategy.domain.investment_mix import CLASSES, Mix, make_mix
from itil_strategy.domain.periods import last_complete_months, months_between
from itil_strategy.domain.portfolio import ACTIVE, CATALOGUE, PIPELINE, RETIRED
from itil_strategy.domain.stage_history import entered_on, is_overdue
from itil_strategy.service_portfolio.records import (
	count_rows,
	load_days_allowed,
	load_last_decisions,
	load_planned_dates,
	load_services,
	load_stage_changes,
)
from itil_strategy.service_portfolio.stages import load_stage_book
from itil_strategy.utils.costing import direct_cost_by_service
from itil_strategy.utils.money import company_currency, to_decimal
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row
from itil_strategy.utils.service_cost import allocated_by_month, describe_cost

PHASES = (PIPELINE, CATALOGUE, RETIRED)
SERVICE_FILTERS = ("phase", "stage", "category", "service_owner", "investment_class")
DEFAULT_MONTHS = 12
# Percent that a class may be off its target before it is marked.
TOLERANCE = 5
ZERO = Decimal(0)


def execute(filters: dict | None = None):
	return ServicePortfolio(plain_filters(filters)).run()


class ServicePortfolio:
	"""Reads all services and what hangs on them set-wise; the rules are those of `domain`."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.today = getdate()
		self.scope = restricted_to_services(frappe.session.user, UNRESTRICTED)
		if filters.company:
			require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company) if filters.company else None
		self.period = last_complete_months(self.today, max(cint(filters.months) or DEFAULT_MONTHS, 1))

	def run(self):
		self.fetch()
		rows = [self.make_row(service) for service in self.services]
		if self.filters.overdue_only:
			rows = [row for row in rows if row["is_overdue"]]
		mix = self.make_mix(rows)
		columns = self.columns()
		return (
			readable_columns(columns),
			self.make_data(rows, mix, link_columns(columns)),
			self.message(),
			self.chart(rows, mix),
			self.summary(rows, mix),
			True,
		)

	def fetch(self) -> None:
		self.book = load_stage_book()
		services = load_services({field: self.filters.get(field) for field in SERVICE_FILTERS})
		order = {stage.name: stage.order for stage in self.book.stages}
		self.services = sorted(services, key=lambda item: (order.get(item.stage, 0), item.name))
		self.days_allowed = load_days_allowed()
		self.changes = load_stage_changes()
		self.decisions = load_last_decisions()
		self.outcomes = count_rows("Service Outcome", lambda row: row.contribution > 0)
		self.conditions = count_rows("Service Condition")
		self.cost_centers = count_rows("Service Company", lambda row: row.active == 1)
		self.offerings = count_rows("Service Offering", lambda row: row.disabled == 0, "it_service")
		self.planned = load_planned_dates()
		self.months = months_between(self.period.start, self.period.end)
		self.cost, self.covered = self.fetch_cost() if self.currency else ({}, frozenset())

	def fetch_cost(self) -> tuple[dict[str, Decimal], frozenset[date]]:
		"""Cost per service, "" for what is on none; full cost in the months that are told beside it.

		What allocation puts on services is taken from what is on none, so that the whole stays the ledger's.
		"""
		company = self.filters.company
		cost = defaultdict(Decimal)
		cost.update(direct_cost_by_service(company, self.period.start, self.period.end, self.scope))
		names = frappe.get_all("IT Service", pluck="name", limit=0) if self.scope is None else self.scope
		allocated, covered = allocated_by_month(company, names, self.months)
		for (service, _month), amount in allocated.items():
			cost[service] += amount
			if self.scope is None:
				cost[""] -= amount
		return cost, covered

	def make_row(self, service: frappe._dict) -> dict:
		next_stage = self.book.following(service.stage) if service.stage in self.book.by_name else None
		planned = self.planned.get((service.name, next_stage.name)) if next_stage else None
		completeness = judge_completeness(self.describe(service, bool(next_stage), bool(planned)))
		decision = self.decisions.get(service.name) or frappe._dict()
		changes = self.changes.get(service.name, ())
		days = (self.today - entered_on(service.stage, changes, getdate(service.creation))).days
		allowed = self.days_allowed.get(service.stage, 0)
		return {
			"description": service.service_name,
			"it_service": service.name,
			"service_type": service.service_type,
			"category": service.category,
			"service_owner": service.service_owner,
			"phase": service.phase,
			"stage": service.stage,
			"decision_state": service.decision_state,
			"days_in_stage": days,
			"days_allowed": allowed or None,
			"is_overdue": int(is_overdue(days, allowed, service.decision_state == ACTIVE)),
			"completeness": completeness.percent,
			"missing": ", ".join(_(name) for name in completeness.missing),
			"investment_class": service.investment_class,
			"cost": self.cost_of(service.name),
			"currency": self.currency,
			"next_stage": next_stage.name if next_stage else None,
			"next_planned": planned,
			"last_decision": decision.name,
			"last_outcome": decision.outcome,
			"last_decided_on": decision.decision_date,
			"review_due": None if decision.reviewed_on else decision.review_date,
			"indent": 1,
		}

	def describe(self, service: frappe._dict, has_next_stage: bool, is_next_planned: bool) -> Description:
		return Description(
			service_type=service.service_type,
			has_owner=bool(service.service_owner),
			has_category=bool(service.category),
			has_class=bool(service.investment_class),
			has_value_proposition=bool((service.value_proposition or "").strip()),
			outcomes=self.outcomes.get(service.name, 0),
			conditions=self.conditions.get(service.name, 0),
			cost_centers=self.cost_centers.get(service.name, 0),
			offerings=self.offerings.get(service.name, 0),
			technical_fit=service.technical_fit or 0,
			functional_fit=service.functional_fit or 0,
			has_next_stage=has_next_stage,
			is_next_planned=is_next_planned,
		)

	def cost_of(self, service: str) -> float | None:
		"""None where the viewer may not see it, or no company is chosen."""
		if not self.currency or (self.scope is not None and service not in self.scope):
			return None
		return float(self.cost.get(service, ZERO))

	def make_mix(self, rows: list[dict]) -> Mix:
		"""Over the services shown; cost without service is of no filter, so it is always told."""
		settings = frappe.get_cached_doc("Service Strategy Settings")
		return make_mix(
			{row["it_service"]: self.cost.get(row["it_service"], ZERO) for row in rows},
			{row["it_service"]: row["investment_class"] for row in rows},
			{name: to_decimal(settings.get(f"target_{name.lower()}")) for name in CLASSES},
			self.cost.get("", ZERO),
		)

	def make_data(self, rows: list[dict], mix: Mix, links: dict[str, str]) -> list[dict]:
		"""A heading per phase with all its services counted, then those that the viewer may see."""
		counts = Counter(row["phase"] for row in rows)
		shown = fold_hidden_rows(rows, links, ["cost"], "description", "IT Service")
		data = []
		for phase in PHASES:
			if counts[phase]:
				data.append({"description": f"{_(phase)} ({counts[phase]})", "indent": 0, "is_group": 1})
				data += [row for row in shown if row.get("phase") == phase]
		data += [{**row, "indent": 0, "currency": self.currency} for row in shown if row.get("is_folded")]
		totalled = rows
		if mix.unassigned:
			name = (
				_("Unassigned: on no service, or not allocated to one")
				if self.covered
				else _("Unassigned: no service on the entry")
			)
			unassigned = {"description": name, "cost": float(mix.unassigned), "is_unassigned": 1}
			unassigned.update(currency=self.currency, indent=0)
			data, totalled = [*data, unassigned], [*rows, unassigned]
		if rows and self.currency:
			total = total_row(totalled, ["cost"], "description")
			data.append({**total, "currency": self.currency, "indent": 0})
		return data

	def columns(self) -> list[dict]:
		columns = [
			column("description", _("Service"), width=230),
			column("it_service", _("IT Service"), "Link", 110, "IT Service"),
			column("stage", _("Stage"), "Link", 110, "Service Pipeline Stage"),
			column("decision_state", _("State"), width=90),
			column("days_in_stage", _("Days in Stage"), "Int", 80),
			column("days_allowed", _("Days Allowed"), "Int", 80),
			column("is_overdue", _("Overdue"), "Check", 70),
			column("next_planned", _("Next Stage Planned"), "Date", 110),
			column("completeness", _("Complete"), "Percent", 90),
			column("missing", _("Missing"), width=220),
			column("service_owner", _("Service Owner"), "Link", 160, "User"),
			column("service_type", _("Type"), width=120),
			column("category", _("Category"), "Link", 120, "IT Service Category"),
			column("investment_class", _("Investment Class"), width=100),
		]
		if self.currency:
			columns.append(column("cost", self.cost_label(), "Currency", 130, "currency"))
		return [
			*columns,
			column("last_outcome", _("Last Outcome"), width=100),
			column("last_decided_on", _("Decided On"), "Date", 100),
			column("last_decision", _("Last Decision"), "Link", 140, "Portfolio Decision"),
			column("review_due", _("Review Due"), "Date", 100),
		]

	def cost_label(self) -> str:
		if not self.covered:
			return _("Direct Cost")
		return _("Full Cost") if len(self.covered) == len(self.months) else _("Cost")

	def message(self) -> str | None:
		if not self.currency:
			return _("Choose a company to see cost and the mix of spend.")
		text = _("Cost from {0} to {1}. Shares are of the spend on services with a class.").format(
			formatdate(self.period.start), formatdate(add_days(self.period.end, -1))
		)
		text = f"{text} {describe_cost(self.months, self.covered)}"
		own = _("Cost is shown for the services that you own.")
		return text if self.scope is None else f"{text} {own}"

	def chart(self, rows: list[dict], mix: Mix) -> dict | None:
		"""The mix against its target; without spend, how many services are in each stage."""
		if None not in (shares := [line.share for line in mix.lines]):
			return bar_chart(
				[_(line.investment_class) for line in mix.lines],
				{
					_("Share of Spend"): [float(share) for share in shares],
					_("Target"): [float(line.target) for line in mix.lines],
				},
				["#743EE2", "#B4CDE4"],
			)
		counts = Counter(row["stage"] for row in rows)
		stages = [stage.name for stage in self.book.stages if counts[stage.name]]
		return bar_chart(stages, {_("Services"): [counts[stage] for stage in stages]}, ["#743EE2"])

	def summary(self, rows: list[dict], mix: Mix) -> list[dict]:
		overdue = sum(row["is_overdue"] for row in rows)
		cards = [
			card(_("Services"), len(rows), "Blue"),
			card(_("Overdue"), overdue, "Red" if overdue else "Green"),
		]
		if not self.currency:
			return cards
		for line in mix.lines:
			label = _("{0}: {1} % (target {2} %)").format(
				_(line.investment_class),
				"–" if line.share is None else f"{line.share:f}",
				f"{line.target.normalize():f}",
			)
			off_course = line.gap is not None and abs(line.gap) > TOLERANCE
			cards.append(card(label, line.spend, "Orange" if off_course else "Green", self.currency))
		cards.append(card(_("No Investment Class"), mix.unclassed, "Grey", self.currency))
		if self.scope is None:
			cards.append(card(_("Unassigned Expense"), mix.unassigned, "Grey", self.currency))
		return cards
