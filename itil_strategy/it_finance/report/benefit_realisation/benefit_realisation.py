"""Benefit Realisation: what became of approved cases, or of one of them period by period (FM-14)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt

from itil_strategy.domain.realisation import ON_TRACK, PeriodResult
from itil_strategy.exceptions import BusinessCaseError
from itil_strategy.it_finance.business_case.realisation import CaseRealisation, load_realisations
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row

DOCTYPE = "Business Case"
LINKS = {"it_service": "IT Service", "business_case": DOCTYPE}
CASE_MEASURES = ("approved_npv", "as_planned", "as_so_far")
PERIOD_MEASURES = ("planned_benefit", "actual_benefit", "planned_cost", "actual_cost")
CHART_ROWS = 20


def execute(filters: dict | None = None):
	return BenefitRealisation(plain_filters(filters)).run()


class BenefitRealisation:
	"""A row per case, or with a case chosen a row per period of it."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		if filters.business_case:
			frappe.has_permission(DOCTYPE, "read", doc=filters.business_case, throw=True)
			filters.company = frappe.db.get_value(DOCTYPE, filters.business_case, "company")
		if not filters.company:
			frappe.throw(
				_("Choose a company or a business case."), BusinessCaseError, title=_("Filter Missing")
			)
		require_ledger(filters.company, DOCTYPE)
		self.currency = frappe.get_cached_value("Company", filters.company, "default_currency")

	def run(self):
		filters = {"it_service": self.filters.it_service} if self.filters.it_service else {}
		names = [self.filters.business_case] if self.filters.business_case else None
		found = [
			item for item in load_realisations(self.filters.company, names, **filters) if self.is_shown(item)
		]
		if self.filters.business_case:
			return self.of_one(found)
		return self.of_all(found)

	def is_shown(self, item: CaseRealisation) -> bool:
		"""A service owner's own report has the own cases only."""
		services = restricted_to_services(frappe.session.user, READ_CHARGES)
		return (
			services is None
			or item.case.it_service in services
			or frappe.session.user == item.case.case_owner
		)

	def of_all(self, found: list[CaseRealisation]):
		rows = [self.case_row(item) for item in found]
		data = fold_hidden_rows(rows, LINKS, CASE_MEASURES, "case_title", DOCTYPE)
		if rows:
			data.append({**total_row(rows, CASE_MEASURES, "case_title"), "currency": self.currency})
		alarms = sum(item.verdict != ON_TRACK for item in found)
		unmeasured = sum(item.over - item.measured for item in found)
		summary = [
			card(_("Cases"), len(found), "Blue"),
			card(_("Value as Approved"), sum(row["approved_npv"] for row in rows), "Blue", self.currency),
			card(_("If It Goes On as So Far"), sum(row["as_so_far"] for row in rows), "Green", self.currency),
			card(_("To Approve Again or Stop"), alarms, "Red" if alarms else "Green"),
			card(_("Periods Not Measured"), unmeasured, "Orange" if unmeasured else "Green"),
		]
		return (
			readable_columns(self.case_columns()),
			data,
			self.message(found),
			self.case_chart(rows),
			summary,
			True,
		)

	def case_row(self, item: CaseRealisation) -> dict:
		found = item.realisation
		return {
			"case_title": item.case.case_title,
			"business_case": item.case.name,
			"it_service": item.case.it_service,
			"status": item.case.status,
			"verdict": _(item.verdict),
			"is_alarm": int(item.verdict != ON_TRACK),
			"approved_npv": flt(item.case.approved_npv),
			"as_planned": _money(found.as_planned),
			"as_so_far": _money(found.as_so_far),
			"benefit_ratio": _percent(found.benefit_ratio),
			"cost_ratio": _percent(found.cost_ratio),
			"measured": _("{0} of {1}").format(item.measured, item.over),
			"case_owner": item.case.case_owner,
			"currency": self.currency,
		}

	def of_one(self, found: list[CaseRealisation]):
		if not found:
			return (
				readable_columns(self.period_columns()),
				[],
				_("This case was not approved."),
				None,
				[],
				True,
			)
		item = found[0]
		lessons = self.lessons()
		rows = [self.period_row(line, lessons.get(line.period, "")) for line in item.realisation.lines]
		data = [*rows, {**total_row(rows, PERIOD_MEASURES, "period_label"), "currency": self.currency}]
		summary = [
			card(_("Value as Approved"), flt(item.case.approved_npv), "Blue", self.currency),
			card(
				_("If the Rest Goes as Planned"), _money(item.realisation.as_planned), "Blue", self.currency
			),
			card(_("If It Goes On as So Far"), _money(item.realisation.as_so_far), "Green", self.currency),
			card(_("Verdict"), _(item.verdict), "Green" if item.verdict == ON_TRACK else "Red"),
		]
		chart = bar_chart(
			[row["period_label"] for row in rows],
			{
				_("Planned benefit"): [row["planned_benefit"] for row in rows],
				_("Actual benefit"): [row["actual_benefit"] or 0 for row in rows],
				_("Planned cost"): [row["planned_cost"] for row in rows],
				_("Actual cost"): [row["actual_cost"] or 0 for row in rows],
			},
			("#B8D8F5", "#2490EF", "#FBD3BD", "#F8814F"),
			self.currency,
		)
		return readable_columns(self.period_columns()), data, self.message(found), chart, summary, True

	def period_row(self, line: PeriodResult, lessons: str) -> dict:
		return {
			"period_label": str(line.period),
			"planned_benefit": _money(line.planned_benefit),
			"actual_benefit": None if line.actual_benefit is None else _money(line.actual_benefit),
			"planned_cost": _money(line.planned_cost),
			"actual_cost": None if line.actual_cost is None else _money(line.actual_cost),
			"lessons": lessons,
			"currency": self.currency,
		}

	def lessons(self) -> dict[int, str]:
		found: dict[int, list[str]] = {}
		for row in frappe.get_all(
			"Benefit Measurement",
			{"business_case": self.filters.business_case, "lessons": ("is", "set")},
			["period", "item", "lessons"],
			order_by="period asc, item asc",
			limit=0,
		):
			found.setdefault(row.period, []).append(f"{row.item}: {row.lessons}")
		return {period: "; ".join(texts) for period, texts in found.items()}

	def case_columns(self) -> list[dict]:
		return [
			column("case_title", _("Title"), width=220),
			column("business_case", _("Business Case"), "Link", 140, DOCTYPE),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("status", _("Status"), width=100),
			column("verdict", _("Verdict"), width=110),
			column("approved_npv", _("Value as Approved"), "Currency", 140, "currency"),
			column("as_planned", _("If the Rest Goes as Planned"), "Currency", 170, "currency"),
			column("as_so_far", _("If It Goes On as So Far"), "Currency", 170, "currency"),
			column("benefit_ratio", _("Benefit of Plan"), "Percent", 110),
			column("cost_ratio", _("Cost of Plan"), "Percent", 110),
			column("measured", _("Periods Measured"), width=120),
			column("case_owner", _("Case Owner"), "Link", 150, "User"),
			column("currency", _("Currency"), "Link", 80, "Currency", hidden=1),
		]

	def period_columns(self) -> list[dict]:
		return [
			column("period_label", _("Period"), width=90),
			column("planned_benefit", _("Planned Benefit"), "Currency", 140, "currency"),
			column("actual_benefit", _("Actual Benefit"), "Currency", 140, "currency"),
			column("planned_cost", _("Planned Cost"), "Currency", 140, "currency"),
			column("actual_cost", _("Actual Cost"), "Currency", 140, "currency"),
			column("lessons", _("Lessons"), width=420),
			column("currency", _("Currency"), "Link", 80, "Currency", hidden=1),
		]

	def message(self, found: list[CaseRealisation]) -> str:
		sentences = [
			_(
				"Benefits, OpEx and CapEx are those entered as Benefit Measurements. For periods that are over, OpEx that was not entered is the expense of the service in the ledger without depreciation, and CapEx is what its assets cost; what is not known counts as planned. Net present values are at the start of the case."
			)
		]
		shared = sum(item.is_shared for item in found)
		if shared == 1:
			sentences.append(
				_(
					"1 case shares its service with another: the ledger cannot tell their costs apart, so enter its OpEx and CapEx."
				)
			)
		elif shared:
			sentences.append(
				_(
					"{0} cases share their service with another: the ledger cannot tell their costs apart, so enter their OpEx and CapEx."
				).format(shared)
			)
		return " ".join(sentences)

	def case_chart(self, rows: list[dict]) -> dict | None:
		shown = rows[:CHART_ROWS]
		titles = visible_labels({row["business_case"]: row["case_title"] for row in shown}, DOCTYPE, DOCTYPE)
		return bar_chart(
			[titles[row["business_case"]] for row in shown],
			{
				_("As approved"): [row["approved_npv"] for row in shown],
				_("As so far"): [row["as_so_far"] for row in shown],
			},
			("#B8D8F5", "#2490EF"),
			self.currency,
		)


def _money(value: Decimal) -> float:
	return flt(float(value), 2)


def _percent(ratio: Decimal | None) -> float | None:
	return None if ratio is None else flt(float(ratio * 100), 1)
