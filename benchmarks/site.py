"""The site that benchmarks run on: connect, refuse a live one, take back what a bench wrote."""

import os
import sys
from pathlib import Path

import frappe

COMPANY, ABBR, CURRENCY = "Benchmark IT", "BIT", "EUR"
ELSEWHERE = "Benchmark Elsewhere"  # a name on rows that reports leave out; no company
COMPANIES = (COMPANY, ELSEWHERE)
PREFIX = "Benchmark"
REPORT_PREFIX = f"{PREFIX}-Report"
FILE_PREFIX = "benchmark-"
# Bulk-loaded for reports and without a company: their names tell whose they are.
REPORT_TABLES = (
	"Survey Answer",
	"Survey Response",
	"Survey Invitation",
	"Service Feedback",
	"Issue",
	"Mediation Party",
	"Requirement Mediation",
	"Need Requirement",
	"Customer Need",
)
TWINS = ("Service Usage", "Service Charge")
MISSING = (
	"Name the site in ITIL_SITE and the folder of all sites in ITIL_SITES_PATH, and use the bench's Python."
)
LIVE = "{0} has charging runs of other companies. Benchmarks write millions of rows: run them on a site of their own."
FEW_ROWS = 50_000
USD_RATE = 0.91234  # no other rate has it: by it the benchmarks find theirs again


class LiveSiteError(Exception):
	"""The site is somebody's: nothing was written."""


def connect() -> None:
	"""Connect to the site of the environment as Administrator; commits of earlier steps are seen."""
	try:
		site, sites = os.environ["ITIL_SITE"], os.environ["ITIL_SITES_PATH"]
	except KeyError as error:
		raise SystemExit(MISSING) from error
	os.chdir(sites)
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	# Dropping and emptying tables waits for others a while, not for a day.
	frappe.db.sql("SET SESSION lock_wait_timeout = 60")


def connect_to_free_site() -> None:
	"""Connect; where the site is somebody's, say so and end the program with exit code 2."""
	connect()
	try:
		refuse_live_site()
	except LiveSiteError as error:
		print(error, file=sys.stderr)
		raise SystemExit(2) from error


def refuse_live_site() -> None:
	"""Raise LiveSiteError where another company charges."""
	if frappe.db.exists("Charging Run", {"company": ("!=", COMPANY)}):
		raise LiveSiteError(LIVE.format(frappe.local.site))


def reset() -> None:
	"""Delete usage, runs, vouchers and files of the benchmarks' own company; its masters stay, but for those
	of reports, which others would be counted with. Commits."""
	clear_usage()
	company = {"company": ("in", COMPANIES)}
	runs = frappe.get_all("Charging Run", company, pluck="name", limit=0)
	if runs:
		frappe.db.delete("Charge Posting", {"charging_run": ("in", runs)})
		frappe.db.delete("Charging Run Customer", {"parent": ("in", runs)})
	frappe.db.sql(
		"""DELETE line FROM `tabJournal Entry Account` line
		INNER JOIN `tabJournal Entry` entry ON entry.name = line.parent WHERE entry.company = %s""",
		COMPANY,
	)
	for doctype in ("Charging Run", "Journal Entry"):
		frappe.db.delete(doctype, company)
	_delete_masters(REPORT_PREFIX)
	for doctype in ("Usage Claim", "Service Charge", "GL Entry"):
		empty(doctype)
	for doctype in REPORT_TABLES:
		empty_named(doctype)
	frappe.db.commit()
	for doctype in TWINS:
		frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `{twin_name(doctype)}`")


def clear_usage() -> None:
	"""Delete the imports of the companies with their rows and files. Commits."""
	imports = frappe.get_all("Usage Import", {"company": ("in", COMPANIES)}, pluck="name", limit=0)
	if imports:
		others = frappe.db.exists("Usage Import", {"company": ("not in", COMPANIES)})
		if others or not _truncate("Service Usage"):
			frappe.db.delete("Service Usage", {"usage_import": ("in", imports)})
		frappe.db.delete("Usage Import", {"name": ("in", imports)})
	frappe.db.delete("File", {"file_name": ("like", f"{FILE_PREFIX}%")})
	for path in Path(frappe.get_site_path("private", "files")).glob(f"{FILE_PREFIX}*"):
		path.unlink()
	frappe.db.commit()


