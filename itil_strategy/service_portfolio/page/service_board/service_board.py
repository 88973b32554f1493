"""The Service Board: every service in the column of its stage (SP-1). It reads; decisions move."""

from collections.abc import Iterable, Sequence
from datetime import date

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import date_diff, getdate

from itil_strategy.domain.gates import open_stops
from itil_strategy.domain.portfolio import BACK, CATALOGUE, REJECTED, StageBook
from itil_strategy.service_portfolio.gates.judge import judge_services
from itil_strategy.service_portfolio.stages import load_stage_book
from itil_strategy.utils.translation import translate

FIELDS = [
	"name",
	"service_name",
	"service_type",
	"category",
	"service_owner",
	"investment_class",
	"stage",
	"phase",
	"decision_state",
	"successor",
	"operational_from",
	"last_day",
	"creation",
]
SHOWN = (
	"name",
	"service_name",
	"service_type",
	"category",
	"investment_class",
	"stage",
	"decision_state",
	"successor",
	"last_day",
)


@frappe.whitelist()
def get_board(
	category: str | None = None,
	service_owner: str | None = None,
	service_type: str | None = None,
	search: str | None = None,
	show_rejected: bool = False,
) -> dict:
	"""Columns in the order of the stages, each with its moves, and the services that the user may read.

	A fixed number of queries for any number of services.
	"""
	frappe.has_permission("IT Service", "read", throw=True)
	filters = {
		key: value
		for key, value in (
			("category", category),
			("service_owner", service_owner),
			("service_type", service_type),
		)
		if value
	}
	if not show_rejected:
		filters["decision_state"] = ("!=", REJECTED)
	book = load_stage_book()
	services = frappe.get_list(
		"IT Service",
		filters=filters,
		or_filters=_search_filters(search),
		fields=FIELDS,
		order_by="service_name asc, name asc",
		limit=0,
	)
	columns = _columns(book)
	return {
		"columns": columns,
		"services": _cards(services, book, {column["stage"]: column["days_allowed"] for column in columns}),
		"can_decide": bool(frappe.has_permission("Portfolio Decision", "create")),
	}


def _search_filters(search: str | None) -> list[list] | None:
	text = (search or "").strip()
	if not text:
		return None
	return [[field, "like", f"%{text}%"] for field in ("name", "service_name")]


def _columns(book: StageBook) -> list[dict]:
	allowed = dict(
		frappe.get_all("Service Pipeline Stage", fields=["name", "days_allowed"], as_list=True, limit=0)
	)
	return [
		{
			"stage": stage.name,
			"phase": stage.phase,
			"days_allowed": allowed.get(stage.name) or 0,
			"outcomes": _outcomes(book, stage.name),
			"targets": {
				other.name: _target(book, stage.name, other.name)
				for other in book.stages
				if other.name != stage.name
			},
		}
		for stage in book.stages
	]


def _outcomes(book: StageBook, stage: str) -> list[dict]:
	"""What can be decided in the stage; Back once for the stage before."""
	earlier = book.back_stages(stage)
	return [
		{"outcome": outcome, "to_stage": earlier[-1] if outcome == BACK else book.target_of(stage, outcome)}
		for outcome in book.possible_outcomes(stage)
		if outcome == BACK or book.target_of(stage, outcome)
	]


def _target(book: StageBook, stage: str, to_stage: str) -> dict:
	"""The outcomes behind a drop on the column, or the sentence that says why there is none."""
	outcomes = book.outcomes_to(stage, to_stage)
	return {
		"outcomes": list(outcomes),
		"reason": "" if outcomes else translate(book.why_not(stage, to_stage)),
	}


def _cards(services: Sequence[frappe._dict], book: StageBook, allowed: dict[str, int]) -> list[dict]:
	names = [service.name for service in services]
	entered = _entered(names)
	owners = _owners({service.service_owner for service in services if service.service_owner})
	missing = _missing(services, book)
	cards = []
	for service in services:
		days = date_diff(getdate(), _since(service, entered.get((service.name, service.stage))))
		limit = allowed.get(service.stage, 0)
		cards.append(
			{
				**{field: service[field] for field in SHOWN},
				"owner": owners.get(service.service_owner),
				"days": max(days, 0),
				"is_overdue": bool(limit and days > limit and service.decision_state != REJECTED),
				"missing": missing.get(service.name),
			}
		)
	return cards


def _since(service: frappe._dict, entered: date | None) -> date:
	"""When the service entered its stage; one that was loaded there has no log of it."""
	if entered:
		return getdate(entered)
	return getdate(
		service.operational_from
		if service.phase == CATALOGUE and service.operational_from
		else service.creation
	)


def _entered(services: Sequence[str]) -> dict[tuple[str, str], date]:
	"""The last time that each service entered each stage; one query."""
	log = frappe.qb.DocType("Service Stage Log")
	rows = (
		frappe.qb.from_(log)
		.select(log.parent, log.to_stage, Max(log.changed_at))
		.where(
			(log.parenttype == "IT Service")
			& log.parent.isin(list(services) or [""])
			& (log.from_stage.isnull() | (log.from_stage != log.to_stage))
		)
		.groupby(log.parent, log.to_stage)
	).run()
	return {(service, stage): changed_at for service, stage, changed_at in rows}


def _owners(users: Iterable[str]) -> dict[str, dict]:
	rows = frappe.get_all(
		"User", {"name": ("in", sorted(users) or [""])}, ["name", "full_name", "user_image"], limit=0
	)
	return {row.name: {"name": row.full_name or row.name, "image": row.user_image} for row in rows}


def _missing(services: Sequence[frappe._dict], book: StageBook) -> dict[str, list[str]]:
	"""Requirements that stop each service on its way to the next stage.

	A service of the catalogue is asked only once it is on its way out: before that it is where it belongs.
	"""
	targets = {}
	for service in services:
		on_its_way = service.phase != CATALOGUE or service.stage == book.leaving_stage
		following = book.following(service.stage) if on_its_way and service.stage in book.by_name else None
		if following and service.decision_state != REJECTED:
			targets[service.name] = following.name
	gates = judge_services(targets, getdate()) if targets else {}
	return {
		name: [frappe._(result.check) for result in open_stops(gate.results)] for name, gate in gates.items()
	}
