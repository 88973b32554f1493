"""Financial policy that binds a business case, and when an approval lapses (FM-7, FM-16)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.case_figures import OptionFigures, value_at_rate
from itil_strategy.domain.case_model import CaseModel
from itil_strategy.domain.case_rows import CAPEX
from itil_strategy.domain.investment import ZERO
from itil_strategy.domain.text import Text, _

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ApprovalLimit:
	"""The most a role approves; `amount` None is no limit, `company` None every company."""

	role: str
	amount: Decimal | None
	company: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
	"""What binds every case; None or zero is not asked for."""

	hurdle_rate: Decimal | None = None
	longest_payback: Decimal | None = None
	capitalisation_threshold: Decimal = ZERO
	limits: tuple[ApprovalLimit, ...] = ()


def find_breaches(
	policy: Policy, model: CaseModel, figures: OptionFigures, is_mandatory: bool = False
) -> list[Text]:
	"""What of the policy the recommended option breaks, one sentence each.

	The hurdle is judged by the NPV at the hurdle rate: with several internal rates, or none, they say nothing.
	What law or contract asks for need not pay.
	"""
	found = []
	if not is_mandatory:
		found += _hurdle(policy, model, figures) + _payback(policy, figures)
	return found + _capitalisation(policy, model, figures.option)


def _hurdle(policy: Policy, model: CaseModel, figures: OptionFigures) -> list[Text]:
	if policy.hurdle_rate is None:
		return []
	value = value_at_rate(model, figures.option, policy.hurdle_rate)
	if value >= 0:
		return []
	return [
		Text(
			_("At the hurdle rate of {0} % the net present value is {1}. It must not be below 0."),
			(_percent(policy.hurdle_rate), f"{value:,.2f}"),
		)
	]


def _payback(policy: Policy, figures: OptionFigures) -> list[Text]:
	longest = policy.longest_payback
	if longest is None or (figures.payback is not None and figures.payback <= longest):
		return []
	if figures.payback is None:
		return [Text(_("It never pays back. At most {0} years are allowed."), (f"{longest.normalize():f}",))]
	return [
		Text(
			_("It pays back after {0} years. At most {1} are allowed."),
			(f"{figures.payback:.2f}", f"{longest.normalize():f}"),
		)
	]


def _capitalisation(policy: Policy, model: CaseModel, option: str) -> list[Text]:
	if not policy.capitalisation_threshold:
		return []
	totals: dict[str, Decimal] = {}
	values = model.book.values()
	for number, line in enumerate(model.lines):
		if line.option == option and line.kind == CAPEX:
			amount = sum((model.amount(number, line, values, period) for period in line.periods), ZERO)
			totals[line.item] = totals.get(line.item, ZERO) + amount
	return [
		Text(
			_("{0} is CapEx of {1}, below the capitalisation threshold of {2}. Enter it as OpEx."),
			(item, f"{total:,.2f}", f"{policy.capitalisation_threshold:,.2f}"),
		)
		for item, total in totals.items()
		if total < policy.capitalisation_threshold
	]


def approval_limit(
	limits: Iterable[ApprovalLimit], company: str, roles: Collection[str]
) -> tuple[bool, Decimal | None]:
	"""(may approve at all, up to what; None is no limit) for the holder of roles.

	A role's limit for the company wins over its general one; of several roles the highest counts. Without any
	limits nobody is limited.
	"""
	limits = tuple(limits)
	if not limits:
		return True, None
	by_role: dict[str, ApprovalLimit] = {}
	for limit in limits:
		if limit.role in roles and limit.company in (None, company):
			known = by_role.get(limit.role)
			if known is None or (known.company is None and limit.company):
				by_role[limit.role] = limit
	amounts = [limit.amount for limit in by_role.values()]
	if not amounts:
		return False, ZERO
	return True, None if None in amounts else max(amounts)


def find_lapses(
	approved_npv: Decimal,
	npv: Decimal,
	approved_spend: Mapping[str, Decimal],
	spend: Mapping[str, Decimal],
	tolerance: Decimal,
) -> list[Text]:
	"""Why an approval no longer holds: the NPV fell, or a year's planned spend rose, by more than the tolerance.

	`tolerance` is a fraction, of the absolute NPV and of the year's spend as approved.
	"""
	found = []
	if approved_npv - npv > abs(approved_npv) * tolerance:
		found.append(
			Text(
				_("The net present value fell from {0} to {1}, by more than {2} %."),
				(f"{approved_npv:,.2f}", f"{npv:,.2f}", _percent(tolerance)),
			)
		)
	for year in sorted(spend):
		before = approved_spend.get(year, ZERO)
		if spend[year] - before > before * tolerance:
			found.append(
				Text(
					_("The planned spend of {0} rose from {1} to {2}, by more than {3} %."),
					(year, f"{before:,.2f}", f"{spend[year]:,.2f}", _percent(tolerance)),
				)
			)
	return found


def _percent(fraction: Decimal) -> str:
	return f"{(fraction * HUNDRED).normalize():f}"
