"""Write small input files for the preview and run it as a user does."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from itil_strategy.__main__ import main

POLICY = "offering,method,currency,unit_price\nMail,Per Unit,EUR,2.50\n"
USAGE = "offering,customer,date,unit,quantity\nMail,Retail,2026-01-05,Nos,4\n"
FOCUS_HEADER = (
	"BilledCost,BillingCurrency,ChargePeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ServiceName,"
	"SubAccountId,Tags\n"
)


@dataclass
class Answer:
	"""What the command printed and its exit code."""

	code: int
	out: str
	err: str

	@property
	def errors(self) -> list[str]:
		return self.err.splitlines()

	@property
	def total(self) -> str:
		"""The grand total as printed."""
		(line,) = [line for line in self.out.splitlines() if line.startswith("  Total ") and "in" not in line]
		return line.split()[-1]


class Preview:
	"""Writes files into a folder of the test and calls the command with their paths."""

	def __init__(self, folder: Path, capsys: pytest.CaptureFixture):
		self.folder, self.capsys = folder, capsys

	def write(self, name: str, content: str | bytes) -> str:
		path = self.folder / name
		path.write_bytes(content if isinstance(content, bytes) else content.encode())
		return str(path)

	def run(self, *arguments: str) -> Answer:
		code = main(["preview", *arguments])
		captured = self.capsys.readouterr()
		assert "Traceback" not in captured.out + captured.err
		return Answer(code, captured.out, captured.err)

	def charge(self, *arguments: str, usage: str | bytes = USAGE, policies: str | bytes = POLICY) -> Answer:
		"""Charge `usage` by `policies`."""
		return self.run(
			"--usage",
			self.write("usage.csv", usage),
			"--policies",
			self.write("policies.csv", policies),
			*arguments,
		)
