"""Fuzzing without a site: `python -m tests.fuzz --cases 1000000 --seed 1 --guided 100000 --processes 2`.

Prints figures; exits with 1 when a case crashed, hung, grew or was answered wrongly. `--case N` tries one case again.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.fuzz.campaign import Options, Tally, render, run, try_case


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
	parser.add_argument(
		"--cases", type=int, default=20_000, help="drawn from the seed (default: %(default)s)"
	)
	parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
	parser.add_argument(
		"--guided", type=int, default=0, help="per target, by coverage, if atheris is installed"
	)
	parser.add_argument("--processes", type=int, default=1, help="default: %(default)s")
	parser.add_argument("--case", type=int, help="only this one, with its traceback")
	parser.add_argument("--figures", type=Path, help="also write the figures to this file, as JSON")
	given = parser.parse_args()
	if given.case is not None:
		tally = Tally()
		with tempfile.TemporaryDirectory() as folder:
			try_case(given.seed, given.case, Path(folder), tally)
		print(tally)
		return int(bool(tally.broken))
	options = Options(given.cases, given.seed, guided=given.guided, processes=given.processes)
	figures = run(options, lambda line: print(line, flush=True))
	print(render(figures, options), flush=True)
	if given.figures:
		given.figures.write_text(json.dumps(figures))
	return int(bool(figures["broken"]) or figures["cases"] < given.cases)


if __name__ == "__main__":
	sys.exit(main())
