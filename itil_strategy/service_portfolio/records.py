"""Services, their stage changes and decisions, as the reports read them: one query each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import getdate

from itil_strategy.domain.portfolio import CATALOGUE, REJECTED, RETIRED, StageBook
from itil_strategy.domain.stage_history import StageChange, StageTimeline, make_timeline

SERVICE_FIELDS = (
	"name",
	"service_name",
	"service_type",
	"category",
	"service_owner",
	"investment_class",
	"stage",
	"phase",
	"decision_state",
	"operational_from",
	"last_day",
	"value_proposition",
	"technical_fit",
	"functional_fit",
	"creation",
)


def load_services(
	filters: Mapping | None = None, fields: Sequence[str] = SERVICE_FIELDS
) -> list[frappe._dict]:
	"""The services that match, by name."""
	return frappe.get_all(
		"IT Service",
		{field: value for field, value in (filters or {}).items() if value},
		list(fields),
		order_by="name asc",
		limit=0,
	)


def is_live(service: Mapping) -> bool:
	"""Neither retired nor rejected."""
	return service["phase"] != RETIRED and service["decision_state"] != REJECTED


def load_stage_changes() -> dict[str, list[StageChange]]:
	"""The stage log of every service in its order."""
	changes: dict[str, list[StageChange]] = defaultdict(list)
	for row in frappe.get_all(
		"Service Stage Log",
		{"parenttype": "IT Service"},
		["parent", "changed_at", "from_stage", "to_stage"],
		order_by="parent asc, idx asc",
		limit=0,
	):
		changes[row.parent].append(StageChange(getdate(row.changed_at), row.from_stage, row.to_stage))
	return changes


def load_days_allowed() -> dict[str, int]:
	"""How long a service may stay in each stage; 0 is no limit."""
	return {
		row.name: row.days_allowed or 0
		for row in frappe.get_all("Service Pipeline Stage", fields=["name", "days_allowed"], limit=0)
	}


def make_timelines(
	services: list[frappe._dict], changes: Mapping[str, list[StageChange]], book: StageBook
) -> dict[str, StageTimeline]:
	"""The stages of each service by the day they were entered."""
	catalogue = book.stages_of(CATALOGUE)
	return {
		service.name: make_timeline(
			service.stage,
			changes.get(service.name, ()),
			getdate(service.creation),
			(getdate(service.operational_from), catalogue[0].name)
			if service.operational_from and catalogue
			else None,
		)
		for service in services
	}


def load_last_decisions() -> dict[str, frappe._dict]:
	"""The last submitted decision on each service."""
	return {
		row.it_service: row
		for row in frappe.get_all(
			"Portfolio Decision",
			{"docstatus": 1},
			["name", "it_service", "outcome", "decision_date", "review_date", "reviewed_on"],
			order_by="decision_date asc, creation asc",
			limit=0,
		)
	}


def load_planned_dates() -> dict[tuple[str, str], date]:
	"""When each service is planned to enter a stage, by service and stage."""
	return {
		(row.parent, row.stage): row.planned_date
		for row in frappe.get_all(
			"Service Stage Plan",
			{"parenttype": "IT Service", "planned_date": ("is", "set")},
			["parent", "stage", "planned_date"],
			limit=0,
		)
	}


def count_rows(doctype: str, condition: Callable | None = None, link: str | None = None) -> dict[str, int]:
	"""Rows per service: of a child table, or of the records whose `link` names it."""
	table = frappe.qb.DocType(doctype)
	service = table[link or "parent"]
	query = frappe.qb.from_(table).select(service, Count("*")).groupby(service)
	if condition:
		query = query.where(condition(table))
	if not link:
		query = query.where(table.parenttype == "IT Service")
	return dict(query.run())
