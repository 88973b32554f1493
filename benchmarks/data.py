"""Masters and usage files of the benchmarks, made with a fixed seed."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isqrt
from pathlib import Path

import frappe
from frappe.model.document import Document
from frappe.utils import get_last_day

from benchmarks.site import ABBR, COMPANY, CURRENCY, FILE_PREFIX, PREFIX, USD_RATE
from itil_strategy.setup.accounts import set_up_company
from itil_strategy.setup.company import complete_setup_wizard

SEED = 20260101
YEAR = 2026
MONTHS = tuple(date(YEAR, month, 1) for month in range(1, 13))
OFFERINGS_PER_SERVICE = 4
TIERS = ((0, 1_000, 0.5), (1_000, 5_000, 0.3), (5_000, 0, 0.2))
OWN_HEADER = ("offering", "customer", "date", "unit", "quantity", "reference")
FOCUS_HEADER = (
	*("BillingAccountId", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart"),
	*("ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
	*("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity", "ConsumedUnit"),
	*("PricingQuantity", "PricingUnit", "ServiceName", "ServiceCategory", "ProviderName", "RegionId"),
	*("ResourceId", "ResourceType", "SkuId", "SubAccountId", "Tags"),
)


@dataclass(frozen=True, slots=True)
class Scene:
	"""The customers and offerings of a benchmark: each customer uses each offering."""

	name: str
	customers: tuple[str, ...]
	offerings: tuple[str, ...]

	@property
	def groups(self) -> int:
		return len(self.customers) * len(self.offerings)


def set_up() -> None:
	"""The company with its accounts, fiscal year and exchange rates. Commits."""
	if not frappe.db.a_row_exists("Company"):
		complete_setup_wizard(
			COMPANY, ABBR, CURRENCY, "Germany", f"{YEAR}-01-01", f"{YEAR}-12-31", "Europe/Berlin"
		)
	_ensure(
		"Company",
		COMPANY,
		company_name=COMPANY,
		abbr=ABBR,
		default_currency=CURRENCY,
		country="Germany",
		chart_of_accounts="Standard",
	)
	if not frappe.db.exists("Fiscal Year", {"year_start_date": f"{YEAR}-01-01"}):
		_insert("Fiscal Year", year=str(YEAR), year_start_date=f"{YEAR}-01-01", year_end_date=f"{YEAR}-12-31")
	set_up_company(COMPANY)
	for month in MONTHS:
		pair = {"date": get_last_day(month), "from_currency": "USD", "to_currency": CURRENCY}
		if not frappe.db.exists("Currency Exchange", pair):
			_insert("Currency Exchange", **pair, exchange_rate=USD_RATE)
	frappe.db.commit()


def flat_scene(charges: int) -> Scene:
	"""Every offering is a service of its own at one price per unit: no two charges share a ledger row."""
	return _make_scene("Flat", charges, offerings_per_service=1)


def tiered_scene(charges: int) -> Scene:
	"""Four offerings a service, graduated tiers, half of them in US dollars: four charges share a ledger row."""
	return _make_scene("Tiered", charges, offerings_per_service=OFFERINGS_PER_SERVICE)


def focus_mapping(scene: Scene) -> str:
	"""A mapping of the FOCUS file: offering from a tag, customer from the sub-account, keys numbered."""
	values = [
		{"value_for": "Customer", "file_value": _account(number), "customer": customer}
		for number, customer in enumerate(scene.customers)
	]
	values += [
		{"value_for": "Offering", "file_value": f"product-{number}", "service_offering": offering}
		for number, offering in enumerate(scene.offerings)
	]
	return _ensure(
		"Usage Mapping",
		f"{PREFIX} FOCUS {scene.groups}",
		mapping_name=f"{PREFIX} FOCUS {scene.groups}",
		file_layout="FOCUS",
		quantity_source="ConsumedQuantity",
		number_repeated_keys=1,
		offering_source="Tag",
		offering_column="product",
		customer_source="Column",
		customer_column="SubAccountId",
		mapped_values=values,
	)


def write_own(scene: Scene, month: date, rows: range, known: int = 0) -> Path:
	"""A file in the own layout; after every `known` rows follows one that earlier files hold: row 0, 1, ..."""
	return _write(OWN_HEADER, (_own_row(scene, month, number) for number in _numbers(rows, known)))


def write_focus(scene: Scene, month: date, rows: range, known: int = 0) -> Path:
	"""A FOCUS billing export of 27 columns, in the same way."""
	return _write(FOCUS_HEADER, (_focus_row(scene, month, number) for number in _numbers(rows, known)))


def draft_import(path: Path, mapping: str | None = None) -> str:
	"""A draft Usage Import of a file in the site's private files. Commits."""
	file = frappe.get_doc(
		{
			"doctype": "File",
			"name": frappe.generate_hash(length=10),
			"file_name": path.name,
			"file_url": f"/private/files/{path.name}",
			"is_private": 1,
			"folder": "Home",
		}
	)
	# Not insert(): it would read the whole file into memory to hash it.
	file.db_insert()
	doc = _insert("Usage Import", company=COMPANY, usage_file=file.file_url, usage_mapping=mapping)
	frappe.db.commit()
	return doc.name


def draft_run(month: date) -> str:
	"""A draft Charging Run of a month. Commits."""
	doc = _insert(
		"Charging Run", company=COMPANY, period_start=month, period_end=get_last_day(month), mode="Chargeback"
	)
	frappe.db.commit()
	return doc.name


