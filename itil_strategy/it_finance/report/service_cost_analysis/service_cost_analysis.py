"""Service Cost Analysis: what services cost, from where, to whom, per unit, and what was charged (FM-1, FM-2)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import fmt_money, getdate

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.domain.periods import month_period
from itil_strategy.exceptions import DateOrderError, ServiceStrategyError
from itil_strategy.it_finance.report.service_cost_analysis.offerings import make_offering_rows
from itil_strategy.it_finance.report.service_cost_analysis.sources import (
	BREAKDOWNS,
	Key,
	Sources,
	Sums,
	month_of,
)
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row
from itil_strategy.utils.text import as_html, bold

COST_MEASURES = ("direct_cost", "pool_cost", "received", "passed_on", "final_cost", "not_borne")
MEASURES = (*COST_MEASURES, "charged", "shown", "recovery")
ZERO = Decimal(0)
CHART_SERVICES = 15
SHOWN_CHANGES = 10


def execute(filters: dict | None = None):
	return ServiceCostAnalysis(plain_filters(filters)).run()


class ServiceCostAnalysis:
	"""Of each row Direct + From Pools + Received + Passed On = Final + Not Borne; in total the ledger's expense."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.services = restricted_to_services(frappe.session.user, UNRESTRICTED)
		self.breakdown = filters.breakdown or "Service"
		self.start = getdate(filters.from_date)
		self.end = getdate(filters.to_date) + timedelta(days=1)
		self.sources = Sources(filters, self.start, self.end, self.services)

	def validate_filters(self) -> None:
		for fieldname, label in (("company", _("company")), ("from_date", _("From")), ("to_date", _("To"))):
			if not self.filters.get(fieldname):
				frappe.throw(_("Choose a value for {0}.").format(label), ServiceStrategyError)
		if getdate(self.filters.to_date) < getdate(self.filters.from_date):
			frappe.throw(
				_("To is before From. Correct one of them."),
				DateOrderError,
				title=_("Dates the Wrong Way Round"),
			)
		if self.filters.breakdown and self.filters.breakdown not in BREAKDOWNS:
			frappe.throw(
				_("There is no breakdown {0}. Choose one of {1}.").format(
					bold(self.filters.breakdown), ", ".join(map(_, BREAKDOWNS))
				),
				ServiceStrategyError,
			)

	def run(self):
		rows = self.make_rows()
		columns = self.columns()
		links = link_columns(item for item in columns if item["options"] != "UOM")
		data = fold_hidden_rows(rows, links, MEASURES, "description", "IT Service")
		if rows:
			data.append(
				{**total_row(rows, MEASURES, "description"), "share": 100.0, "currency": self.currency}
			)
		return readable_columns(columns), data, self.message(), self.chart(rows), self.summary(rows), True

	# Rows

	def make_rows(self) -> list[dict]:
		names = dict(frappe.get_all("IT Service", fields=["name", "service_name"], limit=0, as_list=True))
		sums = self.sources.fetch()
		total = sum((of["final_cost"] + of["not_borne"] for of in sums.values()), ZERO)
		if self.breakdown == "Offering":
			rows = make_offering_rows(self.filters.company, self.start, self.end, sums, names)
			rows += [self.make_row(key, sums[key], total, names) for key in sorted(sums) if not key.service]
			return [{**row, "currency": self.currency} for row in rows]
		keys = sorted(sums, key=lambda key: (key.service == "", key))
		return [self.make_row(key, sums[key], total, names) for key in keys]

	def make_row(self, key: Key, sums: Sums, total: Decimal, names: dict[str, str]) -> dict:
		cost = sums["final_cost"] + sums["not_borne"]
		return {
			"description": names.get(key.service, key.service) if key.service else self.bucket_name(key),
			"it_service": key.service or None,
			"cost_pool": key.pool or None,
			"partner_service": key.partner or None,
			"month": month_of(key),
			"cost_element": key.element or None,
			"account": key.account or None,
			**{measure: float(sums[measure]) for measure in MEASURES if measure != "recovery"},
			"share": float(round(cost / total * 100, 2)) if total else 0,
			"recovery": float(sums["charged"] - sums["final_cost"]) if key.service else 0,
			"currency": self.currency,
			"is_unassigned": key.bucket == Kind.UNASSIGNED,
			"is_bucket": bool(key.bucket),
		}

	def bucket_name(self, key: Key) -> str:
		if key.bucket == Kind.IDLE:
			return _("Idle capacity of {0}").format(key.pool)
		if key.bucket == Kind.UNALLOCATED:
			return _("Unallocated, no driver: {0}").format(key.pool)
		return _("Unassigned: no service on the entry")

	# Columns

	def columns(self) -> list[dict]:
		details = {
			"Account": [column("account", _("Account"), "Link", 220, "Account")],
			"Month": [column("month", _("Month"), "Date", 110)],
			"Cost Element": [column("cost_element", _("Cost Element"), "Link", 130, "Cost Element")],
			"Source and Receiver": [
				column("cost_pool", _("From Pool"), "Link", 150, "Cost Pool"),
				column("partner_service", _("From or To Service"), "Link", 140, "IT Service"),
			],
			"Offering": [
				column("service_offering", _("Service Offering"), "Link", 150, "Service Offering"),
				column("units", _("Units"), "Float", 110),
				column("uom", _("Unit"), "Link", 80, "UOM"),
			],
		}
		return [
			column("description", _("Service"), "Data", 240),
			column("it_service", _("IT Service"), "Link", 130, "IT Service"),
			*details.get(self.breakdown, ()),
			*self.cost_columns(),
			*self.unit_columns(),
			*self.charge_columns(),
		]

	def cost_columns(self) -> list[dict]:
		columns = [column("direct_cost", _("Direct Cost"), "Currency", 140, "currency")]
		if self.sources.runs:
			columns += [
				column("pool_cost", _("From Pools"), "Currency", 130, "currency"),
				column("received", _("Received"), "Currency", 130, "currency"),
				column("passed_on", _("Passed On"), "Currency", 130, "currency"),
				column("final_cost", _("Final Cost"), "Currency", 140, "currency"),
				column("not_borne", _("Not Borne by a Service"), "Currency", 140, "currency"),
			]
		if self.breakdown != "Offering":
			columns.append(column("share", _("Share"), "Percent", 90))
		return columns

	def unit_columns(self) -> list[dict]:
		if self.breakdown != "Offering":
			return []
		parts = [("final_cost", _("Unit Cost")), ("direct_cost", _("Of Which Direct"))]
		if self.sources.runs:
			parts += [
				("pool_cost", _("From Pools, per Unit")),
				("received", _("Received, per Unit")),
				("passed_on", _("Passed On, per Unit")),
			]
		return [column(f"{part}_per_unit", label, "Float", 120, precision=4) for part, label in parts]

	def charge_columns(self) -> list[dict]:
		if self.breakdown not in ("Service", "Month"):
			return []
		label = _("Charged Less Final Cost") if self.sources.runs else _("Charged Less Direct Cost")
		return [
			column("charged", _("Charged"), "Currency", 140, "currency"),
			column("shown", _("Shown"), "Currency", 130, "currency"),
			column("recovery", label, "Currency", 170, "currency"),
		]

	# Around the rows

	def message(self) -> str | None:
		sentences = []
		if self.services is not None:
			sentences.append(_("You see the services that you own."))
		if self.sources.runs:
			months = ", ".join(f"{month:%Y-%m}" for month in sorted(self.sources.runs))
			runs = ", ".join(sorted(set(self.sources.runs.values())))
			sentences.append(_("Allocated by {0}: {1}.").format(runs, months))
			if sum(month_period(month).days for month in self.sources.runs) < (self.end - self.start).days:
				sentences.append(_("Other days of the period show direct cost."))
			sentences.extend(self._ledger_changes())
		return " ".join(sentences) or None

	def _ledger_changes(self) -> Iterator[str]:
		"""Services that the user does not see are in the sum and not named."""
		changed = self.sources.ledger_differences()
		if not changed:
			return
		yield _(
			"The ledger of these months changed by {0} since: calculate a new allocation run to take it in."
		).format(fmt_money(float(sum(changed.values(), ZERO)), currency=self.currency))
		seen = [name for name in changed if name and (self.services is None or name in self.services)]
		if seen:
			named = ", ".join(
				f"{as_html(name)} {fmt_money(float(changed[name]), currency=self.currency)}"
				for name in seen[:SHOWN_CHANGES]
			)
			more = _(" and {0} more").format(len(seen) - SHOWN_CHANGES) if len(seen) > SHOWN_CHANGES else ""
			yield _("By service: {0}{1}.").format(named, more)

	def chart(self, rows: list[dict]) -> dict | None:
		"""Cost and charges, by month or by the services that cost most."""
		if not rows or (self.filters.it_service and self.breakdown == "Service"):
			return None
		cost = "final_cost" if self.sources.runs else "direct_cost"
		sums: dict = defaultdict(lambda: {cost: ZERO, "charged": ZERO})
		by_month = self.breakdown == "Month"
		for row in rows:
			if self.sources.runs and row.get("is_bucket"):
				continue
			label = f"{row['month']:%Y-%m}" if by_month else row["description"]
			for measure in (cost, "charged"):
				sums[label][measure] += Decimal(str(row.get(measure) or 0))
		labels = (
			sorted(sums)
			if by_month
			else sorted(sums, key=lambda label: (-sums[label][cost], label))[:CHART_SERVICES]
		)
		datasets = {
			_("Final Cost") if self.sources.runs else _("Direct Cost"): [
				float(sums[label][cost]) for label in labels
			]
		}
		if self.breakdown in ("Service", "Month"):
			datasets[_("Charged")] = [float(sums[label]["charged"]) for label in labels]
		return bar_chart(labels, datasets, ["#743EE2", "#2490EF"], self.currency)

	def summary(self, rows: list[dict]) -> list[dict]:
		def total(measure: str, *buckets: str) -> float:
			return sum(
				Decimal(str(row.get(measure) or 0))
				for row in rows
				if bool(row.get("is_unassigned")) in buckets
			)

		cards = [(_("Direct Cost of Services"), total("direct_cost", False), "Purple")]
		if self.sources.runs:
			cards += [
				(_("From Cost Pools"), total("pool_cost", False, True), "Purple"),
				(_("Final Cost of Services"), total("final_cost", False), "Green"),
				(_("Idle or Unallocated"), total("not_borne", False), "Orange"),
			]
		cards.append((_("Unassigned Expense"), total("direct_cost", True), "Orange"))
		if self.breakdown in ("Service", "Month"):
			cards.append((_("Charged"), total("charged", False, True), "Blue"))
		return [card(label, value, color, self.currency) for label, value, color in cards]
