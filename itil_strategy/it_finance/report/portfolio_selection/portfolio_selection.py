"""Portfolio Selection: the best set of business cases for the money, and why (FM-8)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt

from itil_strategy.domain.selection import Selection, value_curve, value_of_more
from itil_strategy.domain.selection_reasons import explain
from itil_strategy.domain.selection_rules import BUDGET, Limit
from itil_strategy.exceptions import PortfolioSelectionError
from itil_strategy.it_finance.business_case.refusals import refusing
from itil_strategy.it_finance.selection.load import load_round
from itil_strategy.it_finance.selection.solve import solve_problem
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import card, column
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_company, sum_measures
from itil_strategy.utils.translation import translate

SHARES = [Decimal(share) / 100 for share in range(0, 160, 10)]
DEFAULT_STEP = 10_000
LINKS = {"it_service": "IT Service", "business_case": "Business Case"}


def execute(filters: dict | None = None):
	return PortfolioSelection(plain_filters(filters)).run()


class PortfolioSelection:
	"""The selection does not depend on who looks: rows that are hidden are folded, with their part of the sums."""

	def __init__(self, filters: frappe._dict):
		if not filters.investment_round:
			frappe.throw(
				_("Choose an Investment Round: it holds the budgets and rules."),
				PortfolioSelectionError,
				title=_("Filter Missing"),
			)
		frappe.has_permission("Investment Round", "read", doc=filters.investment_round, throw=True)
		self.filters = filters
		self.round = load_round(filters.investment_round, bool(filters.with_drafts))
		require_company(self.round.doc.company, "Business Case")
		self.currency = self.round.doc.currency
		self.limits = self.round.problem.limits
		self.fields = {limit.name: f"limit_{place}" for place, limit in enumerate(self.limits)}

	def run(self):
		self.selection = solve_problem(self.round.problem)
		rows = self.rows()
		measures = ("value", "total_spend", *self.fields.values())
		data = fold_hidden_rows(rows, LINKS, measures, "case_title", "Business Case")
		if rows:
			data += self.closing_rows(rows, measures)
		more = self.value_of_more() if self.filters.show_analysis else []
		return (
			readable_columns(self.columns()),
			data,
			self.message(more),
			self.chart() if self.filters.show_analysis else self.budget_chart(),
			self.summary(rows),
			True,
		)

	def rows(self) -> list[dict]:
		reasons = explain(self.round.problem, self.selection)
		chosen = set(self.selection.chosen)
		values = {case.name: case.value for case in self.round.problem.candidates}
		rows = [
			{
				"is_selected": int(name in chosen),
				"selected": _("Selected") if name in chosen else _("Left out"),
				"business_case": name,
				"case_title": case.case_title,
				"it_service": case.it_service,
				"status": case.status,
				"value": float(values[name]),
				"total_spend": flt(case.total_spend),
				"reason": translate(reasons[name]),
				"currency": self.currency,
				**{self.fields[limit.name]: float(limit.uses.get(name, 0)) for limit in self.limits},
			}
			for name, case in self.round.cases.items()
		]
		return sorted(rows, key=lambda row: (-row["is_selected"], -row["value"], row["business_case"]))

	def closing_rows(self, rows: list[dict], measures: tuple[str, ...]) -> list[dict]:
		"""What is selected of all, the limits, and what is left of them."""
		total = sum_measures([row for row in rows if row["is_selected"]], measures)
		amounts = {self.fields[limit.name]: float(limit.amount) for limit in self.limits}
		left = {
			self.fields[limit.name]: float(limit.amount - self.selection.used[limit.name])
			for limit in self.limits
		}
		closing = {"is_total": 1, "bold": 1, "currency": self.currency}
		found = [{"case_title": _("Selected"), **closing, **total}]
		if self.limits:
			found.append({"case_title": _("Limit"), **closing, **amounts})
			found.append({"case_title": _("Left"), **closing, **left})
		return found

	def columns(self) -> list[dict]:
		limits = [
			column(
				self.fields[limit.name],
				_("Spend {0}").format(limit.name)
				if limit.kind == BUDGET
				else _("Days {0}").format(limit.name),
				"Currency" if limit.kind == BUDGET else "Float",
				130,
				"currency" if limit.kind == BUDGET else "",
			)
			for limit in self.limits
		]
		return [
			column("selected", _("Selection"), width=110),
			column("case_title", _("Title"), width=220),
			column("business_case", _("Business Case"), "Link", 140, "Business Case"),
			column("it_service", _("IT Service"), "Link", 130, "IT Service"),
			column("status", _("Status"), width=110),
			column("value", _(self.round.doc.measure), "Currency", 150, "currency"),
			column("total_spend", _("Planned Spend"), "Currency", 130, "currency"),
			*limits,
			column("reason", _("Why"), width=420),
			column("currency", _("Currency"), "Link", 80, "Currency", hidden=1),
		]

	def value_of_more(self) -> list[tuple[Limit, Decimal, Decimal]]:
		"""(limit, step, what it is worth); budgets by the step of the filter, skills by a day."""
		step = to_decimal(self.filters.step or DEFAULT_STEP)
		if step <= 0:
			frappe.throw(
				_("The step must be above 0. Enter by how much a budget would rise."), PortfolioSelectionError
			)
		with refusing():
			return [
				(limit, used, value_of_more(self.round.problem, limit.name, used))
				for limit in self.limits
				for used in (step if limit.kind == BUDGET else Decimal(1),)
			]

	def message(self, more: list[tuple[Limit, Decimal, Decimal]]) -> str:
		sentences = [
			_(
				"No other set of these cases is worth more within the limits and rules of the round; this is proven."
			)
		]
		for limit, step, value in more:
			amount = frappe.format(float(value), {"fieldtype": "Currency", "options": self.currency})
			if limit.kind == BUDGET:
				added = frappe.format(float(step), {"fieldtype": "Currency", "options": self.currency})
				template = _("{0} more in {1} would be worth {2}.")
			else:
				added, template = _("A day"), _("{0} more of {1} would be worth {2}.")
			sentences.append(template.format(added, f"<b>{frappe.utils.escape_html(limit.name)}</b>", amount))
		return " ".join(sentences)

	def chart(self) -> dict | None:
		"""Best value over shares of all budgets."""
		if not any(limit.kind == BUDGET for limit in self.limits):
			return None
		with refusing():
			points = value_curve(self.round.problem, SHARES)
		return {
			"data": {
				"labels": [f"{share * 100:.0f} %" for share, _value in points],
				"datasets": [
					{
						"name": _("Best value at this share of the budgets"),
						"values": [None if value is None else float(value) for _share, value in points],
					}
				],
			},
			"type": "line",
			"fieldtype": "Currency",
			"currency": self.currency,
			"colors": ["#2490EF"],
		}

	def budget_chart(self) -> dict | None:
		"""Used and left of each budget."""
		budgets = [limit for limit in self.limits if limit.kind == BUDGET]
		if not budgets or not self.round.cases:
			return None
		used = [float(self.selection.used[limit.name]) for limit in budgets]
		return {
			"data": {
				"labels": [limit.name for limit in budgets],
				"datasets": [
					{"name": _("Selected"), "values": used},
					{
						"name": _("Left"),
						"values": [
							float(limit.amount) - spent for limit, spent in zip(budgets, used, strict=True)
						],
					},
				],
			},
			"type": "bar",
			"barOptions": {"stacked": 1},
			"fieldtype": "Currency",
			"currency": self.currency,
			"colors": ["#2490EF", "#B8D8F5"],
		}

	def summary(self, rows: list[dict]) -> list[dict]:
		selection: Selection = self.selection
		spend = sum(row["total_spend"] for row in rows if row["is_selected"])
		return [
			card(_("Cases"), len(rows), "Blue"),
			card(_("Selected"), len(selection.chosen), "Green"),
			card(_(self.round.doc.measure), selection.value, "Green", self.currency),
			card(_("Planned Spend"), spend, "Blue", self.currency),
		]
