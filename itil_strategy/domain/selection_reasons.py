"""Why a case is in a selection or left out of it (FM-8)."""

from collections.abc import Mapping
from decimal import Decimal

from itil_strategy.domain.selection import Selection
from itil_strategy.domain.selection_rules import AtMostOne, Excluded, MustHave, Prerequisite, Problem, show
from itil_strategy.domain.text import Text, _

ZERO = Decimal(0)


def explain(problem: Problem, selection: Selection) -> dict[str, Text]:
	"""A sentence per case: what forces it in, or what stands against it, the hardest reason first."""
	chosen = set(selection.chosen)
	forced = {rule.case: rule for rule in problem.rules if isinstance(rule, MustHave)}
	needed_by: dict[str, list[str]] = {}
	for rule in problem.rules:
		if isinstance(rule, Prerequisite) and rule.case in chosen:
			needed_by.setdefault(rule.needs, []).append(rule.case)
	return {
		case.name: _why_in(case.name, case.value, forced, needed_by)
		if case.name in chosen
		else _why_out(problem, selection, case.name, case.value)
		for case in problem.candidates
	}


def _why_in(
	name: str, value: Decimal, forced: Mapping[str, MustHave], needed_by: Mapping[str, list[str]]
) -> Text:
	if name in forced:
		return Text(_("Must-have: {0}"), (forced[name].reason or "–",))
	if value <= 0 and name in needed_by:
		return Text(_("Needed by {0}."), (", ".join(needed_by[name]),))
	return Text(_("Part of the most valuable set."))


def _why_out(problem: Problem, selection: Selection, name: str, value: Decimal) -> Text:
	chosen = set(selection.chosen)
	for rule in problem.rules:
		if isinstance(rule, Excluded) and rule.case == name:
			return Text(_("Excluded: {0}"), (rule.reason or "–",))
	for rule in problem.rules:
		if isinstance(rule, Prerequisite) and rule.case == name and rule.needs not in chosen:
			return Text(_("It needs {0}, which is not selected."), (rule.needs,))
	if value <= 0:
		return Text(_("It is worth nothing by itself, and nothing selected needs it."))
	for rule in problem.rules:
		if isinstance(rule, AtMostOne) and name in rule.cases and chosen & set(rule.cases):
			return Text(
				_("{0} is selected, and only one of {1} can be."),
				(min(chosen & set(rule.cases)), ", ".join(rule.cases)),
			)
	missing = [
		(limit.uses.get(name, ZERO) - (limit.amount - selection.used[limit.name]), limit.name)
		for limit in problem.limits
	]
	short = [(amount, limit) for amount, limit in missing if amount > 0]
	if short:
		return Text(
			_("Beside the more valuable set it does not fit: {0}."),
			("; ".join(f"{limit} − {show(amount)}" for amount, limit in short),),
		)
	return Text(_("A selection with it is worth no more."))
