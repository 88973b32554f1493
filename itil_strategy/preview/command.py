"""The command `preview`: options in, a printed statement and an exit code out."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

from itil_strategy.domain.allocation_types import Allocation
from itil_strategy.domain.periods import Period, months_between, next_month
from itil_strategy.domain.usage_layout import FOCUS_UNITS
from itil_strategy.preview.allocation import allocate_sample
from itil_strategy.preview.job import PreviewResult, Run, run_job
from itil_strategy.preview.organisation import MODES, Organisation
from itil_strategy.preview.own import load_own
from itil_strategy.preview.render import print_report, write_csv
from itil_strategy.preview.render_html import render_page
from itil_strategy.preview.retirement import analyse_sample
from itil_strategy.preview.sample import load_sample
from itil_strategy.preview.tables import PreviewError, parse_month

OWN_ONLY = (
	"policies",
	"tiers",
	"customers",
	"offerings",
	"rates",
	"costs",
	"currency",
	"customer",
	"customer_column",
	"customer_tag",
	"offering",
	"offering_column",
	"offering_tag",
	"quantity",
)
YEARS = range(1900, 9999)


def add_options(parser: ArgumentParser) -> None:
	"""Without --usage the sample organisation is charged."""
	own = parser.add_argument_group("your own billing export")
	own.add_argument(
		"--usage",
		type=Path,
		action="append",
		metavar="FILE",
		help="CSV or Parquet, own layout or FOCUS; repeatable",
	)
	own.add_argument(
		"--policies", type=Path, metavar="FILE", help="prices: offering, method, currency, unit_price, …"
	)
	own.add_argument("--tiers", type=Path, metavar="FILE", help="tiers of Graduated and Volume policies")
	own.add_argument(
		"--customers", type=Path, metavar="FILE", help="business units; customers without a row are external"
	)
	own.add_argument("--offerings", type=Path, metavar="FILE", help="service and unit of each offering")
	own.add_argument("--rates", type=Path, metavar="FILE", help="exchange rates of the period's last day")
	own.add_argument(
		"--costs", type=Path, metavar="FILE", help="direct cost per service and month, for Cost and Cost Plus"
	)
	own.add_argument(
		"--currency", metavar="CODE", help="currency of the statement; default: that of the policies"
	)
	own.add_argument("--mode", choices=MODES, default="Chargeback", help="default: %(default)s")
	own.add_argument(
		"--quantity", choices=sorted(FOCUS_UNITS), help="what a FOCUS row counts; default: BilledCost"
	)
	own.add_argument(
		"--accept-negative",
		action="store_true",
		help="take negative rows that are no correction, credit or adjustment",
	)
	own.add_argument(
		"--number-repeated-keys",
		action="store_true",
		help="take equal rows of an own-layout file as separate usage",
	)
	customer = own.add_mutually_exclusive_group()
	customer.add_argument("--customer", metavar="NAME", help="one customer for all rows")
	customer.add_argument(
		"--customer-column", metavar="COLUMN", help="default: customer, in FOCUS SubAccountId"
	)
	customer.add_argument("--customer-tag", metavar="TAG", help="key in the column Tags")
	offering = own.add_mutually_exclusive_group()
	offering.add_argument("--offering", metavar="NAME", help="one offering for all rows")
	offering.add_argument(
		"--offering-column",
		metavar="COLUMN",
		help="default: offering; in FOCUS the only one of the policies, else ServiceName",
	)
	offering.add_argument("--offering-tag", metavar="TAG", help="key in the column Tags")
	period = parser.add_argument_group("period")
	period.add_argument("--month", metavar="YYYY-MM", help="one month; default: all months of the usage")
	period.add_argument("--from", dest="first", metavar="YYYY-MM", help="first month")
	period.add_argument("--to", dest="last", metavar="YYYY-MM", help="last month, inclusive")
	output = parser.add_argument_group("output")
	output.add_argument("--csv", type=Path, metavar="FILE", help="also write the statement as CSV")
	output.add_argument("--html", type=Path, metavar="FILE", help="also write it as a page to print")


def run(options: Namespace, out: TextIO | None = None) -> int:
	"""Print the statement; 0, or 1 when something has to be mended first. Raises PreviewError on bad input."""
	out = out or sys.stdout
	period = _period(options)
	organisation, runs = _load(options, period)
	result = run_job(organisation, runs)
	statement = result.statement(period)
	title = _title(organisation, runs, period)
	analyses = analyse_sample(result, runs)
	allocations = _allocations(organisation, runs, period)
	print_report(result, statement, title, out, analyses, allocations)
	if result.obstacles:
		return 1
	if options.csv:
		write_csv(statement, organisation.currency, options.csv)
		print(f"\nWritten: {options.csv}", file=out)
	if options.html:
		options.html.write_text(
			render_page(result, statement, title, analyses, allocations), encoding="utf-8"
		)
		print(f"\nWritten: {options.html}", file=out)
	return 0


def _allocations(
	organisation: Organisation, runs: Sequence[Run], period: Period | None
) -> dict[date, Allocation]:
	"""The cost allocation of the sample in the months that are shown; empty for the user's own files."""
	if not organisation.sample_costs:
		return {}
	shown = period or Period(runs[0].period.start, runs[-1].period.end)
	months = months_between(shown.start, shown.end)
	return allocate_sample(organisation.sample_costs, organisation.services, months, organisation.precision)


def preview_sample() -> PreviewResult:
	"""The main job on the sample organisation."""
	return run_job(*load_sample())


def _load(options: Namespace, period: Period | None) -> tuple[Organisation, list[Run]]:
	if options.usage:
		if not options.policies:
			raise PreviewError(
				["--usage needs prices: add --policies FILE with offering, method, currency, unit_price."]
			)
		return load_own(options, period)
	given = [f"--{name.replace('_', '-')}" for name in OWN_ONLY if getattr(options, name)]
	if given:
		raise PreviewError([f"{', '.join(given)} only go with your own usage: add --usage FILE."])
	organisation, runs = load_sample()
	if period:
		# Earlier runs are calculated too: what they charged is not charged again.
		runs = [run for run in runs if run.period.end <= period.end]
		if not any(run.period.start >= period.start for run in runs):
			raise PreviewError(
				["The sample organisation has no usage in these months. It has 2026-01 to 2026-03."]
			)
	return organisation, runs


def _period(options: Namespace) -> Period | None:
	if options.month and (options.first or options.last):
		raise PreviewError(["--month goes without --from and --to. Choose one of the two ways."])
	first, last = options.month or options.first, options.month or options.last
	if not (first or last):
		return None
	if not (first and last):
		raise PreviewError(["--from and --to go together. Add the other one."])
	start, end = _month(first), _month(last)
	if start > end:
		raise PreviewError([f"--from {first} is after --to {last}. Swap them."])
	return Period(start, next_month(end))


def _month(text: str) -> date:
	try:
		month = parse_month(text)
	except ValueError:
		raise PreviewError([f'"{text}" is not a month. Write it like 2026-01.']) from None
	if month.year not in YEARS:
		raise PreviewError([f"{text} is out of range. Choose a month from 1900 to 9998."])
	return month


def _title(organisation: Organisation, runs: list[Run], period: Period | None) -> str:
	start = period.start if period else runs[0].period.start
	end = period.end if period else runs[-1].period.end
	last = end - timedelta(days=1)
	months = (
		f"{start:%Y-%m}"
		if (start.year, start.month) == (last.year, last.month)
		else f"{start:%Y-%m} to {last:%Y-%m}"
	)
	return f"{organisation.company}: charging statement {months}"
