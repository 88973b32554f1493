"""What a check of the ledger's health finds: records that break an invariant, and the way out."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Finding:
	"""One broken record: which, what is wrong with it, what to do. Texts are plain and translated."""

	doctype: str
	record: str
	problem: str
	way_out: str
	company: str | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
	"""The findings of one check; none when the invariant holds on every record."""

	check: str
	title: str
	findings: tuple[Finding, ...]

	@property
	def is_healthy(self) -> bool:
		return not self.findings


def count_findings(results: Iterable[CheckResult]) -> int:
	"""How many broken records all checks found together."""
	return sum(len(result.findings) for result in results)


def differences(
	expected: Mapping[Hashable, Decimal], found: Mapping[Hashable, Decimal]
) -> list[tuple[Hashable, Decimal, Decimal]]:
	"""(key, expected, found) where both sides differ, in the order of the keys' texts; a missing key is 0."""
	keys = sorted(expected.keys() | found.keys(), key=repr)
	pairs = ((key, expected.get(key, ZERO), found.get(key, ZERO)) for key in keys)
	return [(key, left, right) for key, left, right in pairs if left != right]
