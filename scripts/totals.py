"""Add up the JUnit files named on the command line and print `N passed, N failed`."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(paths: list[str]) -> None:
	total = failed = skipped = 0
	for path in filter(Path.exists, map(Path, paths)):
		for suite in ElementTree.parse(path).getroot().iter("testsuite"):
			total += int(suite.get("tests", 0))
			failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
			skipped += int(suite.get("skipped", 0))
	if skipped:
		print(f"{skipped} skipped")
	print(f"{max(total - failed - skipped, 0)} passed, {failed} failed")


if __name__ == "__main__":
	main(sys.argv[1:])