def _numbers(rows: range, known: int) -> Iterator[int]:
	for index, number in enumerate(rows):
		yield number
		if known and index % known == 0:
			yield index // known


def _write(header: tuple[str, ...], rows: Iterator[tuple]) -> Path:
	name = f"{FILE_PREFIX}{frappe.generate_hash(length=8)}.csv"
	path = Path(frappe.get_site_path("private", "files", name)).resolve()
	with path.open("w", newline="") as file:
		writer = csv.writer(file)
		writer.writerow(header)
		writer.writerows(rows)
	return path


def _own_row(scene: Scene, month: date, number: int) -> tuple:
	"""Row `number` is the same in every file: its values come from the seed and its number alone."""
	chance = _chance(number)
	size = len(scene.offerings)
	return (
		scene.offerings[number % size],
		scene.customers[(number // size) % len(scene.customers)],
		(month + timedelta(days=int(chance * 28))).isoformat(),
		"Nos",
		f"{1 + chance * 99:.3f}",
		f"{scene.name}-{month:%Y%m}-{number}",
	)


def _focus_row(scene: Scene, month: date, number: int) -> tuple:
	chance = _chance(number)
	product = number % len(scene.offerings)
	account = (number // len(scene.offerings)) % len(scene.customers)
	start = month + timedelta(days=int(chance * 28))
	end = start + timedelta(days=1)
	quantity, cost = f"{1 + chance * 99:.6f}", f"{0.01 + chance * 9:.10f}"
	return (
		*("4711", "USD", f"{month}T00:00:00Z", f"{get_last_day(month)}T00:00:00Z", f"{start}T00:00:00Z"),
		*(f"{end}T00:00:00Z", "Usage", "", f"Usage of product {product}", "Usage-Based"),
		*(cost, cost, cost, cost, quantity, "Nos", quantity, "Nos"),
		*(f"Service {product % 25}", "Compute", "Provider", f"region-{number % 8}"),
		*(f"resource/{number}", "Machine", f"SKU{product}", _account(account)),
		f'{{"product": "product-{product}", "stage": "{("test", "production")[number % 2]}"}}',
	)


def _chance(number: int) -> float:
	"""Evenly spread over [0, 1), the same for a number in every file and run."""
	return (SEED + number) * 2_654_435_761 % 2**32 / 2**32


def _account(number: int) -> str:
	return f"{100_000_000_000 + number}"


def _make_scene(name: str, charges: int, offerings_per_service: int) -> Scene:
	"""About `charges` pairs of a customer and an offering, as square as can be. Commits."""
	offering_count = max(offerings_per_service, isqrt(charges) // 4 * 4)
	customers = [_ensure_customer(number) for number in range(max(1, charges // offering_count))]
	provider = _ensure_center("Provider")
	offerings = []
	for number in range(offering_count):
		service = f"{PREFIX}-{name}-S{number // offerings_per_service}"
		if number % offerings_per_service == 0:
			_ensure_service(service, provider)
		offerings.append(_ensure_offering(f"{PREFIX}-{name}-{number}", service, name == "Tiered", number))
	frappe.db.commit()
	return Scene(name, tuple(customers), tuple(offerings))


def _ensure_customer(number: int) -> str:
	"""A business unit that pays from a cost center of its own."""
	name = f"{PREFIX} Unit {number}"
	if frappe.db.exists("Customer", name):
		return name
	terms = {"company": COMPANY, "cost_center": _ensure_center(f"Unit {number}"), "mode": "Chargeback"}
	return _insert(
		"Customer",
		customer_name=name,
		customer_type="Company",
		customer_group=frappe.db.get_value("Customer Group", {"is_group": 0}),
		territory=frappe.db.get_value("Territory", {"is_group": 1}),
		it_charging=[terms],
	).name


def _ensure_center(name: str) -> str:
	return _ensure(
		"Cost Center",
		f"{name} - {ABBR}",
		cost_center_name=name,
		parent_cost_center=f"{COMPANY} - {ABBR}",
		company=COMPANY,
	)


def _ensure_service(code: str, provider: str) -> None:
	if frappe.db.exists("IT Service", code):
		return
	service = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": code,
			"service_name": code,
			"service_type": "Customer-facing",
			"stage": "Operational",
			"operational_from": f"{YEAR}-01-01",
			"companies": [{"company": COMPANY, "provider_cost_center": provider}],
		}
	)
	service.flags.stage_set_by = "benchmarks"
	service.insert()


def _ensure_offering(code: str, service: str, tiered: bool, number: int) -> str:
	if frappe.db.exists("Service Offering", code):
		return code
	_insert("Service Offering", offering_code=code, offering_name=code, it_service=service, uom="Nos")
	price = {"method": "Graduated"} if tiered else {"method": "Per Unit", "unit_price": 0.123}
	policy = _insert(
		"Charging Policy",
		policy_name=code,
		service_offering=code,
		it_service=service,
		valid_from=f"{YEAR}-01-01",
		currency=("EUR", "USD")[number % 2] if tiered else CURRENCY,
		**price,
	)
	if tiered:
		policy.replace_tiers(
			[{"from_quantity": low, "to_quantity": high, "unit_price": unit} for low, high, unit in TIERS]
		)
	return code


def _ensure(doctype: str, name: str, **values) -> str:
	return name if frappe.db.exists(doctype, name) else _insert(doctype, **values).name


def _insert(doctype: str, **values) -> Document:
	return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
