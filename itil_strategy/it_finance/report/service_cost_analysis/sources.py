"""What a service cost and what was charged for it: allocated figures where a submitted run covers the month, else the ledger."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import frappe
from frappe.utils import getdate

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.domain.periods import months_between, next_month
from itil_strategy.it_finance.allocation.gather import cost_elements
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.costing import (
	FIRST_OF_MONTH,
	MonthStart,
	expense_accounts,
	live_ledger_criterion,
)
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.service_cost import latest_runs

BREAKDOWNS = ("Service", "Month", "Cost Element", "Source and Receiver", "Account", "Offering")
# The measure that a kind of line adds to.
MEASURE_OF = {
	Kind.DIRECT: "direct_cost",
	Kind.POOL: "pool_cost",
	Kind.RECEIVED: "received",
	Kind.PASSED_ON: "passed_on",
	Kind.FINAL: "final_cost",
}
WITHOUT_SERVICE = (Kind.IDLE, Kind.UNALLOCATED, Kind.UNASSIGNED)
Sums = dict[str, Decimal]


class Key(NamedTuple):
	"""What a row is about: a service, or a bucket without one; and what the breakdown adds."""

	service: str
	bucket: str = ""
	pool: str = ""
	partner: str = ""
	month: str = ""
	element: str = ""
	account: str = ""


class Sources:
	"""Sums per key and measure. The number of queries does not grow with the rows."""

	def __init__(self, filters: frappe._dict, start: date, end: date, services: list[str] | None):
		self.filters, self.start, self.end, self.services = filters, start, end, services
		self.breakdown = filters.breakdown or "Service"

	@cached_property
	def runs(self) -> dict[date, str]:
		"""The run of every month that lies in the period as a whole; an account knows no allocation."""
		if self.breakdown == "Account":
			return {}
		months = months_between(self.start, self.end)
		whole = [month for month in months if month >= self.start and next_month(month) <= self.end]
		return latest_runs(self.filters.company, whole)

	def fetch(self) -> dict[Key, Sums]:
		"""Cost and charges together."""
		sums: dict[Key, Sums] = defaultdict(lambda: defaultdict(Decimal))
		self._add_lines(sums)
		self._add_ledger(sums)
		self._add_charges(sums)
		return sums

	def ledger_difference(self) -> Decimal:
		"""How much the ledger of the allocated months changed since they were calculated."""
		if not self.runs:
			return Decimal(0)
		gl, line = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Service Cost")
		booked = (
			self._ledger_query(gl)
			.select(exact_sum(gl.debit - gl.credit))
			.where(MonthStart(gl.posting_date, FIRST_OF_MONTH).isin(self._covered()))
		).run()[0][0]
		kinds = (Kind.FINAL, *WITHOUT_SERVICE)
		kept = (
			self._line_query(line)
			.select(exact_sum(line.amount))
			.where(line.kind.isin([str(kind) for kind in kinds]))
		).run()[0][0]
		return to_decimal(booked) - to_decimal(kept)

	def _add_lines(self, sums: dict[Key, Sums]) -> None:
		if not self.runs:
			return
		line = frappe.qb.DocType("Service Cost")
		fields = {"it_service": line.it_service, "kind": line.kind, "pool": line.cost_pool}
		if self.breakdown == "Month":
			fields["month"] = line.month
		elif self.breakdown == "Cost Element":
			fields["element"] = line.cost_element
		elif self.breakdown == "Source and Receiver":
			fields["partner"] = line.partner_service
		query = (
			self._line_query(line).select(*fields.values(), exact_sum(line.amount)).groupby(*fields.values())
		)
		for *values, text in self._scoped(query, line.it_service).run():
			row = frappe._dict(zip(fields, values, strict=True))
			amount = to_decimal(text)
			details = {
				"month": str(row.month or ""),
				"element": row.element or "",
				"partner": row.partner or "",
				"pool": row.pool or "" if self.breakdown == "Source and Receiver" else "",
			}
			if row.kind in MEASURE_OF:
				sums[Key(row.it_service, **details)][MEASURE_OF[row.kind]] += amount
				continue
			if not row.it_service:
				details["pool"] = row.pool or ""
				key = Key("", row.kind, **details)
				sums[key]["direct_cost" if row.kind == Kind.UNASSIGNED else "pool_cost"] += amount
			else:
				key = Key(row.it_service, **details)
			sums[key]["not_borne"] += amount

	def _add_ledger(self, sums: dict[Key, Sums]) -> None:
		"""Expense outside the allocated months."""
		gl = frappe.qb.DocType("GL Entry")
		detail = {
			"Account": gl.account,
			"Cost Element": gl.account,
			"Month": MonthStart(gl.posting_date, FIRST_OF_MONTH),
		}.get(self.breakdown)
		keys = [gl.it_service] if detail is None else [gl.it_service, detail]
		query = self._ledger_query(gl).select(*keys, exact_sum(gl.debit - gl.credit)).groupby(*keys)
		if self.runs:
			query = query.where(MonthStart(gl.posting_date, FIRST_OF_MONTH).notin(self._covered()))
		elements = cost_elements() if self.breakdown == "Cost Element" else {}
		for service, *rest, text in self._scoped(query, gl.it_service).run():
			amount, details = to_decimal(text), {}
			if self.breakdown == "Account":
				details = {"account": rest[0]}
			elif self.breakdown == "Cost Element":
				details = {"element": elements.get(rest[0], "")}
			elif self.breakdown == "Month":
				details = {"month": str(rest[0])}
			key = Key(service or "", "" if service else str(Kind.UNASSIGNED), **details)
			sums[key]["direct_cost"] += amount
			sums[key]["final_cost" if service else "not_borne"] += amount

	def _add_charges(self, sums: dict[Key, Sums]) -> None:
		"""Published charges by their month; charges have no account and no cost element."""
		if self.breakdown in ("Account", "Cost Element"):
			return
		charge = frappe.qb.DocType("Service Charge")
		keys = [charge.it_service]
		if self.breakdown == "Month":
			keys.append(charge.usage_month)
		query = (
			frappe.qb.from_(charge)
			.select(*keys, charge.mode, exact_sum(charge.amount))
			.where(
				(charge.company == self.filters.company)
				& (charge.usage_month >= self.start.replace(day=1))
				& (charge.usage_month < self.end)
				& charge.status.isin(list(PUBLISHED))
			)
			.groupby(*keys, charge.mode)
		)
		for service, *month, mode, amount in self._scoped(query, charge.it_service).run():
			key = Key(service, month=str(month[0]) if month else "")
			sums[key]["charged" if mode == "Chargeback" else "shown"] += to_decimal(amount)

	def _covered(self) -> list[str]:
		return [f"{month:%Y-%m-%d}" for month in self.runs]

	def _line_query(self, line):
		"""Lines of the run that counts in each month."""
		by_run: dict[str, list[date]] = defaultdict(list)
		for month, run in self.runs.items():
			by_run[run].append(month)
		found = None
		for run, months in sorted(by_run.items()):
			criterion = (line.allocation_run == run) & line.month.isin(months)
			found = criterion if found is None else found | criterion
		return frappe.qb.from_(line).where(found)

	def _ledger_query(self, gl):
		accounts = expense_accounts(self.filters.company)
		return (
			frappe.qb.from_(gl)
			.where(live_ledger_criterion(gl, self.filters.company, self.start, self.end))
			.where(gl.account.isin(accounts or [""]))
		)

	def _scoped(self, query, column):
		if self.filters.it_service:
			query = query.where(column == self.filters.it_service)
		if self.services is not None:
			query = query.where(column.isin(self.services or [""]))
		return query


def month_of(key: Key) -> date | None:
	"""The month of a key of the breakdown Month."""
	return getdate(key.month) if key.month else None
