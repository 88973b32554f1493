"""Strategic Alignment: which service serves which objective, how much, and the gaps both ways (SP-9)."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe import _

from itil_strategy.domain.alignment import Alignment, Cell, Contribution, Objective, ObjectiveLine, align
from itil_strategy.service_portfolio.records import is_live, load_services
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, total_row

CHART_SERVICES = 15
ZERO = Decimal(0)
SERVICE_FIELDS = ("name", "service_name", "service_owner", "stage", "phase", "decision_state")


def execute(filters: dict | None = None):
	return StrategicAlignment(plain_filters(filters)).run()


class StrategicAlignment:
	"""Objectives with the live services below them; `domain.alignment` computes the values."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters

	def run(self):
		self.services = {
			service.name: self.make_service(service)
			for service in load_services({"phase": self.filters.phase}, SERVICE_FIELDS)
			if is_live(service)
		}
		self.outcomes = self.fetch_outcomes()
		self.alignment = align(
			self.fetch_objectives(),
			list(self.services),
			[
				Contribution(service, objective, to_decimal(percent))
				for service, objective, percent, _outcome, _evidence in self.outcomes.values()
			],
		)
		lines = self.shown_lines(self.alignment)
		idle = () if self.filters.strategic_objective else self.alignment.idle_services
		columns = self.columns()
		return (
			readable_columns(columns),
			self.make_data(lines, idle, link_columns(columns)),
			self.message(),
			self.chart(lines),
			self.summary(lines, idle),
			True,
		)

	def fetch_objectives(self) -> list[Objective]:
		return [
			Objective(row.name, to_decimal(row.weight), bool(row.is_active))
			for row in frappe.get_all(
				"Strategic Objective", fields=["name", "weight", "is_active"], order_by="name asc", limit=0
			)
		]

	def fetch_outcomes(self) -> dict[tuple[str, str], tuple]:
		"""Rows of service, objective, contribution, outcome and evidence, by the first two."""
		rows = frappe.get_all(
			"Service Outcome",
			{"parenttype": "IT Service"},
			["parent", "strategic_objective", "contribution", "outcome", "evidence"],
			order_by="parent asc, idx asc",
			limit=0,
			as_list=True,
		)
		return {row[:2]: row for row in rows}

	def shown_lines(self, alignment: Alignment) -> list[ObjectiveLine]:
		lines = alignment.lines
		if self.filters.strategic_objective:
			lines = [line for line in lines if line.objective.name == self.filters.strategic_objective]
		if self.filters.only_gaps:
			lines = [line for line in lines if line.is_gap]
		return list(lines)

	def make_data(
		self, lines: list[ObjectiveLine], idle: tuple[str, ...], links: dict[str, str]
	) -> list[dict]:
		headings = [self.make_heading(line) for line in lines]
		contributions = [
			self.make_contribution(line.objective.name, cell) for line in lines for cell in line.cells
		]
		gaps = [{**self.services[name], "gap": _("Serves no active objective"), "is_gap": 1} for name in idle]
		shown = fold_hidden_rows([*contributions, *gaps], links, ["value"], "description", "IT Service")
		below: dict[str | None, list[dict]] = defaultdict(list)
		for row in shown:
			below["" if row.get("is_folded") else row.get("strategic_objective")].append(row)
		data = []
		for heading in fold_hidden_rows(headings, links, (), "description", "IT Service"):
			data += [{"indent": 0, **heading}, *below[heading.get("strategic_objective", "-")]]
		if gaps:
			label = _("Services that serve no active objective ({0})").format(len(gaps))
			data += [{"description": label, "is_group": 1, "is_gap": 1, "indent": 0}, *below[None]]
		data += [{**row, "indent": 0} for row in below[""]]
		if lines:
			data.append({**total_row(headings, ["weight", "value"], "description"), "indent": 0})
		return data

	def make_heading(self, line: ObjectiveLine) -> dict:
		return {
			"description": line.objective.name,
			"strategic_objective": line.objective.name,
			"weight": float(line.objective.weight),
			"services": len(line.cells),
			"value": float(line.value),
			"gap": _("No live service serves it") if line.is_gap else "",
			"is_gap": int(line.is_gap),
			"is_group": 1,
		}

	def make_contribution(self, objective: str, cell: Cell) -> dict:
		_service, _objective, _percent, outcome, evidence = self.outcomes[cell.service, objective]
		return {
			**self.services[cell.service],
			"strategic_objective": objective,
			"contribution": float(cell.percent),
			"value": float(cell.value),
			"outcome": outcome,
			"evidence": evidence,
		}

	def make_service(self, service: frappe._dict) -> dict:
		"""What every row of the service shows."""
		return {
			"description": service.service_name,
			"it_service": service.name,
			"stage": service.stage,
			"service_owner": service.service_owner,
			"indent": 1,
		}

	def columns(self) -> list[dict]:
		return [
			column("description", _("Objective / Service"), width=280),
			column("weight", _("Weight"), "Percent", 90),
			column("contribution", _("Contribution"), "Percent", 110),
			column("value", _("Value"), "Float", 90, precision=2),
			column("gap", _("Gap"), width=200),
			column("services", _("Services"), "Int", 80),
			column("strategic_objective", _("Strategic Objective"), "Link", 180, "Strategic Objective"),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("stage", _("Stage"), "Link", 120, "Service Pipeline Stage"),
			column("service_owner", _("Service Owner"), "Link", 160, "User"),
			column("outcome", _("Outcome"), width=220),
			column("evidence", _("Evidence"), width=220),
		]

	def message(self) -> str | None:
		if self.alignment.weights_are_complete or not self.alignment.lines:
			return None
		return _(
			"The weights of the active objectives total {0} %. Correct them so that they total 100 %: values cannot be compared before."
		).format(f"{float(self.alignment.total_weight):g}")

	def chart(self, lines: list[ObjectiveLine]) -> dict | None:
		"""The value of the services shown, the highest first."""
		values = Alignment(tuple(lines), (), ZERO).value_per_service()
		names = sorted(values, key=lambda name: (-values[name], name))[:CHART_SERVICES]
		labels = visible_labels(
			{name: self.services[name]["description"] for name in names}, "IT Service", "IT Service"
		)
		return bar_chart(
			[labels[name] for name in names],
			{_("Value"): [float(round(values[name], 2)) for name in names]},
			["#743EE2"],
		)

	def summary(self, lines: list[ObjectiveLine], idle: tuple[str, ...]) -> list[dict]:
		unserved = sum(line.is_gap for line in lines)
		serving = {cell.service for line in lines for cell in line.cells}
		weight = self.alignment.total_weight
		complete = self.alignment.weights_are_complete
		return [
			card(_("Active Objectives"), len(lines), "Blue"),
			card(_("Objectives Not Served"), unserved, "Red" if unserved else "Green"),
			card(_("Services That Serve"), len(serving), "Blue"),
			card(_("Services That Serve None"), len(idle), "Orange" if idle else "Green"),
			card(_("Total Weight"), f"{float(weight):g} %", "Green" if complete else "Red"),
		]
