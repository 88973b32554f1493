"""What the ranking of needs and services shows, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Avg, Count

from itil_strategy.domain.kano import KanoResult, evaluate_kano, split_reactions
from itil_strategy.domain.needs import (
	COULD,
	DECLINED,
	DRAFT,
	MUST,
	OPEN_STATES,
	SHOULD,
	WONT,
	RankedNeed,
	Score,
	ServiceRank,
	customer_weights,
	disagreements,
	rank_needs,
	rank_services,
)
from itil_strategy.domain.survey import KANO
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.relationship import open_mediations_of

NEED = "Customer Need"
FIELDS = (
	"name",
	"need_title",
	"customer",
	"it_service",
	"status",
	"value",
	"time_criticality",
	"risk_reduction",
	"size",
	"creation",
	"submitted_on",
	"confirmed_on",
	"declined_on",
	"days_to_confirmation",
	"rejected_count",
)


@dataclass(slots=True)
class Prioritisation:
	"""Needs with score and age, their rank among the open ones, and what stands beside it."""

	needs: list[frappe._dict]
	wishes: dict[str, list[tuple[str, str, str]]]
	mediations: dict[str, list[str]]
	weights: dict[str, Decimal]
	services: dict[str, frappe._dict]
	kano: dict[str, KanoResult]
	ranks: dict[str, int] = field(default_factory=dict)
	# Translated once, not once per requirement.
	pattern: str = ""
	priorities: dict[str, str] = field(default_factory=dict)

	def __post_init__(self):
		self.pattern = _("{0} ({1}): {2}")
		self.priorities = {moscow: _(moscow) for moscow in (MUST, SHOULD, COULD, WONT)}
		self.ranks = rank_needs(
			RankedNeed(need["name"], need["raised_at"], need["score"])
			for need in self.needs
			if need["status"] in OPEN_STATES
		)

	def rank_services(self, needs: Iterable[frappe._dict]) -> list[ServiceRank]:
		return rank_services(self._ranked(needs))

	def describe_wishes(self, need: str) -> str:
		"""Who wants which topic how, e.g. "Offline (Sales): Must"."""
		return ", ".join(
			self.pattern.format(topic, stakeholder, self.priorities[how])
			if stakeholder
			else f"{topic}: {self.priorities[how]}"
			for topic, stakeholder, how in self.wishes.get(need, ())
		)

	def describe_kano(self, need: str) -> str:
		"""What surveys say about its topics, e.g. "Offline: Must-be, 12 answers (Must)"; it changes no priority."""
		if not self.kano:
			return ""
		topics = dict.fromkeys(topic for topic, _who, _how in self.wishes.get(need, ()))
		return ", ".join(self._kano_of(topic) for topic in topics if topic in self.kano)

	def _kano_of(self, topic: str) -> str:
		result = self.kano[topic]
		text = _("{0}: {1}, {2} answers").format(topic, _(result.category), result.answers)
		return f"{text} ({_(result.moscow)})" if result.moscow else text

	def disagreements(self, need: str) -> list[str]:
		return disagreements(self.wishes.get(need, ()))

	def mean_days(
		self, customer: str | None, service: str | None, services: list[str] | None
	) -> float | None:
		"""Mean time from need to confirmation (BR-8), or None when nothing was confirmed yet."""
		need = frappe.qb.DocType(NEED)
		query = (
			frappe.qb.from_(need).select(Avg(need.days_to_confirmation)).where(need.confirmed_on.isnotnull())
		)
		if customer:
			query = query.where(need.customer == customer)
		if service:
			query = query.where(need.it_service == service)
		if services is not None:
			query = query.where(need.it_service.isin([*services, ""]))
		mean = query.run()[0][0]
		return None if mean is None else float(mean)

	def _ranked(self, needs: Iterable[frappe._dict]) -> list[RankedNeed]:
		return [
			RankedNeed(
				name=need.name,
				raised_at=need.raised_at,
				score=need.score,
				customer=need.customer,
				service=need.it_service,
				unmet_musts=len(
					{topic for topic, _who, how in self.wishes.get(need.name, ()) if how == MUST}
				),
			)
			for need in needs
		]


def load_prioritisation(states: Collection[str]) -> Prioritisation:
	"""Needs in the states, which include the open ones: the ranks come from these."""
	needs = frappe.get_all(
		NEED, {"status": ("in", list(states))}, list(FIELDS), order_by="creation asc, name asc", limit=0
	)
	for need in needs:
		need.raised_at = need.submitted_on or need.creation
		need.score = (
			Score(need.value, need.time_criticality, need.risk_reduction, need.size) if need.size else None
		)
	return Prioritisation(
		needs=needs,
		wishes=_wishes(states),
		mediations=open_mediations_of(),
		weights=_weights(),
		services={
			row.name: row
			for row in frappe.get_all("IT Service", fields=["name", "service_name", "stage"], limit=0)
		},
		kano=_kano(),
	)


def _wishes(states: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
	need, row = frappe.qb.DocType(NEED), frappe.qb.DocType("Need Requirement")
	rows = (
		frappe.qb.from_(row)
		.inner_join(need)
		.on((need.name == row.parent) & (row.parenttype == NEED))
		.select(row.parent, row.topic, row.stakeholder, row.moscow)
		.where(need.status.isin(list(states)))
		.orderby(row.parent, row.idx)
	).run()
	wishes: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
	for parent, topic, stakeholder, moscow in rows:
		wishes[parent].append((topic, stakeholder or "", moscow))
	return wishes


def _kano() -> dict[str, KanoResult]:
	"""Answers to the Kano questions of all surveys per topic, grouped by the database; topics without answers miss."""
	question, answer = frappe.qb.DocType("Survey Question"), frappe.qb.DocType("Survey Answer")
	rows = (
		frappe.qb.from_(question)
		.inner_join(answer)
		.on(answer.question_key == question.name)
		.select(question.topic, answer.raw_value, Count("*"))
		.where((question.kind == KANO) & (question.topic != "") & (answer.raw_value != ""))
		.groupby(question.topic, answer.raw_value)
	).run()
	pairs: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
	for topic, raw, times in rows:
		pairs[topic].append((*split_reactions(raw), times))
	return {topic: evaluate_kano(found) for topic, found in pairs.items()}


def _weights() -> dict[str, Decimal]:
	"""The share of the strategy behind each customer: objectives served by the services it asks for."""
	need, outcome = frappe.qb.DocType(NEED), frappe.qb.DocType("Service Outcome")
	asked = (
		frappe.qb.from_(need)
		.select(need.customer, need.it_service)
		.distinct()
		.where(need.status.notin([DRAFT, DECLINED]) & need.it_service.isnotnull())
	).run()
	served: dict[str, list[str]] = defaultdict(list)
	for service, objective in (
		frappe.qb.from_(outcome)
		.select(outcome.parent, outcome.strategic_objective)
		.where((outcome.parenttype == "IT Service") & (outcome.contribution > 0))
	).run():
		served[service].append(objective)
	objectives = frappe.get_all("Strategic Objective", {"is_active": 1}, ["name", "weight"], limit=0)
	return customer_weights(asked, served, {row.name: to_decimal(row.weight) for row in objectives})
