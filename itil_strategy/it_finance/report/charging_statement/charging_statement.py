"""Charging Statement: what each customer pays, or is shown, for which service and month."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pypika import Case

import frappe
from frappe import _
from frappe.utils import flt, getdate

from itil_strategy.domain.statement import MODES, Statement, make_statement
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.money import company_currency, exact
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_company, total_row

MEASURES = ("chargeback", "showback", "amount")
LINKS = {"customer": "Customer", "it_service": "IT Service", "cost_center": "Cost Center"}
HIDDEN_STATUSES = ("Cancelled", "Reversed")
CHART_CUSTOMERS = 12
# The kind of a charge that takes back what another one charged.
CORRECTION = "Correction"


def execute(filters: dict | None = None):
	return ChargingStatement(plain_filters(filters)).run()


class Charge(NamedTuple):
	"""A charge as it is selected: the columns in this order."""

	name: str
	charging_run: str
	customer: str
	service: str
	offering: str
	offering_name: str
	month: date
	policy: str
	kind: str
	mode: str
	status: str
	uom: str
	currency: str
	cost_center: str
	voucher_type: str
	voucher_no: str
	is_late: int
	quantity: float
	price_amount: float
	amount: Decimal


class ChargingStatement:
	"""Fetches the charges set-wise and lets `domain.statement` order and sum them."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_company(filters.company, "Service Charge")
		self.currency = company_currency(filters.company)

	def validate_filters(self) -> None:
		if not self.filters.company:
			frappe.throw(_("Choose a company."), ServiceStrategyError, title=_("Company Missing"))
		start, end = self.filters.from_date, self.filters.to_date
		if start and end and getdate(end) < getdate(start):
			frappe.throw(
				_("To Month is before From Month. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def run(self):
		statement = make_statement(self.fetch())
		rows = [self.format(charge) for charge in statement.sources]
		data = fold_hidden_rows(rows, LINKS, MEASURES, "description", "Service Charge")
		if rows:
			data.append(self.total_row(statement))
		return (
			readable_columns(self.columns()),
			data,
			None,
			self.chart(statement),
			self.summary(statement),
			True,
		)

	def fetch(self) -> list[Charge]:
		charge, offering = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Service Offering")
		query = (
			frappe.qb.from_(charge)
			.inner_join(offering)
			.on(offering.name == charge.service_offering)
			.select(
				charge.name,
				charge.charging_run,
				charge.customer,
				charge.it_service,
				charge.service_offering,
				offering.offering_name,
				charge.usage_month,
				charge.charging_policy,
				charge.kind,
				charge.mode,
				charge.status,
				charge.uom,
				charge.currency,
				charge.cost_center,
				charge.voucher_type,
				charge.voucher_no,
				# A correction is of an earlier month, but no usage.
				Case().when(charge.kind == CORRECTION, 0).else_(charge.is_late).as_("is_late"),
				charge.quantity,
				charge.price_amount,
				exact(charge.amount),
			)
			.where(charge.company == self.filters.company)
		)
		rows = self.filtered(query, charge).run()
		return [Charge(*columns, Decimal(amount)) for *columns, amount in rows]

	def filtered(self, query, charge):
		filters = self.filters
		if filters.from_date:
			query = query.where(charge.usage_month >= getdate(filters.from_date).replace(day=1))
		if filters.to_date:
			query = query.where(charge.usage_month <= getdate(filters.to_date))
		for fieldname in ("charging_run", "customer", "it_service", "service_offering", "mode"):
			if filters.get(fieldname):
				query = query.where(charge[fieldname] == filters[fieldname])
		hidden = [] if filters.charging_run else list(HIDDEN_STATUSES)
		if not filters.include_unpublished:
			hidden.append("Calculated")
		if hidden:
			query = query.where(charge.status.notin(hidden))
		services = restricted_to_services(frappe.session.user, READ_CHARGES)
		if services is not None:
			query = query.where(charge.it_service.isin(services or [""]))
		return query

	def format(self, row: Charge) -> dict:
		amount = float(row.amount)
		return {
			"description": row.offering_name,
			"customer": row.customer,
			"usage_month": row.month,
			"it_service": row.service,
			"service_offering": row.offering,
			"quantity": row.quantity,
			"uom": row.uom,
			"price_amount": row.price_amount,
			"price_currency": row.currency,
			"chargeback": amount if row.mode == "Chargeback" else 0,
			"showback": amount if row.mode == "Showback" else 0,
			"amount": amount,
			"currency": self.currency,
			"status": row.status,
			"is_late": _("Late usage") if row.is_late else _(CORRECTION) if row.kind == CORRECTION else "",
			"charging_policy": row.policy,
			"cost_center": row.cost_center,
			"charging_run": row.charging_run,
			"service_charge": row.name,
			"voucher_type": row.voucher_type,
			"voucher_no": row.voucher_no,
		}

	def total_row(self, statement: Statement) -> dict:
		return {
			**total_row((), (), "description"),
			**{mode.lower(): float(statement.by_mode[mode]) for mode in MODES},
			"amount": float(statement.total),
			"currency": self.currency,
		}

	def columns(self) -> list[dict]:
		return [
			_column("description", _("Offering"), "Data", 200),
			_column("customer", _("Customer"), "Link", 160, "Customer"),
			_column("usage_month", _("Month"), "Date", 100),
			_column("quantity", _("Quantity"), "Float", 110, precision=3),
			_column("uom", _("Unit"), "Link", 90, "UOM"),
			_column("chargeback", _("Chargeback"), "Currency", 130, "currency"),
			_column("showback", _("Showback"), "Currency", 130, "currency"),
			_column("amount", _("Total"), "Currency", 130, "currency"),
			_column("status", _("Status"), "Data", 100),
			_column("is_late", _("Note"), "Data", 90),
			_column("it_service", _("IT Service"), "Link", 140, "IT Service"),
			_column("price_amount", _("Price"), "Currency", 120, "price_currency"),
			_column("charging_policy", _("Charging Policy"), "Link", 150, "Charging Policy"),
			_column("cost_center", _("Payer Cost Center"), "Link", 150, "Cost Center"),
			_column("charging_run", _("Charging Run"), "Link", 140, "Charging Run"),
			_column("service_charge", _("Service Charge"), "Link", 110, "Service Charge"),
			_column("voucher_no", _("Voucher"), "Dynamic Link", 160, "voucher_type"),
		]

	def chart(self, statement: Statement) -> dict | None:
		"""Chargeback and showback per customer, the largest first."""
		if not statement.sources:
			return None
		customers = sorted(
			statement.by_customer, key=lambda name: (-sum(statement.by_customer[name].values()), name)
		)
		shown, others = customers[:CHART_CUSTOMERS], customers[CHART_CUSTOMERS:]
		values: dict[str, list[float]] = defaultdict(list)
		for mode in MODES:
			values[mode] = [float(statement.by_customer[name][mode]) for name in shown]
			if others:
				values[mode].append(float(sum(statement.by_customer[name][mode] for name in others)))
		names = self.chart_labels(shown) + ([_("Others")] if others else [])
		return {
			"data": {
				"labels": names,
				"datasets": [{"name": _(mode), "values": values[mode]} for mode in values],
			},
			"type": "bar",
			"barOptions": {"stacked": 1},
			"fieldtype": "Currency",
			"currency": self.currency,
			"colors": ["#2490EF", "#B4CDE4"],
		}

	def chart_labels(self, customers: list[str]) -> list[str]:
		"""Names that the viewer may see; the bars stay, so that the picture is the same for all."""
		from itil_strategy.utils.report_scope import allowed_values

		allowed = allowed_values({"Customer"}, "Service Charge").get("Customer")
		return [name if allowed is None or name in allowed else _("Not shown") for name in customers]

	def summary(self, statement: Statement) -> list[dict]:
		late = sum((row.amount for row in statement.sources if row.is_late), Decimal(0))
		cards = [
			(_("Chargeback"), statement.by_mode["Chargeback"], "Blue"),
			(_("Showback"), statement.by_mode["Showback"], "Grey"),
			(_("Total"), statement.total, "Green"),
		]
		if late:
			cards.append((_("Of It Late Usage"), late, "Orange"))
		return [
			{
				"label": label,
				"value": flt(float(value)),
				"indicator": color,
				"datatype": "Currency",
				"currency": self.currency,
			}
			for label, value, color in cards
		]


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "", **more) -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
		**more,
	}
