"""Figures of reports, read from their rows and found again in the tables another way: a fast wrong answer is no result."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

import frappe

from benchmarks import report_scene
from benchmarks.relationship_scene import FIRST
from benchmarks.report_scene import CODE, FIRST_MONTH, LAST_MONTH
from benchmarks.site import COMPANY
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.utils.money import to_decimal

Figures = dict[str, dict[str, str | None]]
Read = Callable[[list[dict], list[str]], Figures]
Recompute = Callable[[list[str]], Figures]
CHECKED_SERVICES = 7
CENT, MILLIONTH, ONE = Decimal("0.01"), Decimal("0.000001"), Decimal(1)


def checked_services(count: int) -> list[str]:
	"""Some services from the first to the last one."""
	return sorted(
		{
			report_scene.service_code(n * (count - 1) // (CHECKED_SERVICES - 1))
			for n in range(CHECKED_SERVICES)
		}
	)


def read_retirement(rows: list[dict], services: list[str]) -> Figures:
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


def recompute_retirement(services: list[str]) -> Figures:
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


def _text(value: object, step: Decimal) -> str | None:
	return None if value is None else str(to_decimal(value).quantize(step, ROUND_HALF_UP))


# Totals


def read_total(*fields: str) -> Read:
	"""Figures of the last row."""
	return lambda rows, _services: {"total": {field: _text(rows[-1][field], CENT) for field in fields}}


def recompute_total(statement: str, *fields: str) -> Recompute:
	"""The same by one statement over the tables; it may name the values below."""

	def recompute(_services: list[str]) -> Figures:
		accounts = get_company_accounts(COMPANY)
		values = {
			"company": COMPANY,
			"first": FIRST_MONTH,
			"last": LAST_MONTH,
			"two_years": FIRST,
			"ours": f"{CODE}-%",
			"customer": report_scene.service_code(CUSTOMER),
			"recharge": (accounts.charges_account, accounts.recovery_account),
		}
		found = frappe.db.sql(statement, values)[0]
		return {"total": {field: _text(value or 0, CENT) for field, value in zip(fields, found, strict=True)}}

	return recompute


def read_counts(**counts: Callable[[dict], bool]) -> Read:
	"""How many rows are of each sort."""
	return lambda rows, _services: {
		"total": {name: _text(sum(map(is_one, rows)), CENT) for name, is_one in counts.items()}
	}


def is_ours(row: dict) -> bool:
	"""A row of a service of the scene: others may be on the site too."""
	return (row.get("it_service") or "").startswith(CODE)


CUSTOMER = 7
EXPENSE = """SELECT CAST(SUM(gl.debit - gl.credit) AS CHAR) FROM `tabGL Entry` gl
	INNER JOIN `tabAccount` account ON account.name = gl.account AND account.root_type = 'Expense'
	WHERE gl.company = %(company)s AND gl.is_cancelled = 0
		AND gl.posting_date BETWEEN %(first)s AND LAST_DAY(%(last)s)
		AND gl.voucher_type != 'Period Closing Voucher'"""
COST = f"{EXPENSE} AND gl.account NOT IN %(recharge)s"
ASKED = """SELECT SUM(is_undelivered = 0 OR status = 'Answered'), SUM(status = 'Answered'),
	(SELECT COUNT(*) FROM `tabSurvey Response` WHERE nps_group = 'Promoter'
		AND sent_month BETWEEN %(two_years)s AND %(last)s)
	FROM `tabSurvey Invitation` WHERE sent_month >= %(two_years)s AND sent_month <= %(last)s"""
RECEIVED = """SELECT COUNT(*), SUM(nature = 'Complaint'), SUM(breach_count > 0), SUM(status = 'Closed')
	FROM `tabService Feedback` WHERE received_on >= %(two_years)s AND received_on < LAST_DAY(%(last)s) + INTERVAL 1 DAY"""
OPEN_NEEDS = """SELECT SUM(size) FROM `tabCustomer Need`
	WHERE status IN ('Submitted', 'Assessed', 'Accepted', 'In Delivery')"""
SERVICE_NEEDS = """SELECT COUNT(*) FROM `tabCustomer Need`
	WHERE status IN ('Submitted', 'Assessed', 'Accepted', 'In Delivery') AND it_service IS NOT NULL"""
OPEN_FEEDBACK = """SELECT SUM(status != 'Closed'),
	(SELECT COUNT(*) FROM `tabCustomer Need` WHERE customer = %(customer)s
		AND status IN ('Submitted', 'Assessed', 'Accepted', 'In Delivery'))
	FROM `tabService Feedback` WHERE customer = %(customer)s"""
STATED = """SELECT CAST(SUM(amount) AS CHAR) FROM `tabService Charge`
	WHERE company = %(company)s AND usage_month = %(first)s"""
LISTED_SERVICES = "SELECT COUNT(*) FROM `tabIT Service` WHERE name LIKE %(ours)s"
OUTCOMES = (
	"SELECT COUNT(*) FROM `tabService Outcome` WHERE parenttype = 'IT Service' AND parent LIKE %(ours)s"
)
PLANNED = "SELECT COUNT(*) FROM `tabService Retirement` WHERE it_service LIKE %(ours)s"


def read_used(rows: list[dict], services: list[str]) -> Figures:
	"""Units used per service; each month is rounded to three decimals."""
	used: dict[str, Decimal] = defaultdict(Decimal)
	for row in rows:
		if row.get("it_service") in services:
			used[row["it_service"]] += to_decimal(row["usage"])
	return {service: {"used": _text(used[service], ONE)} for service in services}


def recompute_used(services: Sequence[str]) -> Figures:
	rows = frappe.db.sql(
		"""SELECT offering.it_service, CAST(SUM(quantity) AS CHAR), CAST(SUM(quantity_remainder) AS CHAR)
		FROM `tabService Usage` service_usage INNER JOIN `tabService Offering` offering
			ON offering.name = service_usage.service_offering
		WHERE mapping_status = 'Mapped' AND usage_month BETWEEN %(first)s AND %(last)s
			AND usage_import IN (SELECT name FROM `tabUsage Import` WHERE status = 'Completed')
			AND offering.it_service IN %(services)s
		GROUP BY offering.it_service""",
		{"first": FIRST_MONTH, "last": LAST_MONTH, "services": services},
	)
	used = {service: to_decimal(units) + to_decimal(rest) * Decimal("1e-9") for service, units, rest in rows}
	return {service: {"used": _text(used.get(service, 0), ONE)} for service in services}
