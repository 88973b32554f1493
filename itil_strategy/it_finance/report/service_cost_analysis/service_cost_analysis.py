"""Service Cost Analysis: the direct cost of services from the ledger, and what was charged for them (FM-1)."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt, getdate

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.costing import (
	FIRST_OF_MONTH,
	MonthStart,
	ledger_expense_criterion,
)
from itil_strategy.utils.money import company_currency, exact_sum, to_decimal
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_company, total_row

MEASURES = ("direct_cost", "charged", "shown", "recovery")
LINKS = {"it_service": "IT Service", "account": "Account"}
ZERO = Decimal(0)
CHART_SERVICES = 15


def execute(filters: dict | None = None):
	return ServiceCostAnalysis(frappe._dict(filters or {})).run()


class ServiceCostAnalysis:
	"""Two grouped queries, cost and charges, joined per service (and account or month)."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_company(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.services = restricted_to_services(frappe.session.user, UNRESTRICTED)
		self.breakdown = filters.breakdown or "Service"

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
		rows = self.make_rows(self.fetch_cost(), self.fetch_charges(), self.fetch_names())
		data = fold_hidden_rows(rows, LINKS, MEASURES, "description", "IT Service")
		if rows:
			data.append(
				{**total_row(rows, MEASURES, "description"), "share": 100.0, "currency": self.currency}
			)
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	@property
	def period(self) -> tuple:
		return getdate(self.filters.from_date), getdate(self.filters.to_date) + timedelta(days=1)

	def fetch_cost(self) -> dict[tuple, Decimal]:
		gl = frappe.qb.DocType("GL Entry")
		keys = [gl.it_service]
		if self.breakdown == "Account":
			keys.append(gl.account)
		elif self.breakdown == "Month":
			keys.append(MonthStart(gl.posting_date, FIRST_OF_MONTH))
		query = (
			frappe.qb.from_(gl)
			.select(*keys, exact_sum(gl.debit), exact_sum(gl.credit))
			.where(ledger_expense_criterion(gl, self.filters.company, *self.period))
			.groupby(*keys)
		)
		cost: dict[tuple, Decimal] = defaultdict(Decimal)
		for *key, debit, credit in self.scoped(query, gl.it_service).run():
			cost[_key(key)] += to_decimal(debit) - to_decimal(credit)
		return cost

	def fetch_charges(self) -> dict[tuple, dict[str, Decimal]]:
		"""Published charges by their month; not per account, which a charge does not have."""
		if self.breakdown == "Account":
			return {}
		charge = frappe.qb.DocType("Service Charge")
		start, end = self.period
		keys = [charge.it_service]
		if self.breakdown == "Month":
			keys.append(MonthStart(charge.usage_month, FIRST_OF_MONTH))
		query = (
			frappe.qb.from_(charge)
			.select(*keys, charge.mode, exact_sum(charge.amount))
			.where(
				(charge.company == self.filters.company)
				& (charge.usage_month >= start.replace(day=1))
				& (charge.usage_month < end)
				& charge.status.isin(["Published", "Held", "Posted"])
			)
			.groupby(*keys, charge.mode)
		)
		charges: dict[tuple, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
		for *key, mode, amount in self.scoped(query, charge.it_service).run():
			charges[_key(key)][mode] += to_decimal(amount)
		return charges

	def scoped(self, query, column):
		if self.filters.it_service:
			query = query.where(column == self.filters.it_service)
		if self.services is not None:
			query = query.where(column.isin(self.services or [""]))
		return query

	def fetch_names(self) -> dict[str, str]:
		return dict(frappe.get_all("IT Service", fields=["name", "service_name"], limit=0, as_list=True))

	def make_rows(self, cost: dict, charges: dict, names: dict[str, str]) -> list[dict]:
		total = sum(cost.values(), ZERO)
		rows = []
		for key in sorted(cost.keys() | charges.keys(), key=lambda key: (key[0] == "", key)):
			service, detail = key
			direct = cost.get(key, ZERO)
			charged = charges.get(key, {}).get("Chargeback", ZERO)
			row = {
				"description": names.get(service, service)
				if service
				else _("Unassigned: no service on the entry"),
				"it_service": service or None,
				"direct_cost": float(direct),
				"share": float(round(direct / total * 100, 2)) if total else 0,
				"charged": float(charged),
				"shown": float(charges.get(key, {}).get("Showback", ZERO)),
				"recovery": float(charged - direct) if service else 0,
				"currency": self.currency,
				"is_unassigned": not service,
			}
			if self.breakdown == "Account":
				row["account"] = detail
			elif self.breakdown == "Month":
				row["month"] = getdate(detail)
			rows.append(row)
		return rows

	def columns(self) -> list[dict]:
		columns = [
			_column("description", _("Service"), "Data", 240),
			_column("it_service", _("IT Service"), "Link", 130, "IT Service"),
		]
		if self.breakdown == "Account":
			columns.append(_column("account", _("Account"), "Link", 220, "Account"))
		elif self.breakdown == "Month":
			columns.append(_column("month", _("Month"), "Date", 110))
		columns += [
			_column("direct_cost", _("Direct Cost"), "Currency", 140, "currency"),
			_column("share", _("Share"), "Percent", 90),
		]
		if self.breakdown != "Account":
			columns += [
				_column("charged", _("Charged"), "Currency", 140, "currency"),
				_column("shown", _("Shown"), "Currency", 130, "currency"),
				_column("recovery", _("Charged Less Direct Cost"), "Currency", 170, "currency"),
			]
		return columns

	def message(self) -> str | None:
		if self.services is not None:
			return _("You see the services that you own.")
		return None

	def chart(self, rows: list[dict]) -> dict | None:
		"""Direct cost and charges, by month or by the services that cost most."""
		if not rows or (self.filters.it_service and self.breakdown == "Service"):
			return None
		if self.breakdown == "Month":
			sums = _sum_by(rows, lambda row: row["month"])
			labels = sorted(sums)
			shown_labels = [f"{label:%Y-%m}" for label in labels]
		else:
			sums = _sum_by(rows, lambda row: row["description"])
			labels = sorted(sums, key=lambda label: (-sums[label]["direct_cost"], label))[:CHART_SERVICES]
			shown_labels = labels
		datasets = [{"name": _("Direct Cost"), "values": [sums[label]["direct_cost"] for label in labels]}]
		if self.breakdown != "Account":
			datasets.append({"name": _("Charged"), "values": [sums[label]["charged"] for label in labels]})
		return {
			"data": {"labels": shown_labels, "datasets": datasets},
			"type": "bar",
			"fieldtype": "Currency",
			"currency": self.currency,
			"colors": ["#743EE2", "#2490EF"],
		}

	def summary(self, rows: list[dict]) -> list[dict]:
		assigned = sum(row["direct_cost"] for row in rows if not row["is_unassigned"])
		unassigned = sum(row["direct_cost"] for row in rows if row["is_unassigned"])
		cards = [
			(_("Direct Cost of Services"), assigned, "Purple"),
			(_("Unassigned Expense"), unassigned, "Orange"),
		]
		if self.breakdown != "Account":
			cards.append((_("Charged"), sum(row["charged"] for row in rows), "Blue"))
		return [
			{
				"label": label,
				"value": flt(value, 2),
				"indicator": color,
				"datatype": "Currency",
				"currency": self.currency,
			}
			for label, value, color in cards
		]


def _key(parts: list) -> tuple[str, str]:
	"""(service, account or month); rows without a service are one."""
	return (parts[0] or "", parts[1] if len(parts) > 1 else "")


def _sum_by(rows: list[dict], key) -> dict:
	sums: dict = defaultdict(lambda: {"direct_cost": 0.0, "charged": 0.0})
	for row in rows:
		for measure in ("direct_cost", "charged"):
			sums[key(row)][measure] = round(sums[key(row)][measure] + row[measure], 2)
	return sums


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}
