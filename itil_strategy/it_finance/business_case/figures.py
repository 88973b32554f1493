"""Work out the figures of a Business Case and write them into its fields (FM-7)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr

from itil_strategy.domain.case_figures import OptionFigures, have_unequal_lives, option_figures
from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.investment import ZERO
from itil_strategy.domain.money import round_to_step
from itil_strategy.domain.sensitivity import flips, switching_values, tornado
from itil_strategy.domain.simulation import Distribution, simulate
from itil_strategy.exceptions import BusinessCaseError
from itil_strategy.it_finance.business_case.model import build_model, fraction
from itil_strategy.it_finance.business_case.policy import load_settings
from itil_strategy.it_finance.business_case.reading import (
	BETTER,
	LIVES,
	NEVER,
	NONE,
	RATES,
	UNCOVERED,
	Note,
	in_english,
)
from itil_strategy.it_finance.business_case.refusals import refusing
from itil_strategy.it_finance.business_case.spend import planned_spend
from itil_strategy.utils.fiscal_years import load_year
from itil_strategy.utils.money import currency_precision, to_decimal
from itil_strategy.utils.text import bold

HEADLINES = (
	"npv",
	"advantage",
	"equal_annual_value",
	"total_spend",
	"internal_rates",
	"modified_rate",
	"return_on_investment",
	"benefit_cost",
	"payback",
	"discounted_payback",
	"chance_of_loss",
	"percentiles",
	"figure_notes",
)
SHOWN_FLIPS = 5
KEPT = ("approved_spend", "funds_needed", "budget", "actual", "committed", "reserved", "available")


def set_figures(case: Document) -> CaseModel:
	"""Figures of every option, and of the recommended one its risks, spend and pictures; answers the model."""
	with refusing():
		model = build_model(case)
		options = [
			option_figures(
				model,
				option,
				fraction(case.finance_rate) if case.finance_rate else None,
				fraction(case.reinvestment_rate) if case.reinvestment_rate else None,
			)
			for option in model.options
		]
		_set_options(case, options)
		_set_risks(case, model)
		_set_recommended(case, model, options)
	return model


def _set_options(case: Document, options: Sequence[OptionFigures]) -> None:
	for row, figures in zip(case.options, options, strict=True):
		row.npv, row.advantage = _money(figures.npv), _money(figures.advantage)
		row.equal_annual_value = _money(figures.equal_annual or ZERO)
		row.internal_rates = _rates(figures.rates)
		row.payback, row.benefit_cost = _years(figures.payback), _ratio(figures.benefit_cost)


def _set_risks(case: Document, model: CaseModel) -> None:
	case.expected_risk_cost = _money(sum((risk.expected for risk in model.risks), ZERO))
	case.total_reserve = _money(sum((risk.reserve for risk in model.risks), ZERO))


def _set_recommended(case: Document, model: CaseModel, options: Sequence[OptionFigures]) -> None:
	case.recommended_option = cstr(case.recommended_option).strip()
	found = next((figures for figures in options if figures.option == case.recommended_option), None)
	if case.recommended_option and not found:
		frappe.throw(
			_("{0} is no option of this case. Recommend one of: {1}.").format(
				bold(case.recommended_option), ", ".join(bold(option) for option in model.options) or "–"
			),
			BusinessCaseError,
			title=_("Recommended Option"),
		)
	if not found:
		for field in HEADLINES:
			case.set(field, 0 if case.meta.get_field(field).fieldtype == "Currency" else None)
		case.spend = []
		case.figures = _as_json({"options": [_option(figures) for figures in options]})
		return
	distribution = simulate(model, found.option, load_settings().draws, cint(case.seed))
	_set_headlines(case, found, distribution)
	uncovered = _set_spend(case, model, found.option)
	flows, flipped = model.flows(found.option), flips(model, found.option)
	labels = {cstr(row.variable): row.assumption for row in case.assumptions}
	named = [(labels[name], side, other) for name, side, other in flipped]
	notes = _notes(model, options, found, named, uncovered)
	case.figure_notes = "\n".join(map(in_english, notes))
	case.figures = _as_json(
		{
			"options": [_option(figures) for figures in options],
			"plan": {"benefits": flows.benefits, "costs": flows.costs},
			"tornado": [asdict(bar) for bar in tornado(model, found.option)],
			"switching": [asdict(switch) for switch in switching_values(model, found.option)],
			"distribution": asdict(distribution),
			"labels": labels,
			"notes": notes,
		}
	)


def _set_headlines(case: Document, figures: OptionFigures, distribution: Distribution) -> None:
	case.npv, case.advantage = _money(figures.npv), _money(figures.advantage)
	case.equal_annual_value = _money(figures.equal_annual or ZERO)
	case.internal_rates = _rates(figures.rates)
	case.modified_rate = _percent(figures.mirr)
	case.return_on_investment = _percent(figures.roi)
	case.benefit_cost = _ratio(figures.benefit_cost)
	case.payback = _years(figures.payback)
	case.discounted_payback = _years(figures.discounted_payback)
	case.chance_of_loss = f"{distribution.chance_of_loss * 100:.1f} %"
	case.percentiles = " / ".join(
		f"{value:,.0f}" for value in (distribution.p10, distribution.p50, distribution.p90)
	)


def _set_spend(case: Document, model: CaseModel, option: str) -> tuple[date, ...]:
	"""A row per fiscal year; what was approved for it and the evidence of its funds stay.

	Answers the months that no year covers.
	"""
	spend, uncovered = planned_spend(case, model, option)
	known = {row.fiscal_year: row for row in case.spend}
	for year, row in known.items():
		if row.funds_needed:
			spend.setdefault(year, ZERO)
	spend = dict(sorted(spend.items(), key=lambda item: load_year(item[0]).start))
	if list(known) != list(spend):
		# Rows that stay are not written anew: the history of the record would be full of them.
		kept = {year: {field: row.get(field) or 0 for field in KEPT} for year, row in known.items()}
		new = dict.fromkeys(KEPT, 0)
		case.set("spend", [{"fiscal_year": year, **kept.get(year, new)} for year in spend])
		known = {row.fiscal_year: row for row in case.spend}
	for year, amount in spend.items():
		known[year].update({"planned_spend": float(amount), "currency": case.currency})
	case.total_spend = _money(sum(model.spend(option), ZERO))
	return uncovered


def _notes(
	model: CaseModel,
	options: Sequence[OptionFigures],
	found: OptionFigures,
	flipped: Sequence[tuple[str, str, str]],
	uncovered: Sequence[date],
) -> list[Note]:
	"""What a reader of the figures must know."""
	notes: list[Note] = []
	better = max(options, key=lambda figures: figures.npv)
	if better.npv > found.npv:
		notes.append((BETTER, better.option))
	if have_unequal_lives(options):
		notes.append((LIVES,))
	if len(found.rates) > 1:
		notes.append((RATES, str(len(found.rates))))
	# Their kinds are the names of the sides.
	notes.extend((side, name, option) for name, side, option in flipped[:SHOWN_FLIPS])
	if uncovered:
		notes.append((UNCOVERED, str(uncovered[0]), str(uncovered[-1])))
	return notes


def _option(figures: OptionFigures) -> dict[str, Any]:
	"""An option for the pictures and the comparison; None stays None."""
	plain = asdict(figures)
	plain["schedule"] = [
		[line.period, line.flow, line.factor, line.present_value, line.cumulative, line.cumulative_present]
		for line in figures.schedule
	]
	return plain


def _as_json(figures: dict[str, Any]) -> str:
	return json.dumps(figures, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> float:
	if isinstance(value, Decimal):
		return float(round(value, 10))
	raise TypeError(value)


def _money(amount: Decimal) -> float:
	return float(round_to_step(amount, currency_precision()))


def _rates(rates: Sequence[Decimal]) -> str:
	return "; ".join(_percent(rate) for rate in rates) or NONE


def _percent(value: Decimal | None) -> str:
	return NONE if value is None else f"{value * 100:,.2f} %"


def _ratio(value: Decimal | None) -> str:
	return NONE if value is None else f"{value:,.2f}"


def _years(value: Decimal | None) -> str:
	return NEVER if value is None else f"{value:.2f} years"


def spend_of(case: Document, field: str = "planned_spend") -> dict[str, Decimal]:
	"""Planned or approved spend per fiscal year, as stored on the case."""
	return {row.fiscal_year: to_decimal(row.get(field)) for row in case.spend}
