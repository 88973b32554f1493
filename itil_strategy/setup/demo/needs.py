"""What the customers of the sample organisation need: raised, assessed, mediated, delivered, confirmed.

Every step is the need's own, taken by the relationship manager; afterwards it gets the moment of the files.
"""

import json
from collections import defaultdict

import frappe
from frappe.model.document import Document
from frappe.utils import flt, get_datetime

from itil_strategy.business_relationship.doctype.requirement_mediation.requirement_mediation import (
	record_answer,
)
from itil_strategy.domain.needs import days_between
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.people import RELATIONSHIP_MANAGER, acting_as, is_to_come, write_history

NEED, MEDIATION, TOPIC = "Customer Need", "Requirement Mediation", "Requirement Topic"
SCORE = ("value", "time_criticality", "risk_reduction", "size")
DELIVERY = ("accepted_on", "delivery_started_on", "delivered_on")


def load_needs(files: SampleFiles, contacts: dict[str, Document]) -> int:
	"""Needs that are missing, and what was settled between them; answers how many were raised."""
	rows = [row for row in files.table("needs") if not frappe.db.exists(NEED, {"need_title": row["need"]})]
	wishes = _wishes(files)
	with acting_as(RELATIONSHIP_MANAGER):
		needs = {row["need"]: _raise_need(row, wishes[row["need"]], contacts) for row in rows}
		_settle(files)
		for row in rows:
			_deliver(needs[row["need"]], row)
	return len(needs)


def _wishes(files: SampleFiles) -> dict[str, list[dict]]:
	wishes: dict[str, list[dict]] = defaultdict(list)
	for row in files.table("requirements"):
		if not frappe.db.exists(TOPIC, row["topic"]):
			frappe.get_doc({"doctype": TOPIC, "topic_name": row["topic"]}).insert(ignore_permissions=True)
		wishes[row["need"]].append(
			{
				**{key: row[key] or None for key in ("topic", "statement", "stakeholder", "moscow")},
				"exclusive_with": row["exclusive_with"] or None,
				"acceptance_criterion": row["criterion"],
			}
		)
	return wishes


def _raise_need(row: dict[str, str], wishes: list[dict], contacts: dict[str, Document]) -> Document:
	"""Up to the assessment: the rest waits for the mediations that follow from it."""
	contact = contacts[row["contact"]]
	need = frappe.get_doc(
		{
			"doctype": NEED,
			"need_title": row["need"],
			"customer": contact.links[0].link_name,
			"contact": contact.name,
			"it_service": row["service"],
			"service_offering": row["offering"] or None,
			"units_per_month": flt(row["units"]),
			"needed_from": row["needed_from"] or None,
			"needed_to": row["needed_to"] or None,
			"wanted_outcome": row["wanted_outcome"],
			"requirements": wishes,
		}
	).insert()
	if _happened(row, "submitted_on"):
		need.submit_need()
	if _happened(row, "assessed_on"):
		need.assess(**{part: int(row[part]) for part in SCORE})
	if _happened(row, "declined_on"):
		need.decline(row["reason"])
	return need


def _deliver(need: Document, row: dict[str, str]) -> None:
	steps = {
		"accepted_on": need.accept,
		"delivery_started_on": need.start_delivery,
		"delivered_on": need.deliver,
		"rejected_on": lambda: need.reject_delivery(row["reason"], contact=need.contact),
		"confirmed_on": lambda: need.confirm(contact=need.contact),
	}
	for column, step in steps.items():
		if _happened(row, column):
			step()
	moments = {
		column: get_datetime(row[column])
		for column in ("submitted_on", "assessed_on", *DELIVERY, "declined_on", "confirmed_on")
		if _happened(row, column)
	}
	if "confirmed_on" in moments:
		days = days_between(moments["submitted_on"], moments["confirmed_on"])
		moments["days_to_confirmation"] = float(days)
	if moments:
		write_history(need, creation=moments["submitted_on"], **moments)


def _happened(row: dict[str, str], column: str) -> bool:
	return bool(row[column]) and not is_to_come(row[column])


def _settle(files: SampleFiles) -> None:
	"""The mediations were opened by rule; the files tell what was said in them."""
	for row in json.loads(files.content("relationship.json"))["mediations"]:
		name = frappe.db.get_value(MEDIATION, {"topic": row["topic"], "status": "Open"})
		if name:
			_mediate(frappe.get_doc(MEDIATION, name), row)


def _mediate(mediation: Document, row: dict) -> None:
	titles = {
		party.customer_need: frappe.db.get_value(NEED, party.customer_need, "need_title")
		for party in mediation.parties
	}
	if mediation.options or not set(titles.values()) <= row["positions"].keys():
		return
	for party in mediation.parties:
		party.update(row["positions"][titles[party.customer_need]])
	mediation.criteria = row["criteria"]
	mediation.extend("options", row["options"])
	mediation.extend(
		"scores",
		[dict(zip(("option_title", "customer", "score"), score, strict=True)) for score in row["scores"]],
	)
	is_decided = "decided_on" in row and not is_to_come(row["decided_on"])
	if is_decided:
		mediation.update({key: row[key] for key in ("decision", "chosen_option", "compensation")})
		mediation.decided_by = row["decided_by"]
	mediation.save()
	if is_decided:
		for need, title in titles.items():
			record_answer(mediation.name, need, row["answers"][title])
		mediation.reload()
		mediation.close_mediation()
		write_history(mediation, decided_on=row["decided_on"], review_date=row["review_date"])
