"""Faults on servers of our own: `python -m tests.faults kills --count 300`, `python -m tests.faults crowd`.

Needs the bench's Python, ITIL_SITE (the site that is copied; it stays as it is) and ITIL_SITES_PATH.
Prints figures; exits with 1 when an invariant is broken.
"""

import argparse
import json
import os
import sys
from pathlib import Path


def main() -> int:
	options = _parse()
	if not (os.environ.get("ITIL_SITE") and os.environ.get("ITIL_SITES_PATH")):
		print(
			"Name the site to copy in ITIL_SITE and the folder of sites in ITIL_SITES_PATH.", file=sys.stderr
		)
		return 2
	figures = _run(options)
	if options.figures:
		options.figures.write_text(json.dumps(figures))
	return int(figures["broken"] > 0)


def _run(options: argparse.Namespace) -> dict:
	if options.what == "crowd":
		from tests.faults.crowd import run_crowd

		return run_crowd(options.processes, options.minutes * 60, options.seed)
	if options.what == "patches":
		from tests.faults.patches import run_patches_twice

		return run_patches_twice()
	from tests.faults.campaign import run_campaign

	return run_campaign(options.count, options.seed)


def _parse() -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
	parser.add_argument("--figures", type=Path, help="also write the figures to this file, as JSON")
	commands = parser.add_subparsers(dest="what", required=True)
	kills = commands.add_parser("kills", help="SIGKILL in the middle of the work")
	kills.add_argument("--count", type=int, default=300, help="kills (default: %(default)s)")
	kills.add_argument("--seed", type=int, default=1, help="default: %(default)s")
	crowd = commands.add_parser("crowd", help="everybody at once on the same few records")
	crowd.add_argument("--processes", type=int, default=16, help="persons (default: %(default)s)")
	crowd.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
	crowd.add_argument("--seed", type=int, default=1, help="default: %(default)s")
	commands.add_parser("patches", help="every patch twice on a filled site")
	return parser.parse_args()


if __name__ == "__main__":
	sys.exit(main())
