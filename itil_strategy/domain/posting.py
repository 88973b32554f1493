"""Batches of a run and the ledger lines of a batch (FM-11). Every batch balances to zero by itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from itil_strategy.domain.charging_types import Charge

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class InternalCharge:
	"""A charge to a business unit of the company: who pays, who recovers, for which service."""

	key: object
	cost_center: str
	provider_cost_center: str
	service: str
	amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerLine:
	"""One row of a journal entry; `account` is "charges" or "recovery", one of debit and credit is 0."""

	account: str
	cost_center: str
	service: str
	debit: Decimal
	credit: Decimal


@dataclass(frozen=True, slots=True)
class JournalBatch:
	"""Charges that are posted together, and their balanced lines (none when all net to zero)."""

	number: int
	lines: tuple[LedgerLine, ...]
	charges: tuple[object, ...]
	amount: Decimal


def journal_batches(charges: Iterable[InternalCharge], max_lines: int) -> list[JournalBatch]:
	"""Cut charges into balanced batches of at most `max_lines` rows, the same in every input order.

	Charges with the same payer, provider and service are one debit row; credits are one row per
	provider and service within the batch. Negative nets swap the sides. Raises ValueError for fewer than
	two lines, which no entry can do with.
	"""
	if max_lines < 2:
		raise ValueError("A balanced journal entry has at least two lines.")
	groups: dict[tuple[str, str, str], list[InternalCharge]] = defaultdict(list)
	for charge in charges:
		groups[(charge.service, charge.provider_cost_center, charge.cost_center)].append(charge)
	batches: list[JournalBatch] = []
	pending: list[tuple[tuple[str, str, str], list[InternalCharge]]] = []
	credits: set[tuple[str, str]] = set()
	for key in sorted(groups):
		new_lines = 1 + ((key[0], key[1]) not in credits)
		if pending and len(pending) + len(credits) + new_lines > max_lines:
			batches.append(_batch(len(batches) + 1, pending))
			pending, credits = [], set()
		pending.append((key, groups[key]))
		credits.add((key[0], key[1]))
	if pending:
		batches.append(_batch(len(batches) + 1, pending))
	return batches


@dataclass(frozen=True, slots=True)
class CarriedCharge:
	"""A charge of an earlier run that this one posts: what `assign_batches` looks at."""

	name: str
	customer: str
	service: str
	mode: str
	cost_center: str | None
	provider_cost_center: str | None
	amount: Decimal


def assign_batches(charges: Sequence[Charge | CarriedCharge], max_lines: int) -> list[int]:
	"""The batch number of each charge: journal batches first, then one invoice per external customer.

	0 for showback: it is never posted.
	"""
	internal = [
		InternalCharge(
			index, charge.cost_center, charge.provider_cost_center or "", charge.service, charge.amount
		)
		for index, charge in enumerate(charges)
		if charge.mode == "Chargeback" and charge.cost_center
	]
	numbers = [0] * len(charges)
	batches = journal_batches(internal, max_lines)
	for batch in batches:
		for index in batch.charges:
			numbers[index] = batch.number
	external = sorted(
		{charge.customer for charge in charges if charge.mode == "Chargeback" and not charge.cost_center}
	)
	invoice_numbers = {customer: number for number, customer in enumerate(external, start=len(batches) + 1)}
	for index, charge in enumerate(charges):
		if charge.mode == "Chargeback" and not charge.cost_center:
			numbers[index] = invoice_numbers[charge.customer]
	return numbers


def _batch(number: int, groups: list[tuple[tuple[str, str, str], list[InternalCharge]]]) -> JournalBatch:
	lines: list[LedgerLine] = []
	recoveries: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
	for (service, provider, payer), charges in groups:
		net = sum((charge.amount for charge in charges), ZERO)
		recoveries[(service, provider)] += net
		if net:
			lines.append(_line("charges", payer, service, net))
	for (service, provider), net in sorted(recoveries.items()):
		if net:
			lines.append(_line("recovery", provider, service, -net))
	keys = tuple(sorted(charge.key for _key, charges in groups for charge in charges))
	return JournalBatch(number, tuple(lines), keys, sum(recoveries.values(), ZERO))


def _line(account: str, cost_center: str, service: str, amount: Decimal) -> LedgerLine:
	"""A debit for a positive amount, a credit for a negative one."""
	return LedgerLine(account, cost_center, service, max(amount, ZERO), max(-amount, ZERO))
