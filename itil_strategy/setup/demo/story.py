"""The two years before the sample's quarter: more services and customers, cost and usage of every month.

Usage of the first year is shown only; from the second year on each month is charged and posted.
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import add_days, today

from itil_strategy.setup.demo import booking, masters
from itil_strategy.setup.demo.agreements import load_commitments
from itil_strategy.setup.demo.allocation import load_allocation
from itil_strategy.setup.demo.booking import say
from itil_strategy.setup.demo.budgets import load_budgets
from itil_strategy.setup.demo.cases import ensure_year, load_cases
from itil_strategy.setup.demo.files import SampleFiles, StoryFiles
from itil_strategy.setup.demo.people import (
	PORTFOLIO_MANAGER,
	RELATIONSHIP_MANAGER,
	acting_as,
	is_to_come,
	write_history,
)
from itil_strategy.setup.demo.portfolio import decide, load_portfolio
from itil_strategy.setup.demo.relationship import load_relationship

COST_REMARK = "Direct costs before the sample's quarter"
SHARED_REMARK = "Shared costs before the sample's quarter"
USAGE = "usage.csv"


def steps(story: StoryFiles) -> list[Callable[[], None]]:
	"""Up to the quarter of the sample."""
	return [
		lambda: _load_masters(story),
		lambda: booking.book_costs(story, "direct_costs", COST_REMARK),
		lambda: booking.book_costs(story, "shared_costs", SHARED_REMARK),
		lambda: _import_usage(story),
		lambda: _show_first_year(story),
		*(
			lambda month=month: booking.run_month(story, {"month": month, "usage": []})
			for month in story.company["runs"]
		),
		lambda: _dispute(story),
	]


def last_steps(story: StoryFiles) -> list[Callable[[], None]]:
	"""After it: what was said, planned and decided meanwhile."""
	return [
		lambda: _dispute(story),
		lambda: _load_people(story),
		lambda: say(_("  {0} budgets published").format(load_budgets(story))),
		lambda: say(_("  {0} business cases, with the money that funds them").format(load_cases(story))),
		lambda: _measure(story),
		lambda: _open_rounds(story),
		lambda: _retire(story),
	]


def _load_masters(story: StoryFiles) -> None:
	"""The masters of the quarter come first: the story adds to them."""
	sample = SampleFiles(story.folder.parent)
	masters.load_masters(sample)
	for year in story.company["fiscal_years"]:
		ensure_year(f"{year}-01-01")
	masters.load_cost_centers(story)
	masters.load_accounts(story)
	masters.load_services(story)
	load_portfolio(story)
	masters.load_offerings(story)
	masters.load_customers(story)
	masters.load_policies(story)
	masters.take_over(story)
	load_allocation(story)
	say(
		_("{0} services and {1} customers").format(frappe.db.count("IT Service"), frappe.db.count("Customer"))
	)


def _import_usage(story: StoryFiles) -> None:
	if not frappe.db.exists("Usage Import", {"file_name": USAGE, "company": story.company["company"]}):
		booking.import_usage(story, {"file": USAGE})


def _show_first_year(story: StoryFiles) -> None:
	"""One run over the whole year: prices are shown, nothing is posted."""
	period = story.company["shown"]
	key = {"company": story.company["company"], "period_start": period["from"], "docstatus": 1}
	if not frappe.db.exists("Charging Run", key):
		run = booking.publish_run(story, period["from"], period["to"], "Showback")
		say(
			_("  {0} to {1}: {2} shown").format(
				period["from"], period["to"], booking.money(story, run.total_amount)
			)
		)


def _dispute(story: StoryFiles) -> None:
	"""Disputes of charges that are posted; what is granted is corrected by the next run."""
	for row in story.company["disputes"]:
		charge, run = frappe.db.get_value(
			"Service Charge",
			{
				"customer": row["customer"],
				"service_offering": row["offering"],
				"usage_month": f"{row['month']}-01",
				"kind": "Usage",
				"status": "Posted",
			},
			["name", "charging_run"],
		) or (None, None)
		if not charge or frappe.db.exists("Charge Dispute", {"service_charge": str(charge)}):
			continue
		# The sample's months lie back; here their dispute window is still open.
		frappe.db.set_value("Charging Run", run, "dispute_until", today(), update_modified=False)
		dispute = frappe.get_doc(
			{"doctype": "Charge Dispute", "service_charge": str(charge), "reason": row["reason"]}
		).insert()
		if "outcome" in row:
			dispute.decide(row["outcome"], row["note"], row.get("granted"))


def _load_people(story: StoryFiles) -> None:
	contacts = load_relationship(story)
	with acting_as(RELATIONSHIP_MANAGER):
		load_commitments(story)
	say(_("{0} people of customers").format(len(contacts)))


def _measure(story: StoryFiles) -> None:
	"""What an approved case brought so far, beside what it promised."""
	for row in story.company["measurements"]:
		case = frappe.db.get_value("Business Case", {"case_title": row["case"], "docstatus": 1})
		values = {key: row[key] for key in ("kind", "item", "period")}
		known = frappe.db.exists("Benefit Measurement", {"business_case": case, **values})
		if case and not known and not is_to_come(row["measured_on"]):
			frappe.get_doc(
				{
					"doctype": "Benefit Measurement",
					"business_case": case,
					**values,
					**{key: row.get(key) for key in ("amount", "measured_on", "evidence", "lessons")},
				}
			).insert()


def _open_rounds(story: StoryFiles) -> None:
	"""The money that cases compete for."""
	for row in story.company["rounds"]:
		if not frappe.db.exists("Investment Round", row["round_title"]):
			budgets = [
				{"fiscal_year": ensure_year(start), "amount": amount} for start, amount in row["budgets"]
			]
			values = {**row, "company": story.company["company"], "budgets": budgets}
			frappe.get_doc({"doctype": "Investment Round", **values}).insert()


def _retire(story: StoryFiles) -> None:
	"""By the steps of a retirement: plan and notice, then the decisions; afterwards they get their days."""
	for row in story.company["retirements"]:
		service = row["service"]
		if frappe.db.exists("Service Retirement", {"it_service": service}):
			continue
		plan = frappe.get_doc(
			{
				"doctype": "Service Retirement",
				"it_service": service,
				"company": story.company["company"],
				"customers_informed": 1,
				"last_day": today(),
				**{key: row[key] for key in ("notice_given_on", "successor", "exit_cost", "data_owner")},
				**{key: row[key] for key in ("retention_until", "data_retention")},
			}
		)
		plan.retention_until = max(row["retention_until"], add_days(today(), 1))
		plan.insert().submit()
		days = {"last_day": row["last_day"]}
		write_history(plan, retention_until=row["retention_until"], **days)
		write_history(frappe.get_doc("IT Service", service), **days)
		with acting_as(PORTFOLIO_MANAGER):
			for _step in ("Retiring", "Retired"):
				decide(service, "Retire", row["rationale"])
