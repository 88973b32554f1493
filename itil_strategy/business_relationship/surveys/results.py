"""Results of a survey per question, grouped by the database."""

from collections import defaultdict
from fractions import Fraction

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count

from itil_strategy.business_relationship.surveys.load import load_questions
from itil_strategy.domain.kano import CATEGORIES, evaluate_kano, split_reactions
from itil_strategy.domain.satisfaction import Tally, add_up, nps_group
from itil_strategy.domain.survey import KANO, NPS, TEXT, Question

GROUPS = {"Promoter": "promoters", "Passive": "passives", "Detractor": "detractors"}


def get_results(survey: Document) -> list[dict]:
	"""Per question: how many answered, how often each choice was made, and the figure of its kind."""
	questions = load_questions(survey)
	counts = _count([question.key for question in questions])
	return [_result(question, counts[question.key]) for question in questions]


def _count(keys: list[str]) -> dict[str, dict[str, int]]:
	table = frappe.qb.DocType("Survey Answer")
	rows = (
		frappe.qb.from_(table)
		.select(table.question_key, table.raw_value, Count("*"))
		.where(table.question_key.isin(keys or [""]))
		.groupby(table.question_key, table.raw_value)
	).run()
	found: dict[str, dict[str, int]] = defaultdict(dict)
	for key, raw, times in rows:
		found[key][raw or ""] = times
	return found


def _result(question: Question, counts: dict[str, int]) -> dict:
	result = {
		"question": question.label,
		"kind": question.kind,
		"answers": sum(counts.values()),
		"choices": [],
		"score": None,
		"nps": None,
		"kano": None,
	}
	if question.kind == KANO:
		result["kano"] = _kano(counts)
	elif question.kind != TEXT:
		result["choices"] = [
			{"choice": choice, "answers": counts.get(choice, 0)} for choice in question.choices
		]
		total = sum((question.score(raw) * times for raw, times in counts.items()), Fraction(0))
		result["score"] = _number(total / result["answers"] if result["answers"] else None)
	if question.kind == NPS:
		result["nps"] = _number(
			add_up(Tally(**{GROUPS[nps_group(int(raw))]: times}) for raw, times in counts.items()).nps
		)
	return result


def _kano(counts: dict[str, int]) -> dict:
	kano = evaluate_kano((*split_reactions(raw), times) for raw, times in counts.items())
	return {
		"category": kano.category,
		"better": _number(kano.better),
		"worse": _number(kano.worse),
		"rates": {category: _number(kano.rate(category)) for category in CATEGORIES},
	}


def _number(value: Fraction | None) -> float | None:
	return None if value is None else float(value)
