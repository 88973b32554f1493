"""Values that pools are shared by: counted, or worked out from usage, charges and direct cost (FM-2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property

import frappe
from frappe.utils import getdate

from itil_strategy.domain.allocation_types import Amounts, Basis
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.usage import measure_usage

ZERO = Decimal(0)
COUNTED, USAGE, CHARGES, DIRECT_COST = "Counted Values", "Usage", "Charges", "Direct Cost"
LIVE_CHARGES = ("Published", "Held", "Posted")
Values = dict[str, Decimal]  # by service


class DriverBook:
	"""Values of the months by pool; every source is asked once, when a pool needs it."""

	def __init__(
		self,
		company: str,
		months: list[date],
		pools: Iterable[frappe._dict],
		direct: Mapping[date, Mapping[str, Amounts]],
	):
		self.company, self.months, self.direct = company, months, direct
		names = {pool.cost_driver for pool in pools if pool.cost_driver}
		self.drivers = {
			row.name: row
			for row in frappe.get_all(
				"Cost Driver", {"name": ("in", sorted(names))}, ["name", "source", "unit"], limit=0
			)
		}

	def values(self, pool: frappe._dict, month: date) -> Values:
		"""Units per service; empty for a basis that needs none."""
		if pool.basis == Basis.USAGE:
			return self.usage.get((pool.usage_unit, month), {})
		if pool.basis != Basis.DRIVER:
			return {}
		driver = self.drivers[pool.cost_driver]
		if driver.source == USAGE:
			return self.usage.get((driver.unit, month), {})
		if driver.source == CHARGES:
			return self.charges.get(month, {})
		if driver.source == DIRECT_COST:
			return {
				service: sum(amounts.values(), ZERO)
				for service, amounts in self.direct.get(month, {}).items()
			}
		return self.counted.get((driver.name, month), {})

	@cached_property
	def counted(self) -> dict[tuple[str, date], Values]:
		"""Entered values by driver and month."""
		found: dict[tuple[str, date], Values] = defaultdict(dict)
		for row in frappe.get_all(
			"Cost Driver Value",
			{
				"company": self.company,
				"cost_driver": ("in", sorted(self.drivers)),
				"month": ("between", (self.months[0], self.months[-1])),
			},
			["cost_driver", "month", "it_service", "value"],
			order_by="it_service",
			limit=0,
		):
			found[(row.cost_driver, getdate(row.month))][row.it_service] = to_decimal(row.value)
		return found

	@cached_property
	def usage(self) -> dict[tuple[str, date], Values]:
		"""Units used by unit and month."""
		offerings = {
			name: (service, uom)
			for name, service, uom in frappe.get_all(
				"Service Offering", fields=["name", "it_service", "uom"], limit=0, as_list=True
			)
		}
		found: dict[tuple[str, date], Values] = defaultdict(lambda: defaultdict(Decimal))
		for offering, by_month in measure_usage(self.company, self.months).quantities.items():
			service, uom = offerings[offering]
			for month, quantity in by_month.items():
				found[(uom, getdate(month))][service] += quantity
		return found

	@cached_property
	def charges(self) -> dict[date, Values]:
		"""Published charges, shown ones included, by usage month."""
		charge = frappe.qb.DocType("Service Charge")
		rows = (
			frappe.qb.from_(charge)
			.select(charge.usage_month, charge.it_service, exact_sum(charge.amount))
			.where(
				(charge.company == self.company)
				& (charge.usage_month >= self.months[0])
				& (charge.usage_month <= self.months[-1])
				& charge.status.isin(LIVE_CHARGES)
			)
			.groupby(charge.usage_month, charge.it_service)
		).run()
		found: dict[date, Values] = defaultdict(dict)
		for month, service, amount in rows:
			found[getdate(month)][service] = to_decimal(amount)
		return found
