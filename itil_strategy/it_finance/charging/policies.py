"""Charging policies as the plain values that `domain` prices with."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate

from itil_strategy.domain.policies import Policy
from itil_strategy.domain.pricing import Tier
from itil_strategy.utils.money import exact, to_decimal

TIERED_METHODS = ("Graduated", "Volume")
AMOUNT_FIELDS = ("unit_price", "fixed_fee", "minimum", "package_size", "markup_percent")
FIELDS = (
	"name",
	"method",
	"currency",
	"valid_from",
	"valid_to",
	"it_service",
	"service_offering",
	"customer",
	"charging_company",
	"rounding_precision",
	"formula",
)


def load_policies(
	service: str | None = None,
	company: str | None = None,
	exclude: str | None = None,
	latest: bool = False,
) -> list[Policy]:
	"""Policies with their tiers: all, those of one service, or those a company charges by. Two queries.

	`latest` reads what others stored since this transaction began; the caller holds the lock of the service.
	"""
	table = frappe.qb.DocType("Charging Policy")
	query = frappe.qb.from_(table).select(
		*[table[field] for field in FIELDS],
		*[exact(table[field]).as_(field) for field in AMOUNT_FIELDS],
	)
	if service:
		query = query.where(table.it_service == service)
	if company:
		query = query.where(Coalesce(table.charging_company, "").isin(["", company]))
	if exclude:
		query = query.where(table.name != exclude)
	if latest:
		query = query.for_update()
	rows = query.orderby(table.name).run(as_dict=True)
	tiers = _load_tiers([row.name for row in rows if row.method in TIERED_METHODS])
	return [_policy(row, tiers.get(row.name, ())) for row in rows]


def policy_from_document(doc: Document) -> Policy:
	"""The policy as it stands on the form, without its tiers."""
	return _policy(doc, ())


def tiers_from_rows(rows: Iterable[dict]) -> tuple[Tier, ...]:
	"""Tiers from records or form rows; an upper limit of 0 is none."""
	return tuple(
		Tier(
			to_decimal(row.get("from_quantity")),
			to_decimal(row.get("to_quantity")) or None,
			to_decimal(row.get("unit_price")),
		)
		for row in rows
	)


def _load_tiers(policies: list[str]) -> dict[str, tuple[Tier, ...]]:
	if not policies:
		return {}
	table = frappe.qb.DocType("Charging Tier")
	rows = (
		frappe.qb.from_(table)
		.select(
			table.charging_policy,
			exact(table.from_quantity).as_("from_quantity"),
			exact(table.to_quantity).as_("to_quantity"),
			exact(table.unit_price).as_("unit_price"),
		)
		.where(table.charging_policy.isin(policies))
		.orderby(table.from_quantity)
	).run(as_dict=True)
	grouped: dict[str, list] = {}
	for row in rows:
		grouped.setdefault(row.charging_policy, []).append(row)
	return {policy: tiers_from_rows(rows) for policy, rows in grouped.items()}


def _policy(row, tiers: tuple[Tier, ...]) -> Policy:
	rounding = row.get("rounding_precision") or ""
	return Policy(
		name=row.get("name") or "",
		method=row.get("method"),
		currency=row.get("currency"),
		valid_from=getdate(row.get("valid_from")),
		valid_to=getdate(row.get("valid_to")) if row.get("valid_to") else None,
		service=row.get("it_service"),
		offering=row.get("service_offering") or None,
		customer=row.get("customer") or None,
		company=row.get("charging_company") or None,
		rounding_precision=int(rounding[0]) if rounding[:1].isdigit() else None,
		tiers=tiers,
		formula=row.get("formula") or "",
		**{field: to_decimal(row.get(field)) for field in AMOUNT_FIELDS},
	)