def empty(doctype: str) -> None:
	"""Delete the rows of the benchmarks' companies; at once when no others are there. May commit."""
	others = frappe.db.sql(
		f"SELECT 1 FROM `tab{doctype}` WHERE company NOT IN %s OR company IS NULL LIMIT 1", [COMPANIES]
	)
	if others or not _truncate(doctype):
		frappe.db.delete(doctype, {"company": ("in", COMPANIES)})


def empty_named(doctype: str) -> None:
	"""Delete rows that are named as ours; at once when no others are there. May commit."""
	others = frappe.db.sql(
		f"SELECT 1 FROM `tab{doctype}` WHERE name NOT LIKE %s LIMIT 1", f"{REPORT_PREFIX}-%"
	)
	if others or not _truncate(doctype):
		frappe.db.delete(doctype, {"name": ("like", f"{REPORT_PREFIX}-%")})


def _truncate(doctype: str) -> bool:
	"""Empty a large table, for a DELETE of a million rows takes minutes; False if it is small. Commits then."""
	rows = frappe.db.sql(f"SELECT COUNT(*) FROM (SELECT 1 FROM `tab{doctype}` LIMIT {FEW_ROWS}) t")
	if rows[0][0] < FEW_ROWS:
		return False
	frappe.db.commit()
	frappe.db.sql_ddl(f"TRUNCATE TABLE `tab{doctype}`")
	return True


def twin_name(doctype: str) -> str:
	"""The table beside a doctype's own that floors write into."""
	return f"benchmark {doctype}"


def make_twin(doctype: str, with_rows: bool = True) -> str:
	"""A table with the same columns and indexes as the doctype's own, with or without its rows. Commits."""
	name = twin_name(doctype)
	frappe.db.commit()
	frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `{name}`")
	frappe.db.sql_ddl(f"CREATE TABLE `{name}` LIKE `tab{doctype}`")
	if with_rows:
		frappe.db.sql(f"INSERT INTO `{name}` SELECT * FROM `tab{doctype}`")
	frappe.db.commit()
	return name


def remove() -> None:
	"""Delete everything of the benchmarks, masters and company too. Commits."""
	reset()
	remove_masters()
	frappe.db.delete(
		"Currency Exchange", {"from_currency": "USD", "to_currency": CURRENCY, "exchange_rate": USD_RATE}
	)
	_delete_company()
	frappe.db.commit()


def remove_masters() -> None:
	"""Delete services, offerings, customers and what hangs on them; the company stays. Commits."""
	policies = frappe.get_all(
		"Charging Policy", {"it_service": ("like", f"{PREFIX}%")}, pluck="name", limit=0
	)
	if policies:
		frappe.db.delete("Charging Tier", {"charging_policy": ("in", policies)})
		frappe.db.delete("Charging Policy", {"name": ("in", policies)})
	_delete_masters(PREFIX)
	frappe.db.commit()


def _delete_masters(prefix: str) -> None:
	named = ("like", f"{prefix}%")
	for doctype, children in (
		("Service Retirement", ()),
		("Service Commitment", ()),
		("Service Offering", ()),
		("IT Service", ("Service Company", "Service Outcome", "Service Dependency")),
		("Customer", ("Customer IT Charging",)),
		("Usage Mapping", ("Usage Mapping Value",)),
		("Strategic Objective", ()),
	):
		for child in children:
			frappe.db.delete(child, {"parent": named, "parenttype": doctype})
		frappe.db.delete(doctype, {"name": named})


def _delete_company() -> None:
	"""Accounts, cost centers and whatever else belongs to the company, then the company.

	Not by deleting the document: some releases of ERPNext fail in it on a quoted table name.
	"""
	links = {"fieldname": "company", "fieldtype": "Link", "options": "Company"}
	doctypes = set(frappe.get_all("DocField", links, pluck="parent", limit=0))
	singles = set(frappe.get_all("DocType", {"issingle": 1}, pluck="name", limit=0))
	for doctype in sorted(doctypes - singles):
		if not frappe.db.table_exists(doctype):
			continue
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.sql(
				f"""DELETE child FROM `tab{table.options}` child INNER JOIN `tab{doctype}` parent
				ON parent.name = child.parent AND child.parenttype = %s WHERE parent.company = %s""",
				(doctype, COMPANY),
			)
		frappe.db.delete(doctype, {"company": COMPANY})
	frappe.db.delete("Company", {"name": COMPANY})
	if frappe.db.get_single_value("Global Defaults", "default_company") == COMPANY:
		frappe.db.set_single_value("Global Defaults", "default_company", None)
	frappe.db.delete("DefaultValue", {"defvalue": COMPANY})
	frappe.clear_cache()
