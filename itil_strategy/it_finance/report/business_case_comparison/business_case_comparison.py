"""Business Case Comparison: cases, or their options, side by side (FM-7)."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from itil_strategy.exceptions import BusinessCaseError
from itil_strategy.it_finance.business_case.reading import OPTION_TEXTS, TEXTS, figure
from itil_strategy.it_finance.business_case.transitions import APPROVED, DOCTYPE, LAPSED, REJECTED, STATES
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_company, total_row

LIVE, ALL = "Live", "All"
KNOWN = (LIVE, ALL, *(state for state, _docstatus, _style in STATES))
LINKS = {"it_service": "IT Service", "business_case": DOCTYPE}
MEASURES = ("npv", "advantage", "total_spend")
CHART_ROWS = 20
FIELDS = [
	"name",
	"case_title",
	"it_service",
	"status",
	"case_owner",
	"valid_until",
	"recommended_option",
	"npv",
	"advantage",
	"equal_annual_value",
	"total_spend",
	"internal_rates",
	"modified_rate",
	"return_on_investment",
	"benefit_cost",
	"payback",
	"discounted_payback",
	"chance_of_loss",
	"percentiles",
	"discount_rate",
]


def execute(filters: dict | None = None):
	return BusinessCaseComparison(plain_filters(filters)).run()


class BusinessCaseComparison:
	"""A row per case with the figures of its recommended option; with options a row per option below it."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.status = filters.status or LIVE
		if not filters.company:
			self.refuse(_("Choose a company: amounts of several currencies cannot be compared."))
		if self.status not in KNOWN:
			self.refuse(
				_("{0} is not known here. Choose one of {1}.").format(
					frappe.bold(frappe.utils.escape_html(self.status)), ", ".join(map(_, KNOWN))
				)
			)
		require_company(filters.company, DOCTYPE)
		self.currency = frappe.get_cached_value("Company", filters.company, "default_currency")

	def run(self):
		cases = self.load_cases()
		rows = [self.case_row(case) for case in cases]
		data = fold_hidden_rows(rows, LINKS, MEASURES, "case_title", DOCTYPE)
		if self.filters.show_options:
			data = self.with_options(data)
		if rows:
			total = {**total_row(rows, MEASURES, "case_title"), "currency": self.currency}
			data.append(total)
		return (
			readable_columns(self.columns()),
			data,
			self.message(cases),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def load_cases(self) -> list[frappe._dict]:
		"""Highest value against doing nothing first."""
		filters: dict = {"company": self.filters.company, "docstatus": ("<", 2)}
		if self.status == LIVE:
			filters["status"] = ("not in", (REJECTED, LAPSED))
		elif self.status != ALL:
			filters["status"] = self.status
		if self.filters.it_service:
			filters["it_service"] = self.filters.it_service
		or_filters = None
		services = restricted_to_services(frappe.session.user, READ_CHARGES)
		if services is not None:
			user = frappe.session.user
			or_filters = {"owner": user, "case_owner": user}
			if services:
				# Frappe takes an empty list for the cases without a service.
				or_filters["it_service"] = ("in", services)
		return frappe.get_all(
			DOCTYPE,
			filters,
			FIELDS,
			or_filters=or_filters,
			order_by="advantage desc, name asc",
			limit=0,
		)

	def case_row(self, case: frappe._dict) -> dict:
		return {
			**{field: case[field] for field in FIELDS if field != "name"},
			**{field: figure(case[field]) for field in TEXTS},
			"business_case": case.name,
			"option_title": case.recommended_option,
			"is_late": int(case.status != APPROVED and getdate(case.valid_until) < getdate()),
			"currency": self.currency,
			"indent": 0,
		}

	def with_options(self, data: list[dict]) -> list[dict]:
		"""Options below the cases that are shown; one query."""
		shown = [row["business_case"] for row in data if row.get("business_case")]
		options: dict[str, list[dict]] = {}
		for row in frappe.get_all(
			"Business Case Option",
			{"parenttype": DOCTYPE, "parent": ("in", shown)},
			[
				"parent",
				"option_title",
				"npv",
				"advantage",
				"equal_annual_value",
				"internal_rates",
				"payback",
				"benefit_cost",
			],
			order_by="parent asc, idx asc",
			limit=0,
		):
			options.setdefault(row.parent, []).append(
				{
					**row,
					**{field: figure(row[field]) for field in OPTION_TEXTS},
					"case_title": row.option_title,
					"indent": 1,
					"currency": self.currency,
					"is_option": 1,
				}
			)
		return [item for row in data for item in (row, *options.get(row.get("business_case"), ()))]

	def columns(self) -> list[dict]:
		return [
			column("case_title", _("Title"), width=230),
			column("business_case", _("Business Case"), "Link", 140, DOCTYPE),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("status", _("Status"), width=120),
			column("option_title", _("Recommended Option"), width=150),
			column("npv", _("Net Present Value"), "Currency", 140, "currency"),
			column("advantage", _("Against Doing Nothing"), "Currency", 150, "currency"),
			column("equal_annual_value", _("Equal Annual Value"), "Currency", 140, "currency"),
			column("total_spend", _("Planned Spend"), "Currency", 130, "currency"),
			column("internal_rates", _("Internal Rates of Return"), width=150),
			column("modified_rate", _("Modified Rate"), width=110),
			column("return_on_investment", _("Return on Investment"), width=120),
			column("benefit_cost", _("Benefit ÷ Cost"), width=110),
			column("payback", _("Payback"), width=110),
			column("discounted_payback", _("Discounted Payback"), width=130),
			column("chance_of_loss", _("Chance of Loss"), width=110),
			column("percentiles", _("P10 / P50 / P90"), width=200),
			column("discount_rate", _("Discount Rate"), "Percent", 100),
			column("valid_until", _("Valid Until"), "Date", 110),
			column("case_owner", _("Case Owner"), "Link", 150, "User"),
			column("currency", _("Currency"), "Link", 80, "Currency", hidden=1),
		]

	def message(self, cases: list[frappe._dict]) -> str:
		sentences = [_("Figures are those of each case's recommended option, as last saved.")]
		if len({flt(case.discount_rate, 6) for case in cases}) > 1:
			sentences.append(
				_("The cases discount at different rates: their net present values do not compare directly.")
			)
		return " ".join(sentences)

	def chart(self, rows: list[dict]) -> dict | None:
		shown = rows[:CHART_ROWS]
		titles = visible_labels({row["business_case"]: row["case_title"] for row in shown}, DOCTYPE, DOCTYPE)
		return bar_chart(
			[titles[row["business_case"]] for row in shown],
			{
				_("Against doing nothing"): [row["advantage"] for row in shown],
				_("Planned spend"): [row["total_spend"] for row in shown],
			},
			("#2490EF", "#F8814F"),
			self.currency,
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		late = sum(row["is_late"] for row in rows)
		return [
			card(_("Cases"), len(rows), "Blue"),
			card(_("Approved"), sum(row["status"] == APPROVED for row in rows), "Green"),
			card(
				_("Against Doing Nothing"), sum(flt(row["advantage"]) for row in rows), "Green", self.currency
			),
			card(_("Planned Spend"), sum(flt(row["total_spend"]) for row in rows), "Blue", self.currency),
			card(_("Out of Date"), late, "Red" if late else "Green"),
		]

	def refuse(self, message: str) -> None:
		frappe.throw(message, BusinessCaseError, title=_("Business Case Comparison"))
