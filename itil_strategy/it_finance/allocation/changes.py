"""What changed in the ledger, or in the pools, since an allocation run was calculated (FM-1)."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.domain.allocation_pools import sort_into_buckets
from itil_strategy.domain.allocation_snapshot import unpack
from itil_strategy.domain.allocation_types import ZERO, Amounts
from itil_strategy.domain.errors import DomainError
from itil_strategy.exceptions import AllocationRunError
from itil_strategy.it_finance.allocation.gather import ledger_sums
from itil_strategy.it_finance.allocation.pools import load_pools, pool_filters
from itil_strategy.utils.text import as_html, bold

SERVICE, POOL, UNASSIGNED = "service", "pool", "unassigned"
Totals = dict[tuple[date, str, str], Decimal]  # by month, kind of bucket and its name


class Change(NamedTuple):
	"""A bucket of a month whose expense is another one than was calculated with."""

	month: date
	kind: str
	name: str
	before: Decimal
	now: Decimal


def first_change(run: Document) -> Change | None:
	"""The earliest bucket that differs from the stored inputs; sums may hide it, as what one loses another gets.

	Raises AllocationRunError where pools overlap by now.
	"""
	before, now = _calculated_with(run.name), _stored_now(run)
	for key in sorted(before.keys() | now.keys()):
		if before.get(key, ZERO) != now.get(key, ZERO):
			return Change(*key, before.get(key, ZERO), now.get(key, ZERO))
	return None


def describe(change: Change) -> str:
	"""Which bucket of which month, as HTML."""
	month = f"{change.month:%Y-%m}"
	if change.kind == SERVICE:
		return _("the direct cost of {0} in {1}").format(bold(change.name), month)
	if change.kind == POOL:
		return _("the expense of pool {0} in {1}").format(bold(change.name), month)
	return _("the unassigned expense of {0}").format(month)


def _calculated_with(run: str) -> Totals:
	texts = frappe.get_all("Cost Allocation Input", {"allocation_run": run}, pluck="inputs", limit=0)
	totals: Totals = {}
	for month, request in chain.from_iterable(unpack(text).items() for text in texts):
		pools = {pool.name: pool.amounts for pool in request.pools}
		totals |= _totals(month, request.direct, pools, request.unassigned)
	return totals


def _stored_now(run: Document) -> Totals:
	filters = pool_filters(load_pools(run.company))
	totals: Totals = {}
	try:
		for month, rows in ledger_sums(run).items():
			buckets = sort_into_buckets(rows, filters)
			totals |= _totals(month, buckets.direct, buckets.pools, buckets.unassigned)
	except DomainError as error:
		raise AllocationRunError(as_html(error.message)) from error
	return totals


def _totals(
	month: date, direct: Mapping[str, Amounts], pools: Mapping[str, Amounts], unassigned: Amounts
) -> Totals:
	def keyed() -> Iterator[tuple[tuple[date, str, str], Amounts]]:
		for service, amounts in direct.items():
			yield (month, SERVICE, service), amounts
		for pool, amounts in pools.items():
			yield (month, POOL, pool), amounts
		yield (month, UNASSIGNED, ""), unassigned

	return {key: sum(amounts.values(), ZERO) for key, amounts in keyed()}
