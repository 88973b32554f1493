"""What the rows of a business case must satisfy; each refusal names the row, the field and the way out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from itil_strategy.domain.case_errors import CaseError, PeriodError, SizeError
from itil_strategy.domain.case_rows import (
	KINDS,
	MAX_AMOUNTS,
	MAX_FLOWS,
	MAX_OPTIONS,
	MAX_RISKS,
	FlowLine,
	Risk,
)
from itil_strategy.domain.formula_values import LARGEST
from itil_strategy.domain.investment import MAX_PERIODS
from itil_strategy.domain.text import _


def check_rows(options: Sequence[str], lines: Sequence[FlowLine], risks: Sequence[Risk]) -> None:
	"""Sizes, periods, amounts and probabilities; raises CaseError for the first that is wrong."""
	_check_sizes(options, lines, risks)
	for line in lines:
		_check_line(line, options)
	_check_amounts(lines)
	_check_double(lines)
	_check_gaps(lines)
	for risk in risks:
		_check_risk(risk)


def _check_sizes(options: Sequence[str], lines: Sequence[FlowLine], risks: Sequence[Risk]) -> None:
	for rows, most, template, table in (
		(options, MAX_OPTIONS, _("A business case can have {0} options; this has {1}."), "options"),
		(
			lines,
			MAX_FLOWS,
			_("A business case can have {0} flows; this has {1}. Bring some together."),
			"flows",
		),
		(risks, MAX_RISKS, _("A business case can have {0} risks; this has {1}."), "risks"),
	):
		if len(rows) > most:
			raise SizeError(template, most, len(rows), field=table)
	double = {option for option in options if list(options).count(option) > 1}
	if double:
		raise CaseError(_("Option {0} is there twice. Rename one of them."), min(double), field="options")


def _check_line(line: FlowLine, options: Sequence[str]) -> None:
	place = {"row": line.row or 0, "field": "flows"}
	shown = line.row or "–"
	if line.option not in options:
		raise CaseError(
			_("Row {0}: there is no option {1}. Choose one of: {2}."),
			shown,
			line.option,
			", ".join(options),
			**place,
		)
	if line.kind not in KINDS:
		raise CaseError(
			_("Row {0}: {1} is not a kind of flow. Choose one of: {2}."),
			shown,
			line.kind,
			", ".join(KINDS),
			**place,
		)
	if not 0 <= line.first <= line.last <= MAX_PERIODS:
		raise PeriodError(
			_("Row {0}, flow {1}: periods {2} to {3} are not in order within 0 to {4}. Correct them."),
			shown,
			line.item,
			line.first,
			line.last,
			MAX_PERIODS,
			**place,
		)
	if line.amount < 0:
		raise CaseError(
			_(
				"Row {0}, flow {1}: amounts are entered without a sign; the kind says whether it is spent or gained."
			),
			shown,
			line.item,
			**place,
		)
	if line.amount > LARGEST:
		raise CaseError(
			_("Row {0}, flow {1}: an amount is larger than {2}, which is more than any amount. Correct it."),
			shown,
			line.item,
			f"{LARGEST:,.0f}",
			**place,
		)
	if line.formula and line.amount:
		raise CaseError(
			_("Row {0}, flow {1} has an amount and a formula. Remove one of them."), shown, line.item, **place
		)


def _check_amounts(lines: Iterable[FlowLine]) -> None:
	"""Every save works each of them out; without a bound a case could keep the server busy."""
	count = sum(len(line.periods) for line in lines)
	if count > MAX_AMOUNTS:
		raise SizeError(
			_(
				"The flows have {0} amounts, one per flow and period; {1} are allowed. Bring flows together, or choose years as periods."
			),
			count,
			MAX_AMOUNTS,
			field="flows",
		)


def _check_double(lines: Iterable[FlowLine]) -> None:
	"""One item of one kind flows once in a period."""
	known: dict[tuple[str, str, str, int], FlowLine] = {}
	for line in lines:
		for period in line.periods:
			before = known.setdefault((line.option, line.kind, line.item, period), line)
			if before is not line:
				raise PeriodError(
					_(
						"Rows {0} and {1}: {2} of {3} is in period {4} twice. Correct the periods or rename the item."
					),
					before.row or "–",
					line.row or "–",
					line.item,
					line.option,
					period,
					row=line.row or 0,
					field="flows",
				)


def _check_gaps(lines: Iterable[FlowLine]) -> None:
	"""A period of an option without any flow is more likely forgotten than empty."""
	periods: dict[str, set[int]] = defaultdict(set)
	for line in lines:
		periods[line.option].update(line.periods)
	for option, found in periods.items():
		missing = sorted(set(range(min(found), max(found))) - found)
		if missing:
			raise PeriodError(
				_(
					"{0} has no flow in period {1}, but before and after it. Add a flow, with 0 if there is none."
				),
				option,
				missing[0],
				field="flows",
			)


def _check_risk(risk: Risk) -> None:
	place = {"row": risk.row or 0, "field": "risks"}
	if not 0 <= risk.probability <= 1:
		raise CaseError(
			_("Row {0}, risk {1}: the probability is not between 0 and 100 %."),
			risk.row or "–",
			risk.risk,
			**place,
		)
	if risk.impact < 0 or risk.reserve < 0:
		raise CaseError(
			_("Row {0}, risk {1}: impact and reserve are entered without a sign."),
			risk.row or "–",
			risk.risk,
			**place,
		)
	if max(risk.impact, risk.reserve) > LARGEST:
		raise CaseError(
			_(
				"Row {0}, risk {1}: impact or reserve is larger than {2}, which is more than any amount. Correct it."
			),
			risk.row or "–",
			risk.risk,
			f"{LARGEST:,.0f}",
			**place,
		)
	if not 0 <= risk.period <= MAX_PERIODS:
		raise PeriodError(
			_("Row {0}, risk {1}: period {2} is outside 0 to {3}."),
			risk.row or "–",
			risk.risk,
			risk.period,
			MAX_PERIODS,
			**place,
		)
