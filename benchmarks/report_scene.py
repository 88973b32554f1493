"""A company with a large ledger for reports, bulk-loaded by SQL with a fixed seed.

Rows are made set-wise from their number alone. They stand in the tables as vouchers, imports and runs
would have left them, without those vouchers and runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import frappe
from frappe.utils import now

from benchmarks.site import COMPANY, CURRENCY, ELSEWHERE, REPORT_PREFIX, empty
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.utils.bulk import reserve_names

SEED = 20260101
CODE = REPORT_PREFIX
FIRST_MONTH, LAST_MONTH, MONTHS = "2025-01-01", "2025-12-01", 12
FILTERS = {"company": COMPANY, "last_month": LAST_MONTH, "months": MONTHS}
OFFERINGS_PER_SERVICE = 2
OBJECTIVES = 5
OUTCOMES_PER_SERVICE = 2
DEPENDENCY_STEPS = (1, 7, 31)
CHARGED_MONTHS = MONTHS - 1  # the usage of the last month is not charged yet
EXTRA_SHARE = 10  # one row of usage that does not count for ten that do
# Of thirty ledger rows twenty are live expense of a service; the others are what filters leave out.
LIVE, PRIOR, ELSE, DRAFT = "U", "P", "E", "D"  # kinds of usage imports
LEDGER_CYCLE, LIVE_OF_CYCLE = 30, 20
TABLES = ("GL Entry", "Service Usage", "Service Charge", "Usage Claim", "IT Service", "Service Offering")


@dataclass(frozen=True, slots=True)
class ReportScene:
	"""Sizes: services, offerings and customers, and pairs of a customer and an offering it uses every month."""

	services: int
	offerings: int
	customers: int
	pairs: int


def scene_of(rows: int) -> ReportScene:
	"""1,000 services, 2,000 offerings, 500 customers and 9,090 pairs at a million rows."""
	services = max(8, rows // 1_000)
	return ReportScene(
		services, OFFERINGS_PER_SERVICE * services, max(8, services // 2), max(16, rows // 110)
	)


def service_code(number: int) -> str:
	return f"{CODE}-{number:05}"


def make_masters(scene: ReportScene) -> None:
	"""Services with outcomes, dependencies, fit, commitments and retirement plans; offerings, customers and
	objectives. Commits."""
	services = range(scene.services)
	_insert(
		"IT Service",
		(
			*("name", "service_code", "service_name", "service_type", "stage", "phase", "decision_state"),
			*("operational_from", "technical_fit", "functional_fit", "successor"),
		),
		(
			(
				*(
					*[service_code(n)] * 3,
					"Customer-facing",
					"Operational",
					"Catalogue",
					"Active",
					"2024-01-01",
				),
				*(n % 5, n * 7 % 5, service_code(n + 1) if n % 3 == 0 and n + 1 in services else None),
			)
			for n in services
		),
	)
	_insert_children(
		"Service Company", "companies", ("company", "active"), ((n, COMPANY, 1) for n in services)
	)
	_insert(
		"Strategic Objective",
		("name", "objective_name", "weight", "is_active"),
		((_objective(n), _objective(n), 100 / OBJECTIVES, 1) for n in range(OBJECTIVES)),
	)
	_insert_children(
		"Service Outcome",
		"outcomes",
		("strategic_objective", "contribution"),
		(
			(n, _objective((n + k) % OBJECTIVES), 5 * (1 + (n + k) % 12))
			for n in services
			for k in range(OUTCOMES_PER_SERVICE)
		),
	)
	_insert_children(
		"Service Dependency",
		"dependencies",
		("depends_on", "share", "is_critical"),
		(
			(n, service_code((n + step) % scene.services), 10, 1)
			for n in services
			for step in DEPENDENCY_STEPS
			if step < scene.services
		),
	)
	_insert(
		"Service Retirement",
		("name", "it_service", "company", "status", "docstatus", "exit_cost"),
		((f"{CODE}-{n}", service_code(n), COMPANY, "Draft", 0, 1_000 + n) for n in services[::10]),
	)
	_insert(
		"Service Offering",
		("name", "offering_code", "offering_name", "it_service", "uom"),
		(
			(*[service_code(n)] * 3, service_code(n // OFFERINGS_PER_SERVICE), "Nos")
			for n in range(scene.offerings)
		),
	)
	_insert(
		"Service Commitment",
		("name", "it_service", "service_offering", "customer", "status", "valid_from", "valid_to"),
		(
			(
				*(f"{CODE}-{n}", service_code(n // OFFERINGS_PER_SERVICE), service_code(n)),
				*(service_code(n % scene.customers), "Active", FIRST_MONTH, None if n % 2 else "2030-12-31"),
			)
			for n in range(scene.offerings)
		),
	)
	_insert(
		"Customer",
		("name", "customer_name", "customer_type"),
		((*[service_code(n)] * 2, "Company") for n in range(scene.customers)),
	)
	# One customer in ten is external: it has no terms.
	_insert_children(
		"Customer IT Charging",
		"it_charging",
		("company", "mode"),
		((n, COMPANY, "Chargeback") for n in range(scene.customers) if n % 10),
		"Customer",
	)
	_insert(
		"Usage Import",
		("name", "company", "status"),
		(
			(f"{CODE}-{kind}-{month}", company, status)
			for kind, company, status in (
				(LIVE, COMPANY, "Completed"),
				(PRIOR, COMPANY, "Completed"),
				(ELSE, ELSEWHERE, "Completed"),
				(DRAFT, COMPANY, "Draft"),
			)
			for month in range(MONTHS)
		),
	)
	frappe.db.commit()


def add_rows(scene: ReportScene, rows: range) -> None:
	"""Ledger and usage rows of these numbers with claims, and rows beside them that do not count. Commits."""
	_add_ledger(scene, rows)
	# What does not count: usage of the year before, of imports not completed, of another company, ignored.
	extra = range(rows.start // EXTRA_SHARE // 4, rows.stop // EXTRA_SHARE // 4)
	for kind, status, months_back, numbers in (
		(LIVE, "Mapped", 0, rows),
		(LIVE, "Ignored", 0, extra),
		(PRIOR, "Mapped", MONTHS, extra),
		(ELSE, "Mapped", 0, extra),
		(DRAFT, "Mapped", 0, extra),
	):
		if numbers:
			_add_usage(scene, numbers, kind, status, months_back)
	frappe.db.commit()
	_claim_usage()
	_analyze()


def _claim_usage() -> None:
	"""Claim all groups, but those of the last month, as charging runs do. Commits."""
	empty("Usage Claim")
	groups = f"""SELECT usage_import, customer, service_offering, usage_month,
			SUM(quantity) AS quantity, SUM(quantity_remainder) AS quantity_remainder
		FROM `tabService Usage` WHERE mapping_status = 'Mapped' AND usage_import LIKE '{CODE}-%'
		GROUP BY usage_import, usage_month, customer, service_offering"""
	frappe.db.sql(
		f"""UPDATE `tabUsage Import` imports INNER JOIN
		(SELECT usage_import, COUNT(*) AS count FROM ({groups}) listed GROUP BY usage_import) counted
		ON counted.usage_import = imports.name SET imports.group_count = counted.count"""
	)
	count = int(frappe.db.sql("SELECT SUM(group_count) FROM `tabUsage Import`")[0][0])
	first = reserve_names("Usage Claim", count)
	frappe.db.sql(
		f"""INSERT INTO `tabUsage Claim` (name, creation, modified, owner, modified_by, charging_run, company,
			usage_import, customer, service_offering, usage_month, quantity, quantity_remainder)
		SELECT {first} - 1 + ROW_NUMBER() OVER (), NOW(), NOW(), 'Administrator', 'Administrator',
			imports.name, imports.company, listed.*
		FROM ({groups}) listed INNER JOIN `tabUsage Import` imports ON imports.name = listed.usage_import
		WHERE imports.status = 'Completed' AND imports.name <> '{CODE}-{LIVE}-{MONTHS - 1}'"""
	)
	frappe.db.commit()


def add_charges(scene: ReportScene) -> None:
	"""A charge for each pair and month but the last one. Commits."""
	count = scene.pairs * CHARGED_MONTHS
	month = f"(seq DIV {scene.pairs})"
	customer, offering, service = pair_columns(scene, f"seq % {scene.pairs}")
	amount = f"ROUND(1 + {chance('charge')} * 100, 2)"
	insert_select(
		"Service Charge",
		{
			"name": f"{reserve_names('Service Charge', count)} + seq",
			"company": f"'{COMPANY}'",
			"customer": customer,
			"it_service": service,
			"service_offering": offering,
			"usage_month": f"'{FIRST_MONTH}' + INTERVAL {month} MONTH",
			"charging_run": f"CONCAT('{CODE}-', {month})",
			"posting_run": f"CONCAT('{CODE}-', {month})",
			"kind": "'Usage'",
			"mode": f"IF({chance('mode')} < 0.1, 'Showback', 'Chargeback')",
			"status": f"ELT(1 + GREATEST(0, {month} - 8), 'Posted', 'Published', 'Held')",
			"charging_policy": f"'{CODE}'",
			"uom": "'Nos'",
			"currency": f"'{CURRENCY}'",
			"exchange_rate": "1",
			"quantity": "10",
			"price_amount": amount,
			"amount": amount,
		},
		range(count),
	)
	frappe.db.commit()


def _analyze() -> None:
	"""Statistics as a site in use has them. Commits."""
	frappe.db.commit()
	for doctype in TABLES:
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}`")


def _add_ledger(scene: ReportScene, rows: range) -> None:
	accounts = get_company_accounts(COMPANY)
	expense = _accounts("Expense", (accounts.charges_account, accounts.recovery_account))
	other = _accounts("Income", ()) + _accounts("Asset", ())
	role = f"seq % {LEDGER_CYCLE}"
	recharge = _pick((accounts.charges_account, accounts.recovery_account), "account")
	amount = f"ROUND(1 + {chance('amount')} * 4999, 2)"
	is_credit = f"{chance('side')} < 0.05"
	service = _code(f"FLOOR({chance('service')} * {scene.services})")
	debit, credit = f"IF({is_credit}, 0, {amount})", f"IF({is_credit}, {amount}, 0)"
	numbers = range(_ledger_rows(rows.start), _ledger_rows(rows.stop))
	day, year_back = f"(seq - {numbers.start}) * 365 DIV {len(numbers)}", f"IF({role} = 29, 365, 0)"
	# 20 and 21: no service; 22: recharge; 23: cancelled; 24 and 25: another company; 26 and 27: no expense;
	# 28: period closing; 29: the year before.
	insert_select(
		"GL Entry",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"posting_date": f"'{FIRST_MONTH}' + INTERVAL ({day} - {year_back}) DAY",
			"fiscal_year": f"IF({role} = 29, '2024', '2025')",
			"account": f"CASE WHEN {role} = 22 THEN {recharge} WHEN {role} IN (26, 27)"
			f" THEN {_pick(other, 'account')} ELSE {_pick(expense, 'account')} END",
			"account_currency": f"'{CURRENCY}'",
			"voucher_type": f"IF({role} = 28, 'Period Closing Voucher', 'Journal Entry')",
			"voucher_no": f"CONCAT('{CODE}-', seq DIV 10)",
			"debit": debit,
			"debit_in_account_currency": debit,
			"credit": credit,
			"credit_in_account_currency": credit,
			"cost_center": f"'{COMPANY}'",
			"company": f"IF({role} IN (24, 25), '{ELSEWHERE}', '{COMPANY}')",
			"is_opening": "'No'",
			"is_advance": "'No'",
			"is_cancelled": f"IF({role} = 23, 1, 0)",
			"to_rename": "0",
			"docstatus": "1",
			"remarks": "'Benchmark'",
			"it_service": f"IF({role} IN (20, 21), NULL, {service})",
		},
		numbers,
	)


def _ledger_rows(live: int) -> int:
	return live * LEDGER_CYCLE // LIVE_OF_CYCLE


def _add_usage(scene: ReportScene, rows: range, kind: str, status: str, months_back: int) -> None:
	"""Rows in the order of their months, as imports bring them, each month over all pairs."""
	first = reserve_names("Service Usage", len(rows))
	month = f"((seq - {rows.start}) * {MONTHS} DIV {len(rows)})"
	pair = f"seq % {scene.pairs}"
	customer, offering, _service = pair_columns(scene, pair)
	usage_month = f"'{FIRST_MONTH}' + INTERVAL ({month} - {months_back}) MONTH"
	insert_select(
		"Service Usage",
		{
			"name": f"{first} - {rows.start} + seq",
			"usage_import": f"CONCAT('{CODE}-{kind}-', {month})",
			"row_number": f"seq - {rows.start}",
			"service_offering": offering,
			"customer": customer,
			"mapping_status": f"'{status}'",
			"usage_date": f"{usage_month} + INTERVAL FLOOR({chance('day')} * 28) DAY",
			"usage_month": usage_month,
			"quantity": f"ROUND(1 + {chance('quantity')} * 99, 3)",
			"quantity_remainder": f"IF(seq % 16 = 0, ROUND({chance('rest')} * 1000, 3), 0)",
			"uom": "'Nos'",
			"offering_value": offering,
			"customer_value": customer,
			"source_key": f"MD5(CONCAT('{CODE}{kind}{status}{months_back}-', seq))",
		},
		rows,
	)


def pair_columns(scene: ReportScene, pair: str) -> tuple[str, str, str]:
	"""Customer, offering and service of a pair: offering by offering, each time with another customer."""
	offering = f"({pair}) % {scene.offerings}"
	customer = f"({offering} * 7 + (({pair}) DIV {scene.offerings}) * 101) % {scene.customers}"
	return (
		_code(customer),
		_code(offering),
		_code(f"({offering}) DIV {OFFERINGS_PER_SERVICE}"),
	)


def _code(number: str) -> str:
	return f"CONCAT('{CODE}-', LPAD({number}, 5, '0'))"


def chance(purpose: str) -> str:
	"""0 <= x < 1 from the row's number, the seed and what it is for."""
	return f"(CONV(LEFT(MD5(CONCAT('{SEED}{purpose}', seq)), 8), 16, 10) / 4294967296)"


