"""Every report: who runs it, and what its filters make of hostile values."""

import re
import time
from pathlib import Path

import frappe
from frappe.desk import query_report

from itil_strategy.tests.setup import COMPANY
from tests.site.rights.matrix import FINANCE, OWNER, PORTFOLIO, RELATIONSHIP, STRANGER, SYSTEM
from tests.site.rights.world import Everything

PACKAGE = Path(__file__).parents[3] / "itil_strategy"
FILTER = re.compile(r'fieldname: "(\w+)"')

_MANAGERS = {PORTFOLIO, RELATIONSHIP, FINANCE, SYSTEM}
_OWNERS = {OWNER, STRANGER}
_ALL = _MANAGERS | _OWNERS
# Who runs it; what an owner sees of it is about the own services.
RUNNERS = {
	"Benefit Realisation": _ALL,
	"Budget and Forecast": _ALL - {RELATIONSHIP},
	"Business Case Comparison": _ALL,
	"Charging Statement": _ALL,
	"Cost Recovery": _ALL - {RELATIONSHIP},
	"Customer View": _ALL,
	"Dependency Impact": _ALL,
	"Feedback Performance": _ALL,
	"Ledger Health": {FINANCE, SYSTEM},
	"Need Prioritisation": _ALL,
	"Pipeline Gates": _ALL,
	"Portfolio Selection": _MANAGERS - {RELATIONSHIP},
	"Reconciliation to Ledger": _MANAGERS - {RELATIONSHIP},
	"Retirement Analysis": _ALL,
	"Satisfaction": _ALL - {FINANCE},
	"Scenario Comparison": _MANAGERS - {RELATIONSHIP},
	"Service Assets": _ALL - {RELATIONSHIP},
	"Service Cost Analysis": _ALL - {RELATIONSHIP},
	"Service Investment": _ALL,
	"Service Portfolio": _ALL,
	"Strategic Alignment": _ALL,
	"Supply and Demand": _ALL,
}
HOSTILE = (
	"' OR '1'='1",
	"') UNION SELECT name, password FROM __Auth -- ",
	"1; SELECT SLEEP(20) -- ",
	'" OR SLEEP(20) OR "',
	"`name`) OR SLEEP(20) -- ",
	"%' AND SLEEP(20) AND '%'='",
	["like", "%' OR SLEEP(20) OR '"],
	{"operator": "OR SLEEP(20)"},
	"<script>alert(1)</script>",
	"%(name)s {0} %s",
	"\0",
	"x" * 5000,
)
SECONDS = 15


def filters_of(report: str) -> list[str]:
	"""Names of its filters, as the form has them."""
	scrubbed = frappe.scrub(report)
	(script,) = PACKAGE.glob(f"*/report/{scrubbed}/{scrubbed}.js")
	return list(dict.fromkeys(FILTER.findall(script.read_text())))


def good_filters(report: str, everything: Everything) -> dict:
	"""Those that a report cannot do without."""
	known = {
		"company": COMPANY,
		"from_date": "2026-01-01",
		"to_date": "2026-12-31",
		"from_month": "2026-01-01",
		"to_month": "2026-12-31",
		"last_month": "2026-03-31",
		"months": 3,
		"fiscal_year": "2026",
		"scenarios": [everything.names["Strategy Scenario"]],
		"investment_round": everything.names["Investment Round"],
	}
	return {name: known[name] for name in filters_of(report) if name in known}


def run(report: str, filters: dict) -> dict:
	"""As the desk runs it."""
	return query_report.run(report, filters=filters, ignore_prepared_report=True)


def attack(report: str, everything: Everything) -> tuple[int, list[str]]:
	"""Each filter with each hostile value: a result or a refusal in words, and no time that the database slept."""
	tried, wrong = 0, []
	for name in filters_of(report):
		for value in HOSTILE:
			tried += 1
			frappe.db.savepoint("attack")
			began = time.monotonic()
			try:
				run(report, {**good_filters(report, everything), name: value})
			except (frappe.ValidationError, frappe.PermissionError) as refusal:
				if not str(refusal).strip():
					wrong.append(f"{report}, {name} = {value!r:.40}: refused without a word")
			except Exception as error:
				wrong.append(f"{report}, {name} = {value!r:.40}: {type(error).__name__}: {error!s:.120}")
			finally:
				frappe.db.rollback(save_point="attack")
				frappe.local.message_log = []
			if time.monotonic() - began > SECONDS:
				wrong.append(f"{report}, {name} = {value!r:.40}: took {time.monotonic() - began:.0f} s")
	return tried, wrong
