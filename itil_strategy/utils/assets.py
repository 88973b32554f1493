"""ERPNext's assets and the service that each carries, by the accounting dimension (FM-17)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from itil_strategy.domain.periods import month_start, next_month
from itil_strategy.domain.stewardship import AssetFigures, Depreciation, judge_asset
from itil_strategy.utils.money import exact_sum, to_decimal

# What has left the company, or became part of another asset, carries nothing any more.
PART_OF_ANOTHER = "Capitalized"
GONE = ("Sold", "Scrapped", PART_OF_ANOTHER)
FIELDS = [
	"name",
	"asset_name",
	"asset_category",
	"company",
	"location",
	"it_service",
	"status",
	"available_for_use_date",
	"gross_purchase_amount",
	"value_after_depreciation",
	"calculate_depreciation",
]


def load_assets(
	companies: Sequence[str] | None = None,
	services: Collection[str] | None = None,
	day: date | None = None,
) -> list[tuple[frappe._dict, AssetFigures]]:
	"""Submitted assets in use with their figures on the day (None: today), by name; four queries.

	`services` None: all, those that carry none too. Of several finance books the company's own counts, else the first.
	"""
	filters: dict = {"docstatus": 1, "status": ("not in", GONE)}
	if companies is not None:
		filters["company"] = ("in", list(companies) or [""])
	if services is not None:
		filters["it_service"] = ("in", list(services) or [""])
	rows = frappe.get_all("Asset", filters, FIELDS, order_by="asset_name asc, name asc", limit=0)
	names = [row.name for row in rows if row.calculate_depreciation]
	books = _finance_books(names)
	schedules = _schedules(names)
	found = []
	for row in rows:
		book = books.get(row.name)
		value = book.value_after_depreciation if book else row.value_after_depreciation
		entries = schedules.get((row.name, book.finance_book or ""), []) if book else []
		figures = judge_asset(
			to_decimal(row.gross_purchase_amount), to_decimal(value), entries, day or getdate()
		)
		found.append((row, figures))
	return found


def bought_by_month(
	company: str, services: Sequence[str], months: Sequence[date]
) -> dict[tuple[str, date], Decimal]:
	"""What the assets of each service cost when they were bought, per (service, month); one query.

	What was sold or scrapped since was bought all the same. What became part of another asset is in the cost of that.
	"""
	if not services or not months:
		return {}
	asset = frappe.qb.DocType("Asset")
	rows = (
		frappe.qb.from_(asset)
		.select(asset.it_service, asset.purchase_date, exact_sum(asset.gross_purchase_amount))
		.where((asset.docstatus == 1) & (asset.company == company) & (asset.status != PART_OF_ANOTHER))
		.where(asset.it_service.isin(list(services)))
		.where((asset.purchase_date >= min(months)) & (asset.purchase_date < next_month(max(months))))
		.groupby(asset.it_service, asset.purchase_date)
	).run()
	found: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
	for service, day, amount in rows:
		found[service, month_start(getdate(day))] += to_decimal(amount)
	return dict(found)


def _finance_books(assets: Sequence[str]) -> dict[str, frappe._dict]:
	"""The book of each asset that counts."""
	if not assets:
		return {}
	own = dict(frappe.get_all("Company", fields=["name", "default_finance_book"], limit=0, as_list=True))
	book, asset = frappe.qb.DocType("Asset Finance Book"), frappe.qb.DocType("Asset")
	rows = (
		frappe.qb.from_(book)
		.inner_join(asset)
		.on(asset.name == book.parent)
		.select(book.parent, book.finance_book, book.value_after_depreciation, asset.company)
		.where((book.parenttype == "Asset") & book.parent.isin(list(assets)))
		.orderby(book.parent, book.idx)
	).run(as_dict=True)
	found: dict[str, frappe._dict] = {}
	for row in rows:
		if row.parent not in found or (row.finance_book and row.finance_book == own.get(row.company)):
			found[row.parent] = row
	return found


def _schedules(assets: Sequence[str]) -> dict[tuple[str, str], list[Depreciation]]:
	"""Entries of the active schedules by asset and finance book."""
	if not assets:
		return {}
	schedule, entry = (
		frappe.qb.DocType("Asset Depreciation Schedule"),
		frappe.qb.DocType("Depreciation Schedule"),
	)
	rows = (
		frappe.qb.from_(schedule)
		.inner_join(entry)
		.on((entry.parent == schedule.name) & (entry.parenttype == "Asset Depreciation Schedule"))
		.select(
			schedule.asset,
			schedule.finance_book,
			entry.schedule_date,
			entry.depreciation_amount,
			entry.journal_entry,
		)
		.where((schedule.docstatus == 1) & (schedule.status == "Active") & schedule.asset.isin(list(assets)))
		.orderby(schedule.asset, entry.idx)
	).run()
	found: dict[tuple[str, str], list[Depreciation]] = defaultdict(list)
	for asset, book, day, amount, journal_entry in rows:
		found[(asset, book or "")].append(Depreciation(getdate(day), to_decimal(amount), bool(journal_entry)))
	return dict(found)
