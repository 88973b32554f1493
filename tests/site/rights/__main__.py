"""Prints the figures; exits with 1 when a door answers other than the table says."""

import os
import sys

import frappe

from tests.site.rights import run


def main() -> int:
	if not (os.environ.get("ITIL_SITE") and os.environ.get("ITIL_SITES_PATH")):
		print("Name the site in ITIL_SITE and the folder of sites in ITIL_SITES_PATH.", file=sys.stderr)
		return 2
	os.chdir(os.environ["ITIL_SITES_PATH"])
	frappe.init(site=os.environ["ITIL_SITE"], sites_path=".")
	frappe.connect()
	frappe.flags.in_test = frappe.flags.mute_emails = True
	frappe.set_user("Administrator")
	try:
		figures = run()
	finally:
		frappe.destroy()
	doors = ", ".join(f"{count} {answer}" for answer, count in sorted(figures["doors"].items()))
	print(
		f"kinds of records: {figures['records']}; viewers: {figures['viewers']}; functions: {figures['functions']}"
	)
	print(f"rights checked: {figures['rights']}; doors tried: {sum(figures['doors'].values())} ({doors})")
	print(f"hostile values in filters of reports: {figures['hostile_filters']}")
	print(f"wrong: {len(figures['wrong'])}", *figures["wrong"], sep="\n")
	return int(bool(figures["wrong"]))


if __name__ == "__main__":
	sys.exit(main())
