"""Masters and usage of the benchmarks: made with a fixed seed, in a company of their own."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import frappe

from itil_strategy.setup.accounts import set_up_company
from itil_strategy.tests.factories import make_policy
from itil_strategy.tests.setup import before_tests

COMPANY, ABBR, SEED = "Benchmark IT", "BIT", 20260101


@dataclass(frozen=True)
class Scene:
	"""Customers and offerings of one benchmark."""

	customers: list[str]
	offerings: list[str]


def set_up() -> None:
	"""The company with its accounts and a rate; refuses a site where somebody else charges."""
	before_tests()
	if frappe.db.exists("Charging Run", {"company": ("!=", COMPANY)}):
		raise SystemExit("This site has charging runs. Run the benchmarks on a site of their own.")
	if not frappe.db.exists("Company", COMPANY):
		frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": COMPANY,
				"abbr": ABBR,
				"default_currency": "EUR",
				"country": "Germany",
				"chart_of_accounts": "Standard",
			}
		).insert()
	set_up_company(COMPANY)
	frappe.db.set_single_value("System Settings", "max_file_size", 2_000)  # MB
	frappe.clear_cache()
	frappe.db.commit()


def make_scene(prefix: str, size: int, cost_centers: int, tiered: bool = False) -> Scene:
	"""`size` customers on `cost_centers` cost centers, and `size` services with one offering each."""
	centers = [_cost_center(f"{prefix} {number}") for number in range(cost_centers)]
	customers = [_customer(f"{prefix} Customer {n}", centers[n % cost_centers]) for n in range(size)]
	offerings = [_offering(f"{prefix.upper()}-{n}", centers[0], tiered, n) for n in range(size)]
	frappe.db.commit()
	return Scene(customers, offerings)


def write_usage(path: Path, scene: Scene, month: date, rows: int) -> Path:
	"""A usage file in the own layout: every customer uses every offering, on random days."""
	generator = random.Random(SEED)
	with path.open("w", newline="") as file:
		writer = csv.writer(file)
		writer.writerow(("offering", "customer", "date", "unit", "quantity", "reference"))
		writer.writerows(_rows(generator, scene, month, rows))
	return path


def _rows(generator: random.Random, scene: Scene, month: date, rows: int) -> Iterator[tuple]:
	size = len(scene.customers)
	for number in range(rows):
		yield (
			scene.offerings[number % size],
			scene.customers[(number // size) % size],
			month + timedelta(days=generator.randrange(28)),
			"Nos",
			f"{generator.randrange(1, 100_000) / 1000:.3f}",
			f"{scene.offerings[0]}-{month:%Y%m}-{number}",
		)


def _cost_center(name: str) -> str:
	full_name = f"{name} - {ABBR}"
	if not frappe.db.exists("Cost Center", full_name):
		frappe.get_doc(
			{
				"doctype": "Cost Center",
				"cost_center_name": name,
				"parent_cost_center": f"{COMPANY} - {ABBR}",
				"company": COMPANY,
			}
		).insert()
	return full_name


def _customer(name: str, cost_center: str) -> str:
	if not frappe.db.exists("Customer", name):
		frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": name,
				"customer_type": "Company",
				"customer_group": "Commercial",
				"territory": "All Territories",
				"it_charging": [{"company": COMPANY, "cost_center": cost_center, "mode": "Chargeback"}],
			}
		).insert()
	return name


def _offering(code: str, cost_center: str, tiered: bool, number: int) -> str:
	if frappe.db.exists("Service Offering", code):
		return code
	service = frappe.get_doc(
		{
			"doctype": "IT Service",
			"service_code": f"S-{code}",
			"service_name": code,
			"stage": "Operational",
			"operational_from": "2025-01-01",
			"companies": [{"company": COMPANY, "provider_cost_center": cost_center}],
		}
	)
	service.flags.stage_set_by = "benchmarks"
	service.insert()
	offering = frappe.get_doc(
		{
			"doctype": "Service Offering",
			"offering_code": code,
			"offering_name": code,
			"it_service": service.name,
			"uom": "Nos",
		}
	).insert()
	if tiered:
		tiers = [(0, 1_000, 0.5), (1_000, 5_000, 0.3), (5_000, 0, 0.2)]
		make_policy(offering, tiers, method="Graduated", currency=("EUR", "USD")[number % 2])
	else:
		make_policy(offering, unit_price=0.123)
	return code
