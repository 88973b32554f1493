"""Strategy scenarios of the sample organisation: what it thinks about for the two years after its runs."""

from itertools import groupby

import frappe
from frappe.utils import flt, get_last_day

from itil_strategy.setup.demo.files import SampleFiles

YEARS = 2


def load_scenarios(files: SampleFiles) -> int:
	"""Those that are missing; answers how many there are."""
	rows = files.table("scenarios")
	titles = [title for title, _group in groupby(rows, _title)]
	for title in titles:
		_make_scenario(files, title, [row for row in rows if _title(row) == title])
	return len(titles)


def _title(row: dict[str, str]) -> str:
	return row["scenario"]


def _make_scenario(files: SampleFiles, title: str, rows: list[dict[str, str]]) -> None:
	company, runs = files.company["company"], files.company["runs"]
	values = {"scenario_title": title, "company": company}
	if frappe.db.exists("Strategy Scenario", values):
		return
	frappe.get_doc(
		{
			"doctype": "Strategy Scenario",
			**values,
			"base_until": get_last_day(f"{runs[-1]['month']}-01"),
			"base_months": str(len(runs)),
			"years": YEARS,
			"changes": [
				{
					"kind": row["change"],
					"it_service": row["service"],
					"percent": flt(row["percent"]),
					"from_date": row["from"] or None,
				}
				for row in rows
			],
		}
	).insert(ignore_permissions=True)
