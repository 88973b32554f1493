"""Prints the figures; exits with 1 when a door answers other than the table says."""

import argparse
import json
import os
import sys
from pathlib import Path

import frappe

from tests.site.rights import Options, run


def main() -> int:
	parser = argparse.ArgumentParser(prog="python -m tests.site.rights", description=__doc__)
	parser.add_argument(
		"--doctype", action="append", default=[], help="only this kind of record; may be repeated"
	)
	parser.add_argument("--figures", type=Path, help="also write the figures to this file, as JSON")
	given = parser.parse_args()
	if not (os.environ.get("ITIL_SITE") and os.environ.get("ITIL_SITES_PATH")):
		print("Name the site in ITIL_SITE and the folder of sites in ITIL_SITES_PATH.", file=sys.stderr)
		return 2
	os.chdir(os.environ["ITIL_SITES_PATH"])
	frappe.init(site=os.environ["ITIL_SITE"], sites_path=".")
	frappe.connect()
	frappe.flags.in_test = frappe.flags.mute_emails = True
	frappe.set_user("Administrator")
	try:
		figures = run(Options(tuple(given.doctype)))
	finally:
		frappe.destroy()
	doors = ", ".join(f"{count} {answer}" for answer, count in sorted(figures["doors"].items()))
	print(
		f"kinds of records: {figures['records']}; viewers: {figures['viewers']}; functions: {figures['functions']}"
	)
	print(f"rights checked: {figures['rights']}; doors tried: {sum(figures['doors'].values())} ({doors})")
	print(f"hostile values in filters of reports: {figures['hostile_filters']}")
	print(f"wrong: {len(figures['broken'])}", *figures["broken"], sep="\n")
	if given.figures:
		given.figures.write_text(json.dumps(figures))
	return int(bool(figures["broken"]))


if __name__ == "__main__":
	sys.exit(main())
