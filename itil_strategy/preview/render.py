"""A statement as text for the terminal and as CSV."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import TextIO

from itil_strategy.domain.allocation_types import Allocation
from itil_strategy.domain.charging import Charge
from itil_strategy.domain.retirement import Analysis
from itil_strategy.domain.statement import Statement, StatementRow
from itil_strategy.preview.allocation import COLUMNS as ALLOCATION_COLUMNS
from itil_strategy.preview.allocation import NUMBERS as ALLOCATION_NUMBERS
from itil_strategy.preview.allocation import allocation_rows, describe_allocation
from itil_strategy.preview.job import PreviewResult
from itil_strategy.preview.organisation import Organisation
from itil_strategy.preview.retirement import COLUMNS as ANALYSIS_COLUMNS
from itil_strategy.preview.retirement import NUMBERS, analysis_notes, analysis_rows, describe_window
from itil_strategy.preview.tables import count

COLUMNS = ("Month", "Offering", "Policy", "Quantity", "Unit", "Price", "Amount", "")
RIGHT = (
	frozenset(("Quantity", "Price", "Amount", "Chargeback", "Showback", "Total"))
	| NUMBERS
	| ALLOCATION_NUMBERS
)
SHOWN_DECIMALS = 9
WIDTH = 110
SHOWN_OBSTACLES = 40
CSV_COLUMNS = (
	"customer",
	"month",
	"service",
	"offering",
	"policy",
	"kind",
	"mode",
	"late",
	"quantity",
	"unit",
	"price_currency",
	"price_amount",
	"exchange_rate",
	"amount",
	"currency",
)
# A spreadsheet takes a cell that starts with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def format_quantity(value: Decimal) -> str:
	"""Thousands separators, and no more decimals than the number has (nine at most)."""
	text = f"{value:,.{SHOWN_DECIMALS}f}"
	return text.rstrip("0").rstrip(".")


def format_money(value: Decimal, precision: int) -> str:
	return f"{value:,.{precision}f}"


def format_price(row: StatementRow, precision: int) -> str:
	"""The amount in the policy's currency, with the decimals it was rounded to."""
	exponent = row.price_amount.normalize().as_tuple().exponent
	decimals = max(precision, -exponent if isinstance(exponent, int) else 0)
	return f"{row.price_amount:,.{decimals}f} {row.currency}"


def marks(row: StatementRow) -> str:
	"""What a reader must not miss: late usage, and what is shown but not charged."""
	return ", ".join(
		filter(None, ("late" if row.is_late else "", "showback" if row.mode == "Showback" else ""))
	)


def describe_payer(organisation: Organisation, customer: str) -> str:
	terms = organisation.payers.get(customer)
	if not terms:
		return "external"
	since = (
		f" from {terms.chargeback_from:%Y-%m}" if terms.chargeback_from and terms.mode == "Chargeback" else ""
	)
	return f"business unit, cost center {terms.cost_center}, {terms.mode.lower()}{since}"


def describe_files(result: PreviewResult) -> list[str]:
	"""One line per file: rows, days, totals by unit."""
	lines = []
	for usage in result.files:
		summary = usage.summary
		totals = ", ".join(f"{format_quantity(total)} {unit}" for unit, total in summary.totals.items())
		line = f"{usage.file}: {count(summary.rows, 'row')}, {summary.first_date} to {summary.last_date}, {totals}"
		lines.append(line + (f", {count(usage.known_rows, 'row')} known already" if usage.known_rows else ""))
	for month, groups in result.later.items():
		lines.append(f"Not in the period: {month:%Y-%m} ({count(groups, 'pair')} of customer and offering)")
	return lines


def print_report(
	result: PreviewResult,
	statement: Statement,
	title: str,
	out: TextIO,
	analyses: Sequence[Analysis] = (),
	allocations: Mapping[date, Allocation] | None = None,
) -> None:
	"""What was read, the statement per customer, totals, obstacles; allocation and retirement analysis if there are."""
	organisation = result.organisation
	print(title, end="\n\n", file=out)
	print("Read", file=out)
	for line in describe_files(result):
		print(f"  {line}", file=out)
	rows = [_cells(row, organisation.precision) for row in statement.rows]
	widths = _widths([COLUMNS, *rows])
	for customer, group in groupby(zip(statement.rows, rows, strict=True), key=lambda pair: pair[0].customer):
		print(f"\n{_plain(customer)} ({_plain(describe_payer(organisation, customer))})", file=out)
		print(_line(COLUMNS, widths, COLUMNS), file=out)
		for _row, cells in group:
			print(_line(cells, widths, COLUMNS), file=out)
	_print_totals(statement, organisation, out)
	if result.obstacles:
		print(f"\nNot complete. Mend first ({len(result.obstacles)}):", file=out)
		for obstacle in result.obstacles[:SHOWN_OBSTACLES]:
			print(f"  - {_plain(obstacle.message)}", file=out)
		if len(result.obstacles) > SHOWN_OBSTACLES:
			print(f"  and {len(result.obstacles) - SHOWN_OBSTACLES:,} more", file=out)
	if allocations:
		_print_allocations(allocations, organisation, out)
	if analyses:
		_print_analyses(analyses, organisation, out)


