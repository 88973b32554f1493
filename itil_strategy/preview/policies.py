"""Charging policies and their tiers from CSV; the simplest policy is one row with four columns."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.policies import Policy, find_overlaps
from itil_strategy.domain.pricing import METHODS, Tier, parse_price_formula, validate_tiers
from itil_strategy.preview.tables import Problems, Row, read_table

ALWAYS = date(1900, 1, 1)
TIERED_METHODS = ("Graduated", "Volume")
OPTIONAL_COLUMNS = (
	"policy",
	"service",
	"offering",
	"customer",
	"currency",
	"valid_from",
	"valid_to",
	"unit_price",
	"package_size",
	"fixed_fee",
	"markup_percent",
	"minimum",
	"rounding_precision",
	"formula",
)
# What a method cannot do without; 0 is a price, an empty cell is not.
NEEDED_AMOUNTS = {
	"Per Unit": ("unit_price",),
	"Package": ("unit_price", "package_size"),
	"Fixed Fee": ("fixed_fee",),
	"Cost Plus": ("markup_percent",),
}


def read_policies(
	path: Path, tiers_path: Path | None, currency: str | None, problems: Problems
) -> list[Policy]:
	"""policies.csv with tiers.csv; `currency` stands where a row names none."""
	tiers = _read_tiers(tiers_path, problems) if tiers_path else {}
	policies: dict[str, Policy] = {}
	for row in read_table(path, ("method",), OPTIONAL_COLUMNS, problems):
		policy = _read_policy(row, tiers, currency)
		if policy.name in policies:
			row.refuse("policy", f"{policy.name} has a row already. Give each policy its own name.")
		policies[policy.name] = policy
	for name in sorted(tiers.keys() - policies.keys()):
		problems.add(
			f"{tiers_path.name if tiers_path else ''}: policy {name} is not in {path.name}. Correct the name."
		)
	if not policies and not problems.messages:
		problems.add(f"{path.name} has no policies. Enter at least one row.")
	for first, second in find_overlaps(policies.values()):
		problems.add(
			f"{path.name}: policies {first} and {second} are equally exact and valid on the same day."
			" End one before the other starts."
		)
	return list(policies.values())


def _read_policy(row: Row, tiers: dict[str, list[Tier]], currency: str | None) -> Policy:
	offering, customer = row.text("offering") or None, row.text("customer") or None
	service = row.text("service") or offering or ""
	if not service:
		row.refuse("service", "is empty. Name the service or the offering that the policy prices.")
	method = row.choice("method", METHODS)
	name = row.text("policy") or " ".join(filter(None, (offering or service, customer, method)))
	valid_from, valid_to = row.day("valid_from") or ALWAYS, row.day("valid_to")
	if valid_to == date.max:  # some systems write "for ever" so
		valid_to = None
	if valid_to and valid_to < valid_from:
		row.refuse("valid_to", f"{valid_to} is before valid_from {valid_from}. Swap them.")
		valid_to = None
	for column in NEEDED_AMOUNTS.get(method, ()):
		if not row.text(column):
			row.refuse(column, f"is empty. The method {method} needs it.")
	if method == "Formula":
		_check_formula(row)
	if method == "Package" and row.text("package_size") and not row.number_in("package_size"):
		row.refuse("package_size", "must be above 0. Enter how many units a package has.")
	policy_currency = row.text("currency", currency or "")
	if not policy_currency:
		row.refuse("currency", "is empty. Enter a currency or add --currency.")
	return Policy(
		name=name,
		method=method,
		currency=policy_currency,
		valid_from=valid_from,
		valid_to=valid_to,
		service=service,
		offering=offering,
		customer=customer,
		unit_price=row.number_in("unit_price"),
		fixed_fee=row.number_in("fixed_fee"),
		minimum=row.number_in("minimum"),
		package_size=row.number_in("package_size"),
		markup_percent=row.number_in("markup_percent"),
		rounding_precision=_rounding(row),
		tiers=_tiers_of(row, name, method, tiers),
		formula=row.text("formula"),
	)


def _check_formula(row: Row) -> None:
	try:
		parse_price_formula(row.text("formula"))
	except DomainError as error:
		row.refuse("formula", error.message)


def _rounding(row: Row) -> int | None:
	value = row.text("rounding_precision")
	return int(row.choice("rounding_precision", ("0", "1", "2", "3", "4"))) if value else None


def _tiers_of(row: Row, name: str, method: str, tiers: dict[str, list[Tier]]) -> tuple[Tier, ...]:
	if method not in TIERED_METHODS:
		return ()
	if name not in tiers:
		row.refuse(
			"method",
			f"{method} needs tiers, and there are none for policy {name}. Add them to the tiers file.",
		)
		return ()
	try:
		return validate_tiers(tiers[name])
	except DomainError as error:
		row.refuse("policy", f"{name}: {error.message}")
		return ()


def _read_tiers(path: Path, problems: Problems) -> dict[str, list[Tier]]:
	tiers: dict[str, list[Tier]] = {}
	columns = ("policy", "from_quantity", "to_quantity", "unit_price")
	for row in read_table(path, columns, (), problems):
		upper: Decimal | None = row.number_in("to_quantity") or None
		row.needed("unit_price")
		tier = Tier(row.number_in("from_quantity"), upper, row.number_in("unit_price"))
		tiers.setdefault(row.needed("policy"), []).append(tier)
	return tiers
