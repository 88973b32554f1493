"""What another mode would have meant for a customer: the shadow comparison before a switch (section "Mode")."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.charging import charge_mode
from itil_strategy.domain.charging_types import PayerTerms

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PastCharge:
	"""A published charge: `method` of its policy, `run_mode` of its run, `mode` as it came out."""

	month: date
	service: str
	method: str
	run_mode: str
	mode: str
	amount: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
	"""What was shown and what was charged, and what would have been charged; sums in company currency."""

	month: date
	service: str
	shown: Decimal
	charged: Decimal
	would_be_charged: Decimal

	@property
	def difference(self) -> Decimal:
		return self.would_be_charged - self.charged


def compare_modes(charges: Iterable[PastCharge], customer: str, mode: str) -> list[Comparison]:
	"""Per month and service, the latest month first, had `mode` been the customer's all along.

	Only the customer's mode changes: a showback run and a policy without a price stay what they were.
	"""
	terms = PayerTerms(customer, None, mode)
	sums: dict[tuple[date, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
	for charge in charges:
		row = sums[charge.month, charge.service]
		row[charge.mode == "Chargeback"] += charge.amount
		if charge_mode(charge.run_mode, charge.method, terms, charge.month) == "Chargeback":
			row[2] += charge.amount
	return [
		Comparison(month, service, *sums[month, service])
		for month, service in sorted(sums, key=lambda key: (-key[0].toordinal(), key[1]))
	]
