"""Whom a survey asks: expanded set-wise to contacts with e-mail. The number of queries does not grow."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max
from frappe.utils import add_months, validate_email_address

from itil_strategy.business_relationship.surveys.load import load_schedule
from itil_strategy.domain.survey_schedule import choose_service
from itil_strategy.utils.service_customers import customers_of_services

MONTHS_OF_USE = 12


@dataclass(frozen=True, slots=True)
class Person:
	"""A contact with an e-mail address, and the customer on whose behalf he or she is asked."""

	email: str
	contact: str
	customer: str | None
	is_unsubscribed: bool = False


@dataclass(slots=True)
class Plan:
	"""Who is invited to a wave and about which service, and how many are left out for which reason."""

	invite: list[tuple[Person, str | None]] = field(default_factory=list)
	left_out: Counter = field(default_factory=Counter)

	def counts(self) -> dict[str, int]:
		return {"invited": len(self.invite), **{reason: self.left_out[reason] for reason in REASONS}}


REASONS = ("known", "throttled", "unsubscribed", "without_email", "without_contact")


def plan_wave(survey: Document, wave: date, today: date) -> Plan:
	"""Judge everybody in the audience, in the order of their addresses."""
	plan = Plan()
	services = [row.it_service for row in survey.services]
	users = customers_of_services(services, add_months(today, -MONTHS_OF_USE))
	people = _find_people(survey, users, plan)
	emails = [person.email for person in people]
	known = _asked_in_wave(survey.name, wave)
	last_asked = _last_asked(emails)
	unsubscribed = _unsubscribed(survey.name, emails)
	asked = _asked_about(survey.name)
	schedule = load_schedule(survey, today)
	assigned: Counter = Counter()
	for person in people:
		if person.email in known:
			plan.left_out["known"] += 1
		elif person.is_unsubscribed or person.email in unsubscribed:
			plan.left_out["unsubscribed"] += 1
		elif schedule.is_throttled(today, last_asked.get(person.email)):
			plan.left_out["throttled"] += 1
		else:
			used = [service for service in services if person.customer in users.get(service, ())]
			service = choose_service(used or services, asked.get(person.email, {}), assigned)
			assigned[service] += 1
			plan.invite.append((person, service))
	return plan


def _find_people(survey: Document, users: dict[str, set[str]], plan: Plan) -> list[Person]:
	"""Each address once: a contact that is listed by name goes before one that comes with a customer."""
	chosen = [row.customer for row in survey.customers]
	if not chosen and not survey.contacts:
		chosen = sorted(set().union(*users.values()))
	customers = _enabled(chosen)
	rows = [
		*_contacts(
			[row.contact for row in survey.contacts], {row.contact: row.customer for row in survey.contacts}
		),
		*_contacts_of_customers(customers),
	]
	plan.left_out["without_contact"] = len(set(customers) - {row.customer for row in rows})
	people: dict[str, Person] = {}
	without_email = set()
	for row in rows:
		email = validate_email_address(row.email_id or "").lower()
		if not email:
			without_email.add(row.contact)
		elif email not in people:
			people[email] = Person(email, row.contact, row.customer, bool(row.unsubscribed))
	plan.left_out["without_email"] = len(without_email)
	return [people[email] for email in sorted(people)]


def _enabled(customers: Sequence[str]) -> list[str]:
	return frappe.get_all(
		"Customer",
		{"name": ("in", customers or [""]), "disabled": 0},
		pluck="name",
		order_by="name",
		limit=0,
	)


def _contacts(names: Sequence[str], customer_of: dict[str, str | None]) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Contact",
		{"name": ("in", names or [""])},
		["name as contact", "email_id", "unsubscribed"],
		order_by="name",
		limit=0,
	)
	for row in rows:
		row.customer = customer_of[row.contact]
	return rows


def _contacts_of_customers(customers: Sequence[str]) -> list[frappe._dict]:
	link, contact = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Contact")
	return (
		frappe.qb.from_(link)
		.inner_join(contact)
		.on(contact.name == link.parent)
		.select(
			link.link_name.as_("customer"),
			contact.name.as_("contact"),
			contact.email_id,
			contact.unsubscribed,
		)
		.where(
			(link.parenttype == "Contact")
			& (link.link_doctype == "Customer")
			& link.link_name.isin(list(customers) or [""])
		)
		.orderby(link.link_name, contact.name)
	).run(as_dict=True)


# What happened before


def _asked_in_wave(survey: str, wave: date) -> set[str]:
	return {
		email.lower()
		for email in frappe.get_all(
			"Survey Invitation", {"survey": survey, "wave": wave}, pluck="email", limit=0
		)
	}


def _last_asked(emails: Iterable[str]) -> dict[str, date]:
	"""The last day on which each address was asked by any survey; a mail that was refused asked nobody."""
	table = frappe.qb.DocType("Survey Invitation")
	rows = (
		frappe.qb.from_(table)
		.select(table.email, Max(table.sent_on))
		.where(table.email.isin(list(emails) or [""]) & (table.is_undelivered == 0))
		.groupby(table.email)
	).run()
	return {email.lower(): day for email, day in rows}


def _unsubscribed(survey: str, emails: Iterable[str]) -> set[str]:
	table = frappe.qb.DocType("Email Unsubscribe")
	rows = (
		frappe.qb.from_(table)
		.select(table.email)
		.where(
			table.email.isin(list(emails) or [""])
			& (
				(table.global_unsubscribe == 1)
				| ((table.reference_doctype == "Satisfaction Survey") & (table.reference_name == survey))
			)
		)
	).run()
	return {row[0].lower() for row in rows}


def _asked_about(survey: str) -> dict[str, dict[str, int]]:
	"""How often each address was asked about each service in earlier waves."""
	table = frappe.qb.DocType("Survey Invitation")
	rows = (
		frappe.qb.from_(table)
		.select(table.email, table.it_service, Count("*"))
		.where((table.survey == survey) & table.it_service.isnotnull())
		.groupby(table.email, table.it_service)
	).run()
	found: dict[str, dict[str, int]] = defaultdict(dict)
	for email, service, times in rows:
		found[email.lower()][service] = times
	return found
