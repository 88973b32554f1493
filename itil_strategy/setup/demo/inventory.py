"""What the sample organisation puts on a site beside its company, and what of that was there before.

The note of what was there is written once, before anything is loaded; removal leaves these records alone.
"""

import json

import frappe
from frappe import _
from frappe.utils import cint

from itil_strategy.exceptions import SampleOrganisationError
from itil_strategy.setup.cost_elements import ELEMENT as DEPRECIATION
from itil_strategy.setup.demo.booking import COST_REMARK
from itil_strategy.setup.demo.files import SampleFiles, StoryFiles
from itil_strategy.setup.price_list import PREFIX
from itil_strategy.utils.text import bold

NOTE = "itil_strategy_sample"
LOADING, LOADED, REMOVING, FAILED = "Loading", "Loaded", "Removing", "Failed"
# Read from the files: (doctype, table, column).
NAMED = (
	("IT Service", "services", "service"),
	("IT Service", "pipeline", "service"),
	("Service Offering", "offerings", "offering"),
	("Item", "offerings", "offering"),
	("UOM", "offerings", "unit"),
	("IT Service Category", "services", "category"),
	("IT Service Category", "pipeline", "category"),
	("Customer", "customers", "customer"),
	("Charging Policy", "policies", "policy"),
	("Strategic Objective", "objectives", "objective"),
	("Cost Element", "cost_elements", "element"),
	("Cost Driver", "drivers", "driver"),
	("Requirement Topic", "requirements", "topic"),
)
# Of an earlier version's sample all but these are its own.
EVERYBODYS = ("Fiscal Year", "UOM", "Cost Element", "Price List", "Currency Exchange")

OWN = ("IT Service", "Service Offering", "Item", "Customer", "Charging Policy", "Usage Mapping")


def names() -> dict[str, list[str]]:
	"""Names of the sample's records per doctype, as far as the files give them."""
	found: dict[str, set[str]] = {}
	for files in (SampleFiles(), StoryFiles()):
		for doctype, table, column in NAMED:
			found.setdefault(doctype, set()).update(row[column] for row in files.table(table))
		people = [row["email"] for row in files.table("contacts") if row["portal"] == "yes"]
		found.setdefault("User", set()).update(people, (row["email"] for row in files.company["staff"]))
	company = SampleFiles().company
	found["Usage Mapping"] = {row["name"] for row in company["mappings"]}
	found["Price List"] = {f"{PREFIX}{company['currency']}"}
	found["Cost Element"].add(DEPRECIATION)
	found["Fiscal Year"] = set(_years())
	found["Currency Exchange"] = set(_rates())
	return {doctype: sorted(filter(None, values)) for doctype, values in found.items()}


def _years() -> list[str]:
	"""Of the months that are told, and those that cases spend in."""
	starts = [
		row["year_start"] for row in json.loads(SampleFiles().content("business_cases.json"))["ceilings"]
	]
	years = {cint(start[:4]) for start in [*starts, SampleFiles().company["fiscal_year"]["start"]]}
	years |= {cint(year) for year in StoryFiles().company["fiscal_years"]}
	return [str(year) for year in range(min(years), max(years) + 1)]


def _rates() -> list[str]:
	rates = SampleFiles().table("rates")
	return frappe.get_all(
		"Currency Exchange",
		{
			"date": ("in", [row["date"] for row in rates]),
			"from_currency": ("in", [row["from_currency"] for row in rates]),
		},
		pluck="name",
	)


def read_note() -> dict | None:
	"""`state`, and `kept`: names per doctype that were there before; None on a site without the sample."""
	text = frappe.db.get_global(NOTE)
	return json.loads(text) if text else None


def write_note(**values) -> None:
	frappe.db.set_global(NOTE, json.dumps({**(read_note() or {}), **values}))


def note_loaded() -> None:
	"""It is complete."""
	write_note(state=LOADED, error=None)
	frappe.db.commit()  # nosemgrep: the last step of a job that commits step by step


def forget_note() -> None:
	frappe.db.delete("DefaultValue", {"parent": "__global", "defkey": NOTE})
	frappe.clear_cache()


def note_what_is_kept() -> None:
	"""Before the first record is made. Raises SampleOrganisationError where somebody's own records are in the way."""
	if read_note():
		return
	refuse_own_records()
	there = {
		doctype: these for doctype, these in names().items() if doctype in EVERYBODYS or not _is_loaded()
	}
	write_note(state=LOADING, kept={doctype: _existing(doctype, these) for doctype, these in there.items()})
	frappe.db.commit()  # nosemgrep: the note has to outlast a loading that dies


def refuse_own_records() -> None:
	"""A company, service or customer of such a name that is not the sample's stays out of it."""
	if read_note() or _is_loaded():
		return
	company = SampleFiles().company["company"]
	found = {"Company": [company]} if frappe.db.exists("Company", company) else {}
	found |= {doctype: _existing(doctype, names()[doctype]) for doctype in OWN}
	in_the_way = [f"{_(doctype)} {bold(these[0])}" for doctype, these in found.items() if these]
	if in_the_way:
		frappe.throw(
			_(
				"This site has records of its own with names of the sample organisation: {0}. Load it on another site, or rename them first."
			).format(", ".join(in_the_way)),
			SampleOrganisationError,
			title=_("Names Are in Use"),
		)


def _is_loaded() -> bool:
	"""By an earlier version, which left no note: its entries say so."""
	company = SampleFiles().company["company"]
	booked = {"company": company, "user_remark": COST_REMARK, "docstatus": 1}
	return bool(frappe.db.exists("Journal Entry", booked))


def _existing(doctype: str, these: list[str]) -> list[str]:
	return frappe.get_all(doctype, {"name": ("in", these or [""])}, pluck="name", limit=0)
