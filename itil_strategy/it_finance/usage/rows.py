"""Turn a batch of a usage file into rows of Service Usage, or into the errors that refuse the file."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

import frappe
from frappe import _
from frappe.utils import formatdate

from itil_strategy.domain.errors import RowError
from itil_strategy.it_finance.usage.mapping import OfferingFacts
from itil_strategy.utils.money import join_quantity

MAX_ERRORS = 1_000
FIELDS = (
	"usage_import",
	"row_number",
	"service_offering",
	"customer",
	"mapping_status",
	"usage_date",
	"usage_month",
	"quantity",
	"quantity_remainder",
	"uom",
	"offering_value",
	"customer_value",
	"source_key",
	"revision",
)
MAX_LENGTHS = {"offering_value": 500, "customer_value": 500, "unit": 140}
DECIMALS = 18
HALF = DECIMALS // 2


@dataclass(slots=True)
class RowBuilder:
	"""Maps, checks and counts the rows of one file, batch by batch."""

	usage_import: str
	customers: dict[str, str]
	offerings: dict[str, str]
	facts: dict[str, OfferingFacts]
	factors: dict[tuple[str, str], Decimal]
	known_units: frozenset[str]
	restates: bool
	counts: Counter = field(default_factory=Counter)
	groups: set[tuple[str, str, date]] = field(default_factory=set)
	errors: list[RowError] = field(default_factory=list)

	def build(self, batch: pl.DataFrame) -> list[tuple]:
		"""Rows to insert, in the order of FIELDS; errors are collected in `errors`."""
		self._check_lengths(batch)
		frame = self._map(batch)
		self._check_last_day(frame)
		self._check_unmapped_units(frame)
		frame = self._convert_units(frame)
		frame = self._drop_known(frame)
		self._count(frame)
		return _to_rows(self.usage_import, frame)

	def _map(self, batch: pl.DataFrame) -> pl.DataFrame:
		"""Add the offering, customer, month and mapping status."""
		uoms = {name: fact.uom for name, fact in self.facts.items()}
		starts = {name: fact.operational_from for name, fact in self.facts.items() if fact.operational_from}
		last_days = {name: fact.last_day for name, fact in self.facts.items() if fact.last_day}
		frame = batch.with_columns(
			service_offering=_lookup("offering_value", self.offerings, pl.Utf8),
			customer=_lookup("customer_value", self.customers, pl.Utf8),
			usage_month=pl.col("usage_date").dt.month_start(),
			revision=pl.lit(0, pl.Int64),
		).with_columns(
			offering_uom=_lookup("service_offering", uoms, pl.Utf8),
			operational_from=_lookup("service_offering", starts, pl.Date),
			last_day=_lookup("service_offering", last_days, pl.Date),
		)
		return frame.with_columns(
			mapping_status=pl.when(pl.col("service_offering").is_null() | pl.col("customer").is_null())
			.then(pl.lit("Unmapped"))
			.when((pl.col("usage_date") < pl.col("operational_from")).fill_null(True))
			.then(pl.lit("Not Chargeable"))
			.otherwise(pl.lit("Mapped"))
		)

	def _check_lengths(self, batch: pl.DataFrame) -> None:
		"""Values that do not fit are refused: cut ones could stand for somebody else."""
		for column, limit in MAX_LENGTHS.items():
			long = batch.filter(pl.col(column).str.len_chars() > limit)
			for row in long["row"].to_list():
				self._add_error(
					row,
					column.removesuffix("_value"),
					_("the value is longer than {0} characters. Shorten it.").format(limit),
				)

	def _check_last_day(self, frame: pl.DataFrame) -> None:
		"""SP-6: usage after the last day of a service is refused."""
		late = frame.filter((pl.col("usage_date") > pl.col("last_day")).fill_null(False))
		for row, day, offering, last_day in late.select(
			"row", "usage_date", "service_offering", "last_day"
		).iter_rows():
			self._add_error(
				row,
				"date",
				_("{0} is after the last day of the service of offering {1}, {2}. Remove the row.").format(
					formatdate(day), offering, formatdate(last_day)
				),
			)

	def _check_unmapped_units(self, frame: pl.DataFrame) -> None:
		"""An unknown unit refuses the file even where the offering is not known yet."""
		strange = frame.filter(
			pl.col("offering_uom").is_null() & ~pl.col("unit").is_in(list(self.known_units)).fill_null(True)
		)
		for row, unit in strange.select("row", "unit").iter_rows():
			self._add_error(
				row, "unit", _("there is no unit {0}. Correct it, or create the UOM.").format(unit)
			)

	def _convert_units(self, frame: pl.DataFrame) -> pl.DataFrame:
		"""Count in the offering's unit; a unit that cannot be converted refuses the file."""
		other = (pl.col("unit") != pl.col("offering_uom")).fill_null(False)
		pairs = frame.filter(other).select("unit", "offering_uom").unique().rows()
		for pair in sorted(pairs):
			is_pair = other & (pl.col("unit") == pair[0]) & (pl.col("offering_uom") == pair[1])
			factor = self.factors.get(pair)
			if factor is None:
				self._add_unit_errors(frame.filter(is_pair))
				continue
			frame = frame.with_columns(
				quantity=pl.when(is_pair)
				.then(
					pl.col("quantity").map_elements(
						lambda value, factor=factor: _scaled(value, factor), pl.Decimal(38, DECIMALS)
					)
				)
				.otherwise(pl.col("quantity"))
			)
		return frame.with_columns(uom=pl.coalesce("offering_uom", "unit"))

	def _add_unit_errors(self, frame: pl.DataFrame) -> None:
		for row, unit, offering, uom in frame.select(
			"row", "unit", "service_offering", "offering_uom"
		).iter_rows():
			self._add_error(
				row,
				"unit",
				_(
					"the unit {0} is not {1}, the unit of offering {2}, and there is no UOM Conversion Factor between them. Correct the unit or add the factor."
				).format(unit, uom, offering),
			)

	def _drop_known(self, frame: pl.DataFrame) -> pl.DataFrame:
		"""Leave out rows that are stored already; a changed value is an error, or the difference."""
		stored = _stored_quantities(frame["source_key"].to_list())
		if not stored:
			return frame
		keep, quantities, revisions = [], [], []
		for row, key, quantity, *identity in frame.select(
			"row", "source_key", "quantity", "offering_value", "customer_value", "usage_date"
		).iter_rows():
			known, revision, stored_identity = stored.get(key, (None, -1, identity))
			changed = known is not None and known != quantity
			if stored_identity != identity:
				self._add_identity_error(row, stored_identity)
			if changed and not self.restates:
				self._add_error(
					row,
					"quantity",
					_(
						"this row is known with the value {0} and now has {1}. Tick Restates Known Rows to store the difference."
					).format(f"{known.normalize():f}", f"{quantity.normalize():f}"),
				)
			self.counts["known"] += known is not None and not changed
			self.counts["restated"] += changed
			keep.append(known is None or changed)
			quantities.append(quantity - known if changed else quantity)
			revisions.append(revision + 1)
		return frame.with_columns(
			quantity=pl.Series(quantities, dtype=pl.Decimal(38, DECIMALS)),
			revision=pl.Series(revisions, dtype=pl.Int64),
		).filter(pl.Series(keep, dtype=pl.Boolean))

	def _add_identity_error(self, row: int, stored: list) -> None:
		offering, customer, day = stored
		self._add_error(
			row,
			"reference",
			_(
				"this key is known as offering {0}, customer {1} on {2}. Deliver the change as a correction of the old row and a new row with a key of its own."
			).format(offering, customer, formatdate(day)),
		)

	def _count(self, frame: pl.DataFrame) -> None:
		self.counts["imported"] += frame.height
		for status, count in frame["mapping_status"].value_counts().rows():
			self.counts[status] += count
		mapped = frame.filter(pl.col("mapping_status") == "Mapped")
		self.groups.update(mapped.select("customer", "service_offering", "usage_month").unique().rows())

	def _add_error(self, row: int, fieldname: str, message: str) -> None:
		self.counts["errors"] += 1
		if len(self.errors) < MAX_ERRORS:
			self.errors.append(RowError(row, fieldname, message))


