from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, today

from itil_strategy.domain.forecast import COMPUTED, DRIVER, MANUAL, Backtest, MonthValue, make_year, year_end
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.periods import month_start
from itil_strategy.exceptions import ForecastError
from itil_strategy.it_finance.budgeting.accuracy import measure
from itil_strategy.it_finance.budgeting.forecasts import (
	NO_HISTORY,
	ServiceForecast,
	forecast_services,
	load_costs,
	months_ahead,
)
from itil_strategy.utils.fiscal_years import Year, require_year_of_company
from itil_strategy.utils.money import currency_precision, to_decimal
from itil_strategy.utils.report_scope import require_ledger
from itil_strategy.utils.text import as_html, bold

FROZEN = (
	"it_service",
	"company",
	"fiscal_year",
	"method",
	"unit_cost",
	"driver",
	"made_on",
	"made_by",
	"year_end_amount",
	"actual_amount",
	"model",
	"backtest_error",
	"naive_error",
)
MAX_AT_ONCE = 500


class ForecastSnapshot(Document):
	"""A forecast of a service to the end of a year, as it was made on a day; it is never changed (FM-5)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.it_finance.doctype.forecast_snapshot_month.forecast_snapshot_month import (
			ForecastSnapshotMonth,
		)

		actual_amount: DF.Currency
		backtest_error: DF.Float
		company: DF.Link
		driver: DF.Data | None
		fiscal_year: DF.Link
		it_service: DF.Link
		made_by: DF.Link | None
		made_on: DF.Date
		method: DF.Literal["Run Rate", "Trend and Season", "Driver", "Manual"]
		model: DF.SmallText | None
		months: DF.Table[ForecastSnapshotMonth]
		naive_error: DF.Float
		naming_series: DF.Literal["FS-.YYYY.-.#####"]
		notes: DF.SmallText | None
		unit_cost: DF.Currency
		year_end_amount: DF.Currency

	# end: auto-generated types
	def before_insert(self):
		self.made_on, self.made_by = today(), frappe.session.user
		self.make()

	def validate(self):
		self.validate_frozen()

	def make(self):
		"""Fill the months by the method; what is over is what is booked."""
		year = require_year_of_company(self.fiscal_year, self.company)
		day = getdate(self.made_on)
		if not months_ahead(year, day):
			self.refuse(
				_("Fiscal year {0} is over, so there is nothing to forecast. Choose another.").format(
					bold(self.fiscal_year)
				)
			)
		if self.method in COMPUTED:
			costs = load_costs(self.company, year, [self.it_service], day)
			made = forecast_services(costs, year, [self.it_service], self.method, day)
			self.store(made[self.it_service])
		else:
			self.store(self.make_from_rows(year, day))

	def store(self, made: ServiceForecast):
		if made.model == NO_HISTORY:
			self.refuse(
				_(
					"{0} has no cost in a complete month before, so {1} has nothing to start from. Choose Driver or Manual."
				).format(bold(self.it_service), _(self.method))
			)
		units = {getdate(row.month): row.units for row in self.months}
		self.set(
			"months",
			[
				{
					"month": value.month,
					"kind": "Actual" if value.is_actual else "Forecast",
					"amount": float(value.amount),
					"units": units.get(value.month),
				}
				for value in made.months
			],
		)
		self.model = made.model
		self.year_end_amount = float(year_end(made.months))
		self.actual_amount = float(_booked(made.months))
		self.backtest_error = made.backtest.error
		self.naive_error = made.backtest.naive_error

	def make_from_rows(self, year: Year, day: date) -> ServiceForecast:
		expected = self.read_rows(year, day)
		costs = load_costs(self.company, year, [self.it_service], day)
		months = make_year(year.months, costs.get(self.it_service, {}), expected, month_start(day))
		model = (
			_("entered") if self.method == MANUAL else _("{0} x unit cost").format(self.driver or _("units"))
		)
		return ServiceForecast(months, model, Backtest(None, None))

	def read_rows(self, year: Year, day: date) -> dict[date, Decimal]:
		"""What was entered for the open months: amounts, or units to be multiplied."""
		if self.method == DRIVER and to_decimal(self.unit_cost) <= 0:
			self.refuse(_("Driver needs a Unit Cost above 0. Enter it."))
		expected: dict[date, Decimal] = {}
		for row in self.months:
			month = month_start(getdate(row.month))
			if month not in year.months or month in expected:
				self.refuse(
					_(
						"Row #{0}: {1} is there twice or not in fiscal year {2}. Enter each month of it once."
					).format(row.idx, f"{month:%Y-%m}", as_html(self.fiscal_year))
				)
			row.month = month
			expected[month] = self.amount_of(row)
		if not any(month >= month_start(day) for month in expected):
			self.refuse(_("Enter at least one month from {0} on.").format(f"{month_start(day):%Y-%m}"))
		return expected

	def amount_of(self, row: Document) -> Decimal:
		if self.method == DRIVER:
			amount = to_decimal(row.units) * to_decimal(self.unit_cost)
			return round_to_step(amount, currency_precision())
		return to_decimal(row.amount)

	def validate_frozen(self):
		before = self.get_doc_before_save()
		if not before:
			return
		changed = [field for field in FROZEN if str(self.get(field) or "") != str(before.get(field) or "")]
		if changed or _rows_of(self) != _rows_of(before):
			self.refuse(_("A forecast stays as it was made. Make a new one."))

	def refuse(self, message: str):
		frappe.throw(message, ForecastError, title=_("Forecast"))

	@frappe.whitelist()
	def get_accuracy(self) -> dict:
		"""Month by month what was expected and what it cost, and the error beside that of a naive forecast."""
		self.check_permission("read")
		year = require_year_of_company(self.fiscal_year, self.company)
		costs = load_costs(self.company, year, [self.it_service], getdate(self.made_on))
		expected = {
			getdate(row.month): to_decimal(row.amount) for row in self.months if row.kind == "Forecast"
		}
		found = measure(costs, self.it_service, getdate(self.made_on), expected, getdate(today()))
		return {
			"months": [
				{
					"month": month.isoformat(),
					"expected": float(expected[month]),
					"actual": float(costs.get(self.it_service, {}).get(month, Decimal(0))),
				}
				for month in found.months
			],
			"error": found.error,
			"naive_error": found.naive_error,
		}


@frappe.whitelist(methods=["POST"])
def make_snapshots(company: str, fiscal_year: str, services: list[str], method: str) -> list[str]:
	"""Store the computed forecast of each service, all or none; answers the snapshots."""
	frappe.has_permission("Forecast Snapshot", "create", throw=True)
	require_ledger(company, "Forecast Snapshot")
	if method not in COMPUTED or not services or len(services) > MAX_AT_ONCE:
		frappe.throw(
			_("Choose 1 to {0} services and one of the methods {1}.").format(
				cint(MAX_AT_ONCE), ", ".join(_(name) for name in COMPUTED)
			),
			ForecastError,
		)
	values = {
		"doctype": "Forecast Snapshot",
		"company": company,
		"fiscal_year": fiscal_year,
		"method": method,
	}
	return [
		frappe.get_doc({**values, "it_service": service}).insert().name for service in sorted(set(services))
	]


def _booked(months: Sequence[MonthValue]) -> Decimal:
	return sum((value.amount for value in months if value.is_actual), Decimal(0))


def _rows_of(doc: Document) -> list[tuple]:
	return [
		(str(getdate(row.month)), row.kind, to_decimal(row.amount), to_decimal(row.units))
		for row in doc.months
	]