def write_csv(statement: Statement, currency: str, path: Path) -> None:
	"""One row per charge, exact numbers; text that a spreadsheet would run gets an apostrophe in front."""
	with path.open("w", encoding="utf-8", newline="") as file:
		writer = csv.writer(file)
		writer.writerow(CSV_COLUMNS)
		for row, charge in zip(statement.rows, statement.sources, strict=True):
			rate = charge.exchange_rate if isinstance(charge, Charge) else None
			writer.writerow(
				(
					_safe(row.customer),
					f"{row.month:%Y-%m}",
					_safe(row.service),
					_safe(row.offering),
					_safe(row.policy),
					row.kind,
					row.mode,
					"yes" if row.is_late else "no",
					_exact(row.quantity),
					_safe(row.uom),
					_safe(row.currency),
					f"{row.price_amount:f}",
					"" if rate is None else _exact(rate),
					f"{row.amount:f}",
					_safe(currency),
				)
			)


def total_rows(statement: Statement, precision: int) -> list[tuple[str, str, str, str]]:
	"""Customer, chargeback, showback, total; the last row is the sum of all."""
	lines = [
		(customer, sums["Chargeback"], sums["Showback"])
		for customer, sums in sorted(statement.by_customer.items())
	]
	lines.append(("Total", statement.by_mode["Chargeback"], statement.by_mode["Showback"]))
	return [
		(name, *(format_money(value, precision) for value in (paid, shown, paid + shown)))
		for name, paid, shown in lines
	]


def describe_late(statement: Statement, organisation: Organisation) -> str:
	"""How many charges are for late usage, and their sum; empty when there is none."""
	late = [row.amount for row in statement.rows if row.is_late]
	if not late:
		return ""
	total = format_money(sum(late, Decimal(0)), organisation.precision)
	return f"Late usage: {count(len(late), 'charge')} for earlier months, {total} {organisation.currency}"


def _print_totals(statement: Statement, organisation: Organisation, out: TextIO) -> None:
	header = (f"Totals in {organisation.currency}", "Chargeback", "Showback", "Total")
	rows = [(_plain(name), *amounts) for name, *amounts in total_rows(statement, organisation.precision)]
	widths = _widths([header, *rows])
	print(file=out)
	for cells in (header, *rows[:-1], tuple("-" * width for width in widths), rows[-1]):
		print(_line(cells, widths, header), file=out)
	if late := describe_late(statement, organisation):
		print(f"\n{late}", file=out)


def _print_allocations(
	allocations: Mapping[date, Allocation], organisation: Organisation, out: TextIO
) -> None:
	rows = [
		(_plain(name), *(format_money(amount, organisation.precision) for amount in amounts))
		for name, amounts in allocation_rows(allocations, organisation.portfolio.names)
	]
	widths = _widths([ALLOCATION_COLUMNS, *rows])
	print(f"\n{describe_allocation(allocations)}\n", file=out)
	for cells in (ALLOCATION_COLUMNS, *rows[:-1], tuple("-" * width for width in widths), rows[-1]):
		print(_line(cells, widths, ALLOCATION_COLUMNS), file=out)


def _print_analyses(analyses: Sequence[Analysis], organisation: Organisation, out: TextIO) -> None:
	names = organisation.portfolio.names
	rows = analysis_rows(analyses, names, organisation.precision)
	widths = _widths([ANALYSIS_COLUMNS, *rows])
	print(f"\n{describe_window(analyses)}\n", file=out)
	for cells in (ANALYSIS_COLUMNS, *rows):
		print(_line(tuple(map(_plain, cells)), widths, ANALYSIS_COLUMNS), file=out)
	print(file=out)
	for note in analysis_notes(analyses, names):
		print(fill(_plain(note), WIDTH, initial_indent="  ", subsequent_indent="    "), file=out)


def _cells(row: StatementRow, precision: int) -> tuple[str, ...]:
	return (
		f"{row.month:%Y-%m}",
		_plain(row.offering),
		_plain(row.policy),
		format_quantity(row.quantity),
		_plain(row.uom),
		format_price(row, precision),
		format_money(row.amount, precision),
		marks(row),
	)


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
	return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(cells: Sequence[str], widths: Sequence[int], header: Sequence[str]) -> str:
	parts = [
		cell.rjust(width) if name in RIGHT else cell.ljust(width)
		for cell, width, name in zip(cells, widths, header, strict=True)
	]
	return "  " + "  ".join(parts).rstrip()


def _plain(text: str) -> str:
	"""Text from a file without characters that would steer the terminal."""
	return "".join(character if character.isprintable() else "�" for character in text)


def _exact(value: Decimal) -> str:
	return f"{value.normalize():f}"


def _safe(text: str) -> str:
	return f"'{text}" if text.startswith(FORMULA_STARTS) else text