def _lookup(column: str, table: dict, dtype) -> pl.Expr:
	"""The record for each value of the column; null where there is none."""
	return pl.col(column).replace_strict(list(table), list(table.values()), default=None, return_dtype=dtype)


def _scaled(value: Decimal, factor: Decimal) -> Decimal:
	return (value * factor).quantize(Decimal(1).scaleb(-DECIMALS))


def _stored_quantities(keys: list[str]) -> dict[str, tuple[Decimal, int, list]]:
	"""Stored value, last revision and (offering value, customer value, date) per known source key."""
	stored: dict[str, tuple[Decimal, int, list]] = {}
	for start in range(0, len(keys), 5_000):
		# SUM must leave the database as text to stay exact, and IN lists are bound, not built.
		rows = frappe.db.sql(
			"""SELECT source_key, CAST(SUM(quantity) AS CHAR), CAST(SUM(quantity_remainder) AS CHAR), MAX(revision),
				MIN(offering_value), MIN(customer_value), MIN(usage_date)
			FROM `tabService Usage` WHERE source_key IN %(keys)s GROUP BY source_key""",
			{"keys": keys[start : start + 5_000]},
		)
		stored.update(
			{
				key: (join_quantity(quantity, rest), revision, identity)
				for key, quantity, rest, revision, *identity in rows
			}
		)
	return stored


def _to_rows(usage_import: str, frame: pl.DataFrame) -> list[tuple]:
	"""Plain values for the driver; the quantity in its two columns of nine decimals (split as text)."""
	text = pl.col("quantity").cast(pl.Utf8)
	sign = pl.when(pl.col("quantity") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
	return frame.select(
		pl.lit(usage_import),
		"row",
		"service_offering",
		"customer",
		"mapping_status",
		pl.col("usage_date").cast(pl.Utf8),
		pl.col("usage_month").cast(pl.Utf8),
		text.str.head(-HALF),
		pl.concat_str(sign, pl.lit("0."), text.str.tail(HALF)).alias("quantity_remainder"),
		"uom",
		"offering_value",
		"customer_value",
		"source_key",
		"revision",
	).rows()
