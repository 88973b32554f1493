"""Retirement Analysis: every catalogue service of a company on two axes, with its class and money (SP-7)."""

from collections import Counter
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint

from itil_strategy.domain.retirement import CLASSES, Analysis
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.retirement.analysis import analyse_services, find_window
from itil_strategy.service_portfolio.retirement.evidence import describe_blockers
from itil_strategy.service_portfolio.retirement.settings import load_settings
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import (
	fold_hidden_rows,
	readable_columns,
	require_ledger,
	total_row,
)
from itil_strategy.utils.service_scope import permitted_services

MEASURES = ("full_cost", "charged", "net_saving", "exit_cost")
LINKS = {"it_service": "IT Service", "service_owner": "User"}
NO_CLASS = "No Class"
COLORS = {"Invest": "Green", "Migrate": "Orange", "Tolerate": "Blue", "Eliminate": "Red", NO_CLASS: "Grey"}
DECIMALS = 2


def execute(filters: dict | None = None):
	return RetirementAnalysis(plain_filters(filters)).run()


class RetirementAnalysis:
	"""The analysis of all services in the filters; what the viewer may not see is folded after the totals."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.window = find_window(
			filters.last_month,
			load_settings().months if filters.months in (None, "") else cint(filters.months),
		)
		self.permitted = permitted_services()
		self.own_services = restricted_to_services(frappe.session.user, READ_CHARGES)

	def validate_filters(self) -> None:
		if not self.filters.company:
			frappe.throw(_("Choose a value for {0}.").format(_("company")), ServiceStrategyError)
		known = ("", *CLASSES, NO_CLASS)
		if (self.filters.service_class or "") not in known:
			frappe.throw(
				_("{0} is no class. Choose one of {1}.").format(
					frappe.bold(self.filters.service_class), ", ".join(map(_, known[1:]))
				),
				ServiceStrategyError,
			)

	def run(self):
		analyses = self.analyse()
		rows = self.make_rows(analyses)
		data = fold_hidden_rows(rows, LINKS, MEASURES, "service_name", "IT Service", self.permitted)
		if rows:
			data.append({**total_row(rows, MEASURES, "service_name"), "currency": self.currency})
		is_full = any(analysis.money.stranded_cost is not None for analysis in analyses)
		return (
			readable_columns(self.columns(is_full)),
			data,
			self.message(is_full),
			None,
			self.summary(analyses),
			True,
		)

	def analyse(self) -> list[Analysis]:
		analyses = analyse_services(
			self.filters.company, self.window[-1], len(self.window), self.services_in_query()
		)
		wanted = self.filters.service_class
		return [row for row in analyses if not wanted or (row.service_class or NO_CLASS) == wanted]

	def services_in_query(self) -> list[str] | None:
		"""A service owner gets the own services; the filter on the owner narrows further."""
		services = self.own_services
		if self.filters.service_owner:
			owned = frappe.get_all("IT Service", {"service_owner": self.filters.service_owner}, pluck="name")
			services = owned if services is None else sorted(set(owned) & set(services))
		return services

	def make_rows(self, analyses: list[Analysis]) -> list[dict]:
		records = {
			row.name: row
			for row in frappe.get_all(
				"IT Service",
				{"name": ("in", [analysis.service for analysis in analyses] or [""])},
				["name", "service_name", "service_owner"],
				limit=0,
			)
		}
		return [self.make_row(analysis, records[analysis.service]) for analysis in analyses]

	def make_row(self, analysis: Analysis, record: frappe._dict) -> dict:
		money = analysis.money
		return {
			"service_name": record.service_name,
			"it_service": analysis.service,
			"service_class": analysis.service_class,
			"value_score": _number(analysis.value.score),
			"value_coverage": _number(analysis.value.coverage),
			"fitness_score": _number(analysis.fitness.score),
			"fitness_coverage": _number(analysis.fitness.coverage),
			"full_cost": float(money.full_cost),
			"charged": float(money.charged),
			"recovery": _number(money.recovery),
			"unit_cost": _number(money.unit_cost),
			"unit": money.unit,
			**{
				key: _number(result.value)
				for key in INDICATOR_COLUMNS
				if (result := analysis.indicator(key)) is not None
			},
			"dependents": len(analysis.dependents),
			"commitments": len(analysis.commitments),
			"recommended": analysis.recommended,
			"blockers": describe_blockers(analysis, self.permitted),
			"stranded_cost": _number(money.stranded_cost),
			"net_saving": float(money.net_saving),
			"exit_cost": _number(money.exit_cost),
			"payback": _number(money.payback),
			"service_owner": record.service_owner,
			"cutoff": float(analysis.cutoff),
			"currency": self.currency,
		}

	def columns(self, is_full: bool) -> list[dict]:
		"""`is_full`: cost is allocated; else it is direct cost, and what would be stranded is not known."""
		columns = [
			_column("service_name", _("Service"), "Data", 190),
			_column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			_column("service_class", _("Class"), "Data", 110),
			_column("recommended", _("Recommended Outcome"), "Data", 120),
			_column("value_score", _("Business Value"), "Float", 110),
			_column("value_coverage", _("Value Covered"), "Percent", 110),
			_column("fitness_score", _("Fitness"), "Float", 90),
			_column("fitness_coverage", _("Fitness Covered"), "Percent", 110),
			_column(
				"full_cost", _("Full Cost") if is_full else _("Direct Cost"), "Currency", 120, "currency"
			),
			_column("charged", _("Charged"), "Currency", 120, "currency"),
			_column("recovery", _("Recovery"), "Percent", 100),
			_column(
				"unit_cost", _("Full Cost per Unit") if is_full else _("Direct Cost per Unit"), "Float", 120
			),
			_column("unit", _("Unit"), "Data", 80),
			_column("unit_cost_trend", _("Unit Cost Trend (% per Year)"), "Float", 130),
			_column("usage_trend", _("Usage Trend (% per Year)"), "Float", 130),
			_column("active_customers", _("Active Customers"), "Int", 90),
			_column("satisfaction", _("Satisfaction (of 100)"), "Float", 110),
			_column("complaint_rate", _("Complaints per Customer and Year"), "Float", 120),
			_column("strategic_contribution", _("Strategic Contribution"), "Percent", 120),
			_column("technical_fit", _("Technical Fit (of 4)"), "Int", 100),
			_column("functional_fit", _("Functional Fit (of 4)"), "Int", 100),
			_column("dependents", _("Dependents"), "Int", 90),
			_column("commitments", _("Commitments"), "Int", 110),
			_column("blockers", _("Blockers"), "Data", 220),
			_column("stranded_cost", _("Stranded Cost per Year"), "Currency", 150, "currency"),
			_column(
				"net_saving",
				_("Saving per Year") if is_full else _("Saving per Year (Direct Cost)"),
				"Currency",
				150,
				"currency",
			),
			_column("exit_cost", _("Exit Cost"), "Currency", 110, "currency"),
			_column("payback", _("Payback (Months)"), "Float", 110),
			_column("service_owner", _("Service Owner"), "Link", 150, "User"),
		]
		return [column for column in columns if is_full or column["fieldname"] != "stranded_cost"]

	def message(self, is_full: bool) -> str:
		sentences = [
			_("Window: {0} to {1} ({2} months).").format(
				f"{self.window[0]:%Y-%m}", f"{self.window[-1]:%Y-%m}", len(self.window)
			),
			_(
				"Cost is full cost of submitted allocation runs; the saving leaves out what would fall on other services."
			)
			if is_full
			else _(
				"Cost is direct cost: no submitted allocation run covers every month, so the saving per year leaves out cost that would stay with others."
			),
		]
		if self.own_services is not None:
			sentences.append(_("You see the services that you own."))
		return " ".join(sentences)

	def summary(self, analyses: list[Analysis]) -> list[dict]:
		"""How many services each class has, whoever looks."""
		counts = Counter(analysis.service_class or NO_CLASS for analysis in analyses)
		return [
			{"label": _(name), "value": counts[name], "indicator": color, "datatype": "Int"}
			for name, color in COLORS.items()
		]


INDICATOR_COLUMNS = (
	"unit_cost_trend",
	"usage_trend",
	"active_customers",
	"satisfaction",
	"complaint_rate",
	"strategic_contribution",
	"technical_fit",
	"functional_fit",
)


def _number(value: Decimal | None) -> float | None:
	return None if value is None else float(value)


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	column = {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}
	if fieldtype == "Float":
		column["precision"] = DECIMALS
	return column
