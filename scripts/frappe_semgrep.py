"""Runs Frappe's semgrep rules (a clone of frappe/semgrep-rules) over the app: `frappe_semgrep.py RULES`.

Prints every finding of severity ERROR that SECURITY.md does not explain; exits with 1 if there is one.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# (rule, file): why is in SECURITY.md.
EXPLAINED = {
	("frappe-monkey-patching-not-allowed", "itil_strategy/preview/own.py"),
	(
		"frappe-modifying-but-not-comitting-other-method",
		"itil_strategy/business_relationship/doctype/relationship_review/relationship_review.py",
	),
	("frappe-single-value-type-safety", "itil_strategy/utils/ledger.py"),
}


def main() -> int:
	command = ["semgrep", "scan", "--metrics=off", "--disable-version-check", "--quiet", "--json"]
	command += [
		"--severity",
		"ERROR",
		"--config",
		sys.argv[1],
		"--exclude",
		"tests",
		"--exclude",
		"test_*.py",
	]
	answer = subprocess.run([*command, "itil_strategy"], cwd=ROOT, capture_output=True, text=True, check=True)
	found = json.loads(answer.stdout)["results"]
	new = [row for row in found if (row["check_id"].split(".")[-1], row["path"]) not in EXPLAINED]
	for row in new:
		print(
			f"{row['path']}:{row['start']['line']}: {row['check_id'].split('.')[-1]}: {row['extra']['message']}"
		)
	print(f"semgrep: {len(found)} findings, {len(found) - len(new)} explained in SECURITY.md")
	return int(bool(new))


if __name__ == "__main__":
	sys.exit(main())
