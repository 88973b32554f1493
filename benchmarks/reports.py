"""The reports that are measured: what is run on which scene, and what must come out of it.

To measure another report, add a line to REPORTS. Its own SQL need not be written down: it is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import frappe

from benchmarks import report_scene
from benchmarks.report_scene import CODE, FIRST_MONTH, LAST_MONTH
from benchmarks.site import COMPANY
from itil_strategy.it_finance.report.budget_and_forecast import budget_and_forecast
from itil_strategy.service_portfolio.report.retirement_analysis import retirement_analysis
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.utils.money import to_decimal

Figures = dict[str, dict[str, str | None]]
CHECKED_SERVICES = 7
CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ReportCase:
	"""A report with its filters; `read` takes figures of a few services from its result, `recompute` finds
	the same ones in the tables, another way."""

	execute: Callable[[dict], tuple]
	filters: dict
	read: Callable[[list[dict], list[str]], Figures]
	recompute: Callable[[list[str]], Figures]


def record_statements(work: Callable[[], object]) -> list[str]:
	"""The SQL that the driver sends while the work runs, values filled in."""
	cursor, statements = frappe.db._cursor, []
	send = cursor.execute

	def recorded(*arguments):
		result = send(*arguments)
		sent = cursor._executed
		statements.append(sent.decode() if isinstance(sent, bytes) else sent)
		return result

	cursor.execute = recorded
	try:
		work()
	finally:
		del cursor.execute
	return statements


def checked_services(count: int) -> list[str]:
	"""Some services from the first to the last one."""
	return sorted(
		{
			report_scene.service_code(n * (count - 1) // (CHECKED_SERVICES - 1))
			for n in range(CHECKED_SERVICES)
		}
	)


def _read_retirement(rows: list[dict], services: list[str]) -> Figures:
	found = {row["it_service"]: row for row in rows if row.get("it_service") in services}
	found["total"] = rows[-1]
	return {
		name: {
			"full_cost": _text(row["full_cost"], CENT),
			"charged": _text(row["charged"], CENT),
			"unit_cost": _text(row.get("unit_cost"), MILLIONTH),
			"active_customers": _text(row.get("active_customers"), Decimal(1)),
		}
		for name, row in found.items()
	}


def _recompute_retirement(services: list[str]) -> Figures:
	"""From the rows themselves, one service at a time."""
	figures = {name: _recompute_one(name) for name in services}
	total = _recompute_one(None)
	figures["total"] = {**total, "unit_cost": None, "active_customers": None}
	return figures


def _recompute_one(service: str | None) -> dict[str, str | None]:
	accounts = get_company_accounts(COMPANY)
	values = {
		"company": COMPANY,
		"service": service or f"{CODE}-%",
		"first": FIRST_MONTH,
		"last": LAST_MONTH,
		"recharge": (accounts.charges_account, accounts.recovery_account),
	}
	(cost,) = frappe.db.sql(
		"""SELECT CAST(SUM(gl.debit - gl.credit) AS CHAR) FROM `tabGL Entry` gl
		WHERE gl.it_service LIKE %(service)s AND gl.company = %(company)s AND gl.is_cancelled = 0
			AND gl.posting_date BETWEEN %(first)s AND LAST_DAY(%(last)s)
			AND gl.voucher_type != 'Period Closing Voucher' AND gl.account NOT IN %(recharge)s
			AND gl.account IN (SELECT name FROM `tabAccount` WHERE root_type = 'Expense')""",
		values,
	)[0]
	(charged,) = frappe.db.sql(
		"""SELECT CAST(SUM(amount) AS CHAR) FROM `tabService Charge`
		WHERE it_service LIKE %(service)s AND company = %(company)s AND mode = 'Chargeback'
			AND status IN ('Published', 'Held', 'Posted') AND usage_month BETWEEN %(first)s AND %(last)s""",
		values,
	)[0]
	units, remainder, customers = frappe.db.sql(
		"""SELECT CAST(SUM(quantity) AS CHAR), CAST(SUM(quantity_remainder) AS CHAR), COUNT(DISTINCT customer)
		FROM `tabService Usage`
		WHERE mapping_status = 'Mapped' AND usage_month BETWEEN %(first)s AND %(last)s
			AND usage_import IN (SELECT name FROM `tabUsage Import` WHERE company = %(company)s AND status = 'Completed')
			AND service_offering IN (SELECT name FROM `tabService Offering` WHERE it_service LIKE %(service)s)""",
		values,
	)[0]
	units = to_decimal(units) + to_decimal(remainder) * Decimal("1e-9")
	return {
		"full_cost": _text(cost, CENT),
		"charged": _text(charged or 0, CENT),
		"unit_cost": _text(to_decimal(cost) / units, MILLIONTH) if units else None,
		"active_customers": _text(customers, Decimal(1)),
	}


def _read_budget(rows: list[dict], services: list[str]) -> Figures:
	found = {row["it_service"]: row for row in rows if row.get("it_service") in services}
	found["total"] = rows[-1]
	return {name: {"actual": _text(row["actual"], CENT)} for name, row in found.items()}


def _recompute_budget(services: list[str]) -> Figures:
	"""What the year has cost; the rest of the report is tested elsewhere."""
	figures = {name: {"actual": _recompute_one(name)["full_cost"]} for name in services}
	return {**figures, "total": {"actual": _recompute_one(None)["full_cost"]}}


def _text(value: object, step: Decimal) -> str | None:
	return None if value is None else str(to_decimal(value).quantize(step, ROUND_HALF_UP))


REPORTS: dict[str, ReportCase] = {
	"Retirement Analysis": ReportCase(
		retirement_analysis.execute, report_scene.FILTERS, _read_retirement, _recompute_retirement
	),
	# In October of the year, by the method that reckons most.
	"Budget and Forecast": ReportCase(
		budget_and_forecast.execute,
		{
			"company": COMPANY,
			"fiscal_year": FIRST_MONTH[:4],
			"as_of": f"{FIRST_MONTH[:4]}-10-15",
			"method": "Trend and Season",
		},
		_read_budget,
		_recompute_budget,
	),
}
