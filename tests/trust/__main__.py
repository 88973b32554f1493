"""Rights, kills, a crowd, patches and hostile input, one after the other, and one table of figures.

Needs the bench's Python, ITIL_SITE (a site for tests) and ITIL_SITES_PATH. What is killed and crowded is a copy on
servers of its own. `--short` is what the site tests run. Exits with 1 when anything was lost, doubled, wrong or broken.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Part:
	"""A command that writes its figures to a file, long and short, and how a row of the table says them."""

	title: str
	module: str
	arguments: Callable[[argparse.Namespace], list[str]]
	short: tuple[str, ...]
	tell: Callable[[dict], tuple[int, str]]


def tell_rights(figures: dict) -> tuple[int, str]:
	doors = sum(figures["doors"].values())
	return figures["rights"], (
		f"{figures['viewers']} viewers on {figures['records']} kinds of records by {doors:,} doors;"
		f" {figures['functions']} functions; {figures['hostile_filters']} hostile filters"
	)


def tell_kills(figures: dict) -> tuple[int, str]:
	return figures["kills"], f"every step resumed to its end; {figures['sums']} sums of runs compared"


def tell_crowd(figures: dict) -> tuple[int, str]:
	return figures["answers"], f"an ordinary Journal Entry waited {figures['longest_wait']} s at most"


def tell_patches(figures: dict) -> tuple[int, str]:
	return figures["patches"], f"no figure of {figures['rows']:,} rows moved"


def tell_cases(figures: dict) -> tuple[int, str]:
	guided = sum(figures["guided"].values())
	growth = figures["growth_bytes"] / 1024**2
	return figures["cases"], (
		f"{guided:,} of them by coverage; slowest {figures['slowest_seconds']} s; {growth:.0f} MB of growth"
	)


PARTS = (
	Part(
		"rights checked",
		"tests.site.rights",
		lambda options: [],
		("--doctype", "Service Charge", "--doctype", "Service Feedback"),
		tell_rights,
	),
	Part(
		"kills survived",
		"tests.faults",
		lambda options: ["kills", "--count", str(options.kills), "--seed", str(options.seed)],
		("kills", "--count", "6", "--seed", "3"),
		tell_kills,
	),
	Part(
		"answers in a crowd, each with its reason",
		"tests.faults",
		lambda options: ["crowd", "--minutes", str(options.minutes), "--seed", str(options.seed)],
		("crowd", "--processes", "4", "--minutes", "1", "--seed", "3"),
		tell_crowd,
	),
	Part("patches run twice", "tests.faults", lambda options: ["patches"], ("patches",), tell_patches),
	Part(
		"hostile cases answered or refused",
		"tests.fuzz",
		lambda options: [
			"--cases",
			str(options.cases),
			"--seed",
			str(options.seed),
			"--guided",
			str(options.guided),
			"--processes",
			str(os.cpu_count() or 1),
		],
		# 20,000 run in the unit tests.
		("--cases", "2000", "--seed", "4"),
		tell_cases,
	),
)


def main() -> int:
	options = _parse()
	if not (os.environ.get("ITIL_SITE") and os.environ.get("ITIL_SITES_PATH")):
		print("Name the site in ITIL_SITE and the folder of sites in ITIL_SITES_PATH.", file=sys.stderr)
		return 2
	lines, invariants, broken = [], 0, []
	with tempfile.TemporaryDirectory() as folder:
		for number, part in enumerate(PARTS):
			start = time.monotonic()
			figures = _run(part, options, Path(folder) / f"{number}.json")
			seconds = time.monotonic() - start
			if figures is None:
				broken.append(part.title)
				lines.append(f"{part.title:<42}{'–':>11}  ended without figures ({seconds:.0f} s)")
				continue
			count, words = part.tell(figures)
			if figures["broken"]:
				broken.append(part.title)
				words = f"BROKEN, see above; {words}"
			invariants += figures.get("invariants", 0)
			lines.append(f"{part.title:<42}{count:>11,}  {words} ({seconds:.0f} s)")
	lines.append(f"{'invariants verified on what was left':<42}{invariants:>11,}")
	lines.append(f"{'lost, doubled, wrong or broken':<42}{len(broken):>11}  {', '.join(broken)}".rstrip())
	print("", *lines, sep="\n")
	return int(bool(broken))


def _run(part: Part, options: argparse.Namespace, file: Path) -> dict | None:
	"""The figures of a part; what it prints goes to the terminal. None: it ended without any."""
	arguments = part.short if options.short else part.arguments(options)
	print(f"== {part.module} {' '.join(arguments)}", flush=True)
	subprocess.run(
		[sys.executable, "-m", part.module, "--figures", str(file), *arguments],
		cwd=ROOT,
		env={**os.environ, "PYTHONPATH": str(ROOT)},
		check=False,
	)
	return json.loads(file.read_text()) if file.exists() else None


def _parse() -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__)
	parser.add_argument("--short", action="store_true", help="a few of each")
	parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
	parser.add_argument("--kills", type=int, default=300, help="default: %(default)s")
	parser.add_argument("--minutes", type=float, default=10, help="of the crowd (default: %(default)s)")
	parser.add_argument("--cases", type=int, default=1_000_000, help="default: %(default)s")
	parser.add_argument(
		"--guided", type=int, default=0, help="more by coverage for each target, if atheris is installed"
	)
	return parser.parse_args()


if __name__ == "__main__":
	sys.exit(main())
