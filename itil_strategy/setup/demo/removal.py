"""Take the sample organisation off the site again, and leave what was there before or is used by somebody's own records."""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked

from itil_strategy.exceptions import SampleOrganisationError
from itil_strategy.setup.demo.files import SampleFiles, StoryFiles
from itil_strategy.setup.demo.inventory import REMOVING, forget_note, names, read_note, write_note
from itil_strategy.setup.demo.wipe import forget_user, wipe
from itil_strategy.utils.text import bold

# What is about a customer: its field; the rest of the table follows from it.
OF_CUSTOMERS = (
	"Customer Need",
	"Environment Change",
	"Relationship Review",
	"Service Commitment",
	"Service Feedback",
	"Survey Invitation",
	"Survey Response",
)
OF_SERVICES = ("Portfolio Decision", "Service Retirement")
# What names the company only through another record: that record, and the field.
OF_RECORDS = {
	"Benefit Measurement": ("Business Case", "business_case"),
	"Charge Posting": ("Charging Run", "charging_run"),
	"Cost Allocation Input": ("Cost Allocation Run", "allocation_run"),
	"Service Usage": ("Usage Import", "usage_import"),
}
# Deleted one by one, last, and only where nothing else links to them. What links comes before what is linked.
SHARED = (
	"Usage Mapping",
	"Service Offering",
	"Item",
	"IT Service",
	"IT Service Category",
	"Customer",
	"Requirement Topic",
	"Cost Element",
	"Cost Driver",
	"Strategic Objective",
	"Price List",
	"Currency Exchange",
	"UOM",
	"User",
	"Fiscal Year",
)


def remove(progress: Callable[[int, int], None] | None = None) -> list[str]:
	"""Answers what stays because records of others link to it. Safe to repeat after a removal that died."""
	frappe.only_for("System Manager")
	note = read_note()
	if not note:
		frappe.throw(
			_("The sample organisation is not on this site, so there is nothing to remove."),
			SampleOrganisationError,
			title=_("Nothing to Remove"),
		)
	write_note(state=REMOVING)
	frappe.db.commit()  # nosemgrep: a removal that dies is started again
	kept = {doctype: set(these) for doctype, these in note["kept"].items()}
	ours = {
		doctype: [name for name in these if name not in kept.get(doctype, ())]
		for doctype, these in names().items()
	}
	stays: list[str] = []
	steps: list[Callable[[], None]] = [
		lambda: _remove_relationship(ours),
		_remove_company_records,
		lambda: _remove_of_services(ours),
		_remove_company,
		*(
			lambda doctype=doctype: stays.extend(_remove_shared(doctype, ours.get(doctype, [])))
			for doctype in SHARED
		),
	]
	for done, step in enumerate(steps, 1):
		step()
		frappe.db.commit()  # nosemgrep: see above
		if progress:
			progress(done, len(steps))
	forget_note()
	frappe.db.commit()  # nosemgrep: see above
	return stays


def _remove_relationship(ours: dict[str, list[str]]) -> None:
	customers = {"customer": ("in", ours["Customer"] or [""])}
	content = json.loads(SampleFiles().content("relationship.json"))
	parties = frappe.get_all("Mediation Party", customers, pluck="parent", distinct=True, limit=0)
	wipe("Requirement Mediation", parties)
	for doctype in OF_CUSTOMERS:
		wipe(doctype, frappe.get_all(doctype, customers, pluck="name", limit=0))
	_wipe_where(
		"Environment Change", change_title=("in", [row["change_title"] for row in content["changes"]])
	)
	titles = [content["features"]["title"]]
	emails = []
	for files in (SampleFiles(), StoryFiles()):
		titles += [row["title"] for row in files.company["surveys"]]
		emails += [row["email"] for row in (*files.table("contacts"), *files.company["staff"])]
	_wipe_where("Satisfaction Survey", survey_title=("in", titles))
	contacts = frappe.get_all("Contact Email", {"email_id": ("in", emails)}, pluck="parent", limit=0)
	wipe("Contact", contacts)
	# Whom a rule chose last: its turn goes on with the others.
	frappe.db.set_value(
		"Assignment Rule", {"last_user": ("in", ours["User"])}, "last_user", None, update_modified=False
	)


