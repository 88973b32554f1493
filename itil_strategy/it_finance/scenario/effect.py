"""Work scenarios out for reports and forms (FM-15). Nothing is written."""

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.scenario import run_scenario
from itil_strategy.domain.scenario_types import ScenarioResult
from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.scenario.base import Base, load_base
from itil_strategy.it_finance.scenario.plan import build_plans
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.report_scope import require_company
from itil_strategy.utils.text import as_html, bold

DOCTYPE = "Strategy Scenario"
SHOWN_OBSTACLES = 5


def base_of(scenario: Document) -> Base:
	"""The months that the scenario starts from."""
	return Base(scenario.company, getdate(scenario.base_until), cint(scenario.base_months), scenario.method)


def work_out(scenarios: Sequence[Document]) -> dict[str, ScenarioResult]:
	"""The result of each scenario by its name; all must start from the same base, which is fetched once.

	Raises StrategyScenarioError with the sentence of whatever refuses.
	"""
	bases = {base_of(doc): doc for doc in scenarios}
	if len(bases) > 1:
		first, second = list(bases.values())[:2]
		frappe.throw(
			_(
				"{0} and {1} start from different bases: company, months or allocation method. Choose scenarios of one base."
			).format(bold(first.scenario_title), bold(second.scenario_title)),
			StrategyScenarioError,
			title=_("Different Bases"),
		)
	plans = build_plans(scenarios)
	try:
		facts = load_base(next(iter(bases)))
		return {name: run_scenario(facts, plan) for name, plan in plans.items()}
	except DomainError as error:
		frappe.throw(as_html(error.message), StrategyScenarioError, title=_("Strategy Scenario"))


def describe_obstacles(results: Sequence[ScenarioResult]) -> str:
	"""What usage has no price, as one text in HTML; empty where all has."""
	messages = list(dict.fromkeys(item.message for result in results for item in result.obstacles))
	if not messages:
		return ""
	more = len(messages) - SHOWN_OBSTACLES
	shown = [as_html(message) for message in messages[:SHOWN_OBSTACLES]]
	if more > 0:
		shown.append(_("and {0} more").format(more))
	return _("Not priced, so it counts as not charged: {0}").format("<br>".join(shown))


@frappe.whitelist()
def get_effect(scenario: str) -> dict:
	"""Totals of each year of a saved scenario, before and after, in company currency."""
	doc = frappe.get_doc(DOCTYPE, scenario)
	doc.check_permission("read")
	require_company(doc.company, DOCTYPE)
	result = work_out([doc])[doc.name]
	return {
		"currency": company_currency(doc.company),
		"years": [_year(result, number) for number in range(1, cint(doc.years) + 1)],
		"obstacles": describe_obstacles([result]),
	}


def _year(result: ScenarioResult, number: int) -> dict:
	total = result.total(number)
	return {
		"year": number,
		"cost_before": float(total.before.cost),
		"cost_after": float(total.after.cost),
		"charged_before": float(total.before.charged),
		"charged_after": float(total.after.charged),
		"investment": float(total.after.investment),
		"benefits": float(total.after.benefits),
		"effect": float(total.effect),
	}
