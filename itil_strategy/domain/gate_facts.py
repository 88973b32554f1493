"""What the gate checks judge a service by, as plain values (SP-2)."""

from dataclasses import dataclass
from datetime import date


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
