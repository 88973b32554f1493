"""A statement as one HTML page without scripts or outside parts, fit to print; every value is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from itertools import groupby

from itil_strategy.domain.allocation_types import Allocation
from itil_strategy.domain.charging import Charge
from itil_strategy.domain.retirement import Analysis
from itil_strategy.domain.statement import Statement, StatementRow
from itil_strategy.preview.allocation import COLUMNS as ALLOCATION_COLUMNS
from itil_strategy.preview.allocation import NUMBERS as ALLOCATION_NUMBERS
from itil_strategy.preview.allocation import allocation_rows, describe_allocation
from itil_strategy.preview.job import PreviewResult
from itil_strategy.preview.organisation import Organisation
from itil_strategy.preview.render import (
	describe_files,
	describe_late,
	describe_payer,
	format_money,
	format_price,
	format_quantity,
	marks,
	total_rows,
)
from itil_strategy.preview.retirement import COLUMNS as ANALYSIS_COLUMNS
from itil_strategy.preview.retirement import NUMBERS as ANALYSIS_NUMBERS
from itil_strategy.preview.retirement import analysis_notes, analysis_rows, describe_window

COLUMNS = ("Month", "Service", "Offering", "Policy", "Quantity", "Unit", "Price", "Amount", "Note")
NUMBERS = (
	frozenset(("Quantity", "Price", "Amount", "Chargeback", "Showback", "Total"))
	| ANALYSIS_NUMBERS
	| ALLOCATION_NUMBERS
)
STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; color: #1f272e; background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
h2 small, .muted { color: #525252; font-weight: normal; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #d9dde1; }
th { font-weight: 600; background: #f4f5f6; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot td { font-weight: 600; border-top: 2px solid #1f272e; border-bottom: 0; }
details { color: #525252; }
.warning { border-left: 4px solid #b3261e; background: #fdf3f2; padding: .75rem 1rem; }
@media print {
	body { margin: 0; max-width: none; font-size: 10pt; }
	tr { break-inside: avoid; }
	h2 { break-after: avoid; }
	thead { display: table-header-group; }
	.scroll { overflow: visible; }
}
"""


def render_page(
	result: PreviewResult,
	statement: Statement,
	title: str,
	analyses: Sequence[Analysis] = (),
	allocations: Mapping[date, Allocation] | None = None,
) -> str:
	"""The whole page."""
	organisation = result.organisation
	body = [f"<h1>{escape(title)}</h1>", *_obstacles(result), *_totals(statement, organisation)]
	pairs = zip(statement.rows, statement.sources, strict=True)
	for customer, group in groupby(pairs, key=lambda pair: pair[0].customer):
		payer = describe_payer(organisation, customer)
		body.append(f"<h2>{escape(customer)} <small>{escape(payer)}</small></h2>")
		body.append(_customer_table(list(group), statement, customer, organisation))
	if allocations:
		body.extend(_allocations(allocations, organisation))
	if analyses:
		body.extend(_analyses(analyses, organisation))
	body.append("<h2>Read</h2><ul>")
	body.extend(f"<li>{escape(line)}</li>" for line in describe_files(result))
	body.append("</ul>")
	return (
		'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
		'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
		f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
		+ "\n".join(body)
		+ "\n</body>\n</html>\n"
	)


def _obstacles(result: PreviewResult) -> Iterable[str]:
	if result.obstacles:
		items = "".join(f"<li>{escape(obstacle.message)}</li>" for obstacle in result.obstacles)
		yield f'<div class="warning"><strong>Not complete. Mend first:</strong><ul>{items}</ul></div>'


def _totals(statement: Statement, organisation: Organisation) -> Iterable[str]:
	header = ("Customer", "Chargeback", "Showback", "Total")
	*rows, total = total_rows(statement, organisation.precision)
	yield f"<h2>Totals in {escape(organisation.currency)}</h2>"
	yield _table(header, rows, total)
	if late := describe_late(statement, organisation):
		yield f'<p class="muted">{escape(late)}</p>'


def _allocations(allocations: Mapping[date, Allocation], organisation: Organisation) -> Iterable[str]:
	rows = [
		(name, *(format_money(amount, organisation.precision) for amount in amounts))
		for name, amounts in allocation_rows(allocations, organisation.portfolio.names)
	]
	yield f"<h2>{escape(describe_allocation(allocations))}</h2>"
	yield _table(ALLOCATION_COLUMNS, rows)


def _analyses(analyses: Sequence[Analysis], organisation: Organisation) -> Iterable[str]:
	names = organisation.portfolio.names
	yield f"<h2>{escape(describe_window(analyses))}</h2>"
	yield _table(ANALYSIS_COLUMNS, analysis_rows(analyses, names, organisation.precision))
	yield "".join(f'<p class="muted">{escape(note)}</p>' for note in analysis_notes(analyses, names))


def _customer_table(
	pairs: list[tuple[StatementRow, object]], statement: Statement, customer: str, organisation: Organisation
) -> str:
	rows = [_cells(row, source, organisation.precision) for row, source in pairs]
	sums = statement.by_customer[customer]
	foot = [""] * len(COLUMNS)
	foot[0] = "Total"
	foot[COLUMNS.index("Amount")] = format_money(sum(sums.values()), organisation.precision)
	shown = format_money(sums["Showback"], organisation.precision)
	foot[-1] = f"of it showback {shown}" if sums["Showback"] else ""
	return _table(COLUMNS, rows, foot, raw_column=COLUMNS.index("Policy"))


def _cells(row: StatementRow, source: object, precision: int) -> list[str]:
	return [
		f"{row.month:%Y-%m}",
		row.service,
		row.offering,
		escape(row.policy) + _steps(source),
		format_quantity(row.quantity),
		row.uom,
		format_price(row, precision),
		format_money(row.amount, precision),
		marks(row),
	]


def _steps(source: object) -> str:
	"""How the price came about, to unfold."""
	if not isinstance(source, Charge) or not source.steps:
		return ""
	lines = [
		f"{step.label}: {format_quantity(step.quantity)} × {format_quantity(step.unit_price)}"
		f" = {format_quantity(step.amount)}"
		for step in source.steps
	]
	return f"<details><summary>Price</summary>{'<br>'.join(escape(line) for line in lines)}</details>"


def _table(
	header: Sequence[str],
	rows: Iterable[Sequence[str]],
	foot: Sequence[str] = (),
	raw_column: int | None = None,
) -> str:
	head = "".join(f'<th scope="col"{_css(name)}>{escape(name)}</th>' for name in header)
	lines = [_row(header, row, raw_column) for row in rows]
	last = f"<tfoot>{_row(header, foot, None)}</tfoot>" if foot else ""
	return (
		f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
		f"{last}</table></div>"
	)


def _row(header: Sequence[str], cells: Sequence[str], raw_column: int | None) -> str:
	parts = [
		f"<td{_css(name)}>{cell if index == raw_column else escape(cell)}</td>"
		for index, (name, cell) in enumerate(zip(header, cells, strict=True))
	]
	return f"<tr>{''.join(parts)}</tr>"


def _css(name: str) -> str:
	return ' class="number"' if name in NUMBERS else ""
