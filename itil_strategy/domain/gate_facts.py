"""What the gate checks judge a service by, and how, as plain values (SP-2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.text import Text


@dataclass(frozen=True, slots=True)
class Verdict:
	"""Passed or not, what shows it, and how to mend it."""

	passed: bool
	evidence: Text
	remedy: Text | None = None


@dataclass(frozen=True, slots=True)
class OfferingFacts:
	"""An offering that can be had on the day, and the charging policies that price it then."""

	offering: str
	policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetirementFacts:
	"""The plan to retire the service; `is_announced` once it is submitted."""

	name: str
	is_announced: bool = False
	notice_given_on: date | None = None
	last_day: date | None = None
	successor: str | None = None
	loss_accepted: bool = False
	data_owner: str | None = None
	data_retention: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
	"""An approved business case and the last day on which it counts."""

	name: str
	valid_until: date


@dataclass(frozen=True, slots=True)
class FundingFacts:
	"""The funds of an approved business case, by fiscal year in company currency.

	`unreserved` are years that had to be funded and in which nothing is reserved; `missing` is what the budget no
	longer covers of what is; `expired` is what was reserved in years that are over and not spent.
	"""

	case: str
	reserved: tuple[tuple[str, Decimal], ...] = ()
	unreserved: tuple[str, ...] = ()
	missing: tuple[tuple[str, Decimal], ...] = ()
	expired: tuple[tuple[str, Decimal], ...] = ()

	@property
	def is_secured(self) -> bool:
		"""A case that spends nothing needs no funds."""
		return not self.unreserved and not self.missing and not self.expired


@dataclass(frozen=True, slots=True)
class ServiceFacts:
	"""What is known of a service on a day."""

	service: str
	today: date
	service_type: str = "Customer-facing"
	owner: str | None = None
	owner_is_enabled: bool = False
	outcomes: int = 0
	offerings: tuple[OfferingFacts, ...] = ()
	cost_centers: tuple[str, ...] = ()
	live_dependents: tuple[str, ...] = ()
	retirement: RetirementFacts | None = None
	successor: str | None = None
	successor_stage: str | None = None
	successor_is_live: bool = False
	uncharged_usage: tuple[str, ...] = ()
	over_promised: tuple[str, ...] = ()
	late_commitments: tuple[str, ...] = ()
	assessed_needs: tuple[str, ...] = ()
	open_mediations: tuple[str, ...] = ()
	approved_cases: tuple[CaseFacts, ...] = ()
	funding: tuple[FundingFacts, ...] = ()
