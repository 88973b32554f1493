"""Scenario Comparison: a year as it is against one or several strategy scenarios, per service and in total (FM-15)."""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, formatdate

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.domain.scenario_types import Bearer, Figures, ScenarioResult, YearLine
from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.scenario.effect import DOCTYPE, base_of, describe_notes, work_out
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_company, total_row
from itil_strategy.utils.text import bold

MOST_SCENARIOS = 5
CHART_ROWS = 12
LINKS = {"it_service": "IT Service"}
COLORS = ("#2490EF", "#F8814F", "#48BB74", "#743EE2", "#ECAD4B")
BASE = ("cost", "charged", "recovery")
BESIDE = ("investment", "benefits")


def execute(filters: dict | None = None):
	return ScenarioComparison(plain_filters(filters, lists=("scenarios",))).run()


class ScenarioComparison:
	"""Every scenario is worked out from the same base; columns end with the number of the scenario."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		if not filters.company:
			self.refuse(_("Choose a company: scenarios of several currencies cannot be compared."))
		require_company(filters.company, DOCTYPE)
		self.scenarios = self.load_scenarios(_names(filters.scenarios))
		self.year = cint(filters.year) or 1
		self.currency = company_currency(filters.company)

	def load_scenarios(self, names: list[str]) -> list[Document]:
		"""In the order chosen. Several queries each, for at most five."""
		if len(names) > MOST_SCENARIOS:
			self.refuse(_("Choose one to {0} scenarios to compare.").format(MOST_SCENARIOS))
		scenarios = []
		for name in names:
			doc = frappe.get_doc(DOCTYPE, name)
			doc.check_permission("read")
			if doc.company != self.filters.company:
				self.refuse(
					_("{0} is a scenario of {1}. Choose that company, or leave it out.").format(
						bold(doc.scenario_title), bold(doc.company)
					)
				)
			scenarios.append(doc)
		return scenarios

	def run(self):
		if not self.scenarios:
			return [], [], _("Choose one to {0} scenarios to compare.").format(MOST_SCENARIOS)
		results = work_out(self.scenarios)
		self.results = [results[doc.name] for doc in self.scenarios]
		self.refuse_missing_year()
		rows = self.rows()
		measures = self.measures()
		data = fold_hidden_rows(rows, LINKS, measures, "description", DOCTYPE)
		if rows:
			data.append({**total_row(rows, measures, "description"), "currency": self.currency})
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def refuse_missing_year(self) -> None:
		short = [doc for doc in self.scenarios if not 1 <= self.year <= cint(doc.years)]
		if short:
			self.refuse(
				_("{0} has {1} years, so there is no year {2}. Choose another year.").format(
					bold(short[0].scenario_title), cint(short[0].years), self.year
				)
			)

	def rows(self) -> list[dict]:
		"""Services by name, then what no service bears."""
		lines = [self.lines_of(result) for result in self.results]
		names = dict(frappe.get_all("IT Service", fields=["name", "service_name"], limit=0, as_list=True))
		bearers = {bearer for by_bearer in lines for bearer in by_bearer}
		if self.filters.it_service:
			bearers = {bearer for bearer in bearers if bearer.service == self.filters.it_service}
		rows = [self.row(bearer, lines, names) for bearer in bearers]
		return sorted(rows, key=lambda row: (not row["it_service"], row["description"], row["it_service"]))

	def lines_of(self, result: ScenarioResult) -> dict[Bearer, YearLine]:
		empty = Figures()
		return {
			line.bearer: line
			for line in result.year(self.year)
			if line.before != empty or line.after != empty
		}

	def row(self, bearer: Bearer, lines: list[dict[Bearer, YearLine]], names: dict[str, str]) -> dict:
		before = next(by_bearer[bearer].before for by_bearer in lines if bearer in by_bearer)
		row = {
			"description": names.get(bearer.service, bearer.service) or _nobody(bearer.kind),
			"it_service": bearer.service,
			"currency": self.currency,
			**{field: float(getattr(before, field)) for field in BASE},
		}
		for number, by_bearer in enumerate(lines, start=1):
			line = by_bearer.get(bearer) or YearLine(self.year, bearer, before, before)
			for field in (*BASE, *BESIDE):
				row[f"{field}_{number}"] = float(getattr(line.after, field))
			row[f"effect_{number}"] = float(line.effect)
		return row

	def measures(self) -> tuple[str, ...]:
		fields = (*BASE, *BESIDE, "effect")
		numbers = range(1, len(self.scenarios) + 1)
		return (*BASE, *(f"{field}_{number}" for number in numbers for field in fields))

	def columns(self) -> list[dict]:
		labels = {
			"cost": _("Cost"),
			"charged": _("Charged"),
			"recovery": _("Charged Less Cost"),
			"investment": _("Investment"),
			"benefits": _("Benefits"),
			"effect": _("Effect"),
		}
		columns = [
			column("description", _("Service"), width=200),
			column("it_service", _("IT Service"), "Link", 110, "IT Service"),
			*(
				column(field, _("{0}: Base").format(labels[field]), "Currency", 165, "currency")
				for field in BASE
			),
		]
		for number, doc in enumerate(self.scenarios, start=1):
			launches = any(row.business_case for row in doc.changes)
			fields = ("effect", *BASE, *(BESIDE if launches else ()))
			columns += [
				column(
					f"{field}_{number}",
					f"{labels[field]}: {doc.scenario_title}",
					"Currency",
					160,
					"currency",
				)
				for field in fields
			]
		return columns

	def message(self) -> str:
		base = base_of(self.scenarios[0])
		parts = [
			_(
				"Base: {0} to {1}, taken as a year. Effect = change of what is charged, less change of cost, less investment, plus benefits. Nothing is posted."
			).format(formatdate(base.months[0], "MMM yyyy"), formatdate(base.until, "MMM yyyy"))
		]
		if notes := describe_notes(self.results):
			parts.append(notes)
		return "<br>".join(parts)

	def chart(self, rows: list[dict]) -> dict | None:
		"""The effect of each scenario on the services that it changes most."""
		numbers = range(1, len(self.scenarios) + 1)

		def size(row: dict) -> float:
			return max(abs(row[f"effect_{number}"]) for number in numbers)

		top = sorted((row for row in rows if size(row)), key=lambda row: (-size(row), row["description"]))[
			:CHART_ROWS
		]
		labels = visible_labels(
			{row["it_service"] or row["description"]: row["description"] for row in top if row["it_service"]},
			"IT Service",
			DOCTYPE,
		)
		return bar_chart(
			[labels.get(row["it_service"], row["description"]) for row in top],
			{
				_("Effect of {0}").format(doc.scenario_title): [row[f"effect_{number}"] for row in top]
				for number, doc in enumerate(self.scenarios, start=1)
			},
			COLORS,
			self.currency,
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		def total(field: str) -> float:
			return sum(row[field] for row in rows)

		cards = [
			card(_("Cost: Base"), total("cost"), "Purple", self.currency),
			card(_("Charged: Base"), total("charged"), "Blue", self.currency),
		]
		for number, doc in enumerate(self.scenarios, start=1):
			effect = total(f"effect_{number}")
			cards.append(
				card(
					_("Effect of {0}").format(doc.scenario_title),
					effect,
					"Red" if effect < 0 else "Green",
					self.currency,
				)
			)
		return cards

	def refuse(self, message: str) -> None:
		frappe.throw(message, StrategyScenarioError, title=_("Scenario Comparison"))


def _nobody(kind: str) -> str:
	return {
		Kind.IDLE: _("Idle capacity"),
		Kind.UNALLOCATED: _("Unallocated"),
		Kind.UNASSIGNED: _("Unassigned"),
	}[Kind(kind)]


def _names(value: str | list | None) -> list[str]:
	"""A list of the desk, or its text: JSON, or names with commas."""
	if isinstance(value, str):
		text = value.strip()
		value = json.loads(text) if text.startswith("[") else text.split(",")
	return list(dict.fromkeys(cstr(name).strip() for name in value or [] if cstr(name).strip()))