def _pick(names: Sequence[str], purpose: str) -> str:
	listed = ", ".join(frappe.db.escape(name) for name in names)
	return f"ELT(1 + FLOOR({chance(purpose)} * {len(names)}), {listed})"


def _accounts(root_type: str, without: Sequence[str]) -> list[str]:
	return frappe.get_all(
		"Account",
		{"company": COMPANY, "root_type": root_type, "is_group": 0, "name": ("not in", [*without, ""])},
		order_by="name",
		pluck="name",
		limit=20,
	)


def _objective(number: int) -> str:
	return f"{CODE} Objective {number}"


def insert_select(doctype: str, columns: dict[str, str], numbers: range) -> None:
	"""One row per number; columns are SQL of `seq`. Uses MariaDB's sequence engine."""
	stamps = {field: f"'{now()}'" for field in ("creation", "modified")}
	columns = {**columns, **stamps, "owner": "'Administrator'", "modified_by": "'Administrator'"}
	frappe.db.sql(
		f"""INSERT INTO `tab{doctype}` ({", ".join(f"`{column}`" for column in columns)})
		SELECT {", ".join(columns.values())}
		FROM (SELECT CAST(seq AS SIGNED) AS seq FROM seq_{numbers.start}_to_{numbers.stop - 1}) numbers"""
	)


def _insert(doctype: str, fields: Sequence[str], rows: Iterable[tuple]) -> None:
	stamps = (now(), now(), "Administrator", "Administrator")
	frappe.db.bulk_insert(
		doctype,
		[*fields, "creation", "modified", "owner", "modified_by"],
		[(*row, *stamps) for row in rows],
	)


def _insert_children(
	doctype: str,
	parentfield: str,
	fields: Sequence[str],
	rows: Iterable[tuple],
	parenttype: str = "IT Service",
) -> None:
	"""Child rows; each begins with the number of its parent."""
	_insert(
		doctype,
		("name", "parent", "parentfield", "parenttype", "idx", *fields),
		(
			(f"{CODE}-{parentfield}-{idx}", service_code(number), parentfield, parenttype, idx, *values)
			for idx, (number, *values) in enumerate(rows)
		),
	)