def _remove_company_records() -> None:
	"""Everything of the company: vouchers and their ledger rows, runs, budgets, accounts."""
	company = SampleFiles().company["company"]
	for doctype, (other, fieldname) in OF_RECORDS.items():
		of_company = frappe.get_all(other, {"company": company}, pluck="name", limit=0)
		_wipe_where(doctype, **{fieldname: ("in", of_company or [""])})
	accounts = frappe.get_all("Account", {"company": company}, pluck="name", limit=0)
	frappe.db.delete("Cost Element Account", {"account": ("in", accounts or [""])})
	parents, children = _company_fields()
	for doctype in parents:
		_wipe_where(doctype, company=company)
	for doctype, fieldname in children:
		frappe.db.delete(doctype, {fieldname: company})
	# Rows of other companies in the settings are counted from one again.
	rows = frappe.get_all("Service Strategy Company", pluck="name", order_by="idx asc, creation asc")
	for number, name in enumerate(rows, 1):
		frappe.db.set_value("Service Strategy Company", name, "idx", number, update_modified=False)


def _company_fields() -> tuple[list[str], list[tuple[str, str]]]:
	"""Doctypes with a field `company`, and the child tables with any link to a company."""
	parents, children = [], []
	links = {"fieldtype": "Link", "options": "Company"}
	fields = frappe.get_all("DocField", links, ["parent", "fieldname"], as_list=True, limit=0)
	fields += frappe.get_all("Custom Field", links, ["dt", "fieldname"], as_list=True, limit=0)
	for doctype, fieldname in fields:
		meta = frappe.get_meta(doctype)
		if meta.issingle or meta.get("is_virtual") or not frappe.db.table_exists(doctype):
			continue
		if meta.istable:
			children.append((doctype, fieldname))
		elif fieldname == "company" and doctype != "Company":
			parents.append(doctype)
	return parents, children


def _remove_of_services(ours: dict[str, list[str]]) -> None:
	"""Services hang together; taken apart first, each can be judged alone."""
	services = ("in", ours["IT Service"] or [""])
	policies = ours["Charging Policy"]
	_wipe_where("Charging Tier", charging_policy=("in", policies or [""]))
	wipe("Charging Policy", policies)
	for doctype in OF_SERVICES:
		_wipe_where(doctype, it_service=services)
	frappe.db.delete("Service Dependency", {"parent": services, "parenttype": "IT Service"})
	frappe.db.delete("Service Stage Log", {"parent": services, "parenttype": "IT Service"})
	frappe.db.set_value("IT Service", {"name": services}, "successor", None, update_modified=False)
	frappe.db.delete("Item Price", {"price_list": ("in", ours["Price List"] or [""])})


def _remove_company() -> None:
	"""Past ERPNext's own deletion, which is about what is gone by now; a site's default company is none then."""
	company = SampleFiles().company["company"]
	wipe("Company", [company])
	frappe.defaults.clear_default("company", value=company)
	# Single doctypes that name it, such as ERPNext's Global Defaults; no document of theirs need be valid for that.
	singles = frappe.qb.DocType("Singles")
	frappe.qb.update(singles).set(singles.value, "").where(
		singles.field.like("%company") & (singles.value == company)
	).run()


def _remove_shared(doctype: str, these: list[str]) -> list[str]:
	"""One by one, each unless something links to it; answers what stays."""
	stays = []
	for name in these:
		if not frappe.db.exists(doctype, name):
			continue
		if _is_in_use(doctype, name):
			stays.append(_("{0} {1}").format(_(doctype), bold(name)))
			continue
		if doctype == "User":
			forget_user(name)
		wipe(doctype, [name])
	return stays


def _is_in_use(doctype: str, name: str) -> bool:
	if doctype == "Cost Element":
		# Nothing links to it, but accounts of other companies may be counted in it by now.
		return bool(frappe.db.exists("Cost Element Account", {"parent": name}))
	doc = frappe.get_doc(doctype, name)
	try:
		check_if_doc_is_linked(doc)
		check_if_doc_is_dynamically_linked(doc)
	except frappe.LinkExistsError:
		frappe.clear_messages()
		return True
	return False


def _wipe_where(doctype: str, **filters) -> None:
	wipe(doctype, frappe.get_all(doctype, filters, pluck="name", limit=0))
