"""The two years before the sample's first quarter, made anew: `python scripts/make_story.py`.

Writes usage and cost of every month to fixtures/story, with growth, seasons and a little chance from a fixed seed: the
same files every time. Quantities are multiples of a lot size, so that quantity x price is a whole number of cents.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "story"
SEED = 20240401
MONTHS = [(2024 + (3 + i) // 12, (3 + i) % 12 + 1) for i in range(24)]
# The sample's own first quarter follows for the services that it knows.
BEFORE_SAMPLE = MONTHS[:21]
UNTIL_JUNE_2025 = MONTHS[:15]
FLAT: dict[int, float] = {}
CHRISTMAS = {1: 0.86, 2: 0.9, 11: 1.22, 12: 1.42}
HOLIDAYS = {7: 0.8, 8: 0.45, 12: 0.7}
WINTER = {1: 1.1, 2: 1.08, 7: 0.88, 8: 0.85}
QUIET_SUMMER = {7: 0.9, 8: 0.88}
CHANCE = 0.03


@dataclass(frozen=True)
class Line:
	"""What is used or spent per month at the start, and how it moves: percent a year, factor per calendar month."""

	start: float
	growth: float
	season: dict[int, float]
	months: list[tuple[int, int]]
	lot: float

	def values(self, chance: random.Random) -> Iterator[tuple[str, float]]:
		for index, (year, month) in enumerate(self.months):
			level = self.start * (1 + self.growth / 100) ** (index / 12) * self.season.get(month, 1)
			if self.growth:
				level *= 1 + chance.uniform(-CHANCE, CHANCE)
			yield f"{year}-{month:02d}", round(level / self.lot) * self.lot


# offering: (unit, lot, growth, season, months, customer: units)
# fmt: off
USAGE = {
	"MAILBOX": ("Nos", 1, 6, FLAT, MONTHS, {"Retail": 180, "Logistics": 120, "Manufacturing": 160, "Headquarters": 70, "Field Service": 45, "Academy": 20, "Lakeside Clinic": 60, "Copper Kettle": 25}),
	"SHOP-ORDER": ("Nos", 10, 18, CHRISTMAS, MONTHS, {"Retail": 21000, "Copper Kettle": 3200, "Tidewater Shipping": 900}),
	"PHONE": ("Nos", 1, -35, FLAT, MONTHS, {"Retail": 90, "Logistics": 60, "Manufacturing": 110, "Headquarters": 55}),
	"PAGE": ("Nos", 1000, -12, QUIET_SUMMER, MONTHS, {"Retail": 42000, "Manufacturing": 38000, "Headquarters": 30000, "Lakeside Clinic": 26000}),
	"DB-GB": ("Gigabyte", 1, 20, FLAT, MONTHS, {"Retail": 900, "Manufacturing": 700, "Granite Bank": 800, "Tidewater Shipping": 300}),
	"PAYSLIP": ("Nos", 1, 2, FLAT, MONTHS, {"Retail": 320, "Logistics": 240, "Manufacturing": 380, "Headquarters": 90, "Field Service": 60}),
	"DEVICE": ("Nos", 1, 15, FLAT, MONTHS, {"Retail": 240, "Logistics": 150, "Manufacturing": 210, "Headquarters": 80, "Granite Bank": 130}),
	"COURSE": ("Nos", 1, 25, HOLIDAYS, MONTHS, {"Academy": 30, "Headquarters": 12, "Manufacturing": 18, "Lakeside Clinic": 10}),
	"FAX-PAGE": ("Nos", 100, -40, FLAT, UNTIL_JUNE_2025, {"Logistics": 4000, "Lakeside Clinic": 3000}),
	"VM-HOUR": ("Hour", 20, 4, FLAT, BEFORE_SAMPLE, {"Retail": 2000, "Logistics": 1400, "Manufacturing": 9800, "Harbour Foods": 700}),
	"TICKET": ("Nos", 1, -4, WINTER, BEFORE_SAMPLE, {"Retail": 30, "Logistics": 20, "Manufacturing": 26, "Headquarters": 10, "Blue Orchard": 10}),
	"EDI-MESSAGE": ("Nos", 1000, 12, CHRISTMAS, BEFORE_SAMPLE, {"Retail": 9000, "Logistics": 2300}),
	"STORAGE-GB": ("Gigabyte", 10, 15, FLAT, BEFORE_SAMPLE, {"Retail": 2000, "Harbour Foods": 1300}),
}
EXTERNAL = {"Lakeside Clinic", "Copper Kettle", "Tidewater Shipping", "Granite Bank", "Harbour Foods", "Blue Orchard"}
OPS, APPS = "Service Operations", "Applications"
# (service, account, cost center, start, growth, season, months); without a service it is shared
COST = [
	("MAIL", "Software Licences", APPS, 1500, 8, FLAT, MONTHS),
	("MAIL", "IT Salaries", APPS, 600, 3, FLAT, MONTHS),
	("SHOP", "Cloud Services", APPS, 1200, 16, CHRISTMAS, MONTHS),
	("SHOP", "IT Salaries", APPS, 900, 4, FLAT, MONTHS),
	("TELEPHONY", "Network Lines", OPS, 2300, 4, FLAT, MONTHS),
	("TELEPHONY", "IT Salaries", OPS, 500, 3, FLAT, MONTHS),
	("PRINT", "Printing Costs", OPS, 2300, -6, QUIET_SUMMER, MONTHS),
	("DATABASE", "Data Centre Costs", OPS, 420, 10, FLAT, MONTHS),
	("DATABASE", "Software Licences", OPS, 380, 10, FLAT, MONTHS),
	("PAYROLL", "Software Licences", APPS, 1550, 3, FLAT, MONTHS),
	("PAYROLL", "IT Salaries", APPS, 700, 3, FLAT, MONTHS),
	("SECURITY", "Software Licences", OPS, 2200, 12, FLAT, MONTHS),
	("SECURITY", "IT Salaries", OPS, 1100, 5, FLAT, MONTHS),
	("TRAINING", "IT Salaries", APPS, 2900, 10, FLAT, MONTHS),
	("TRAINING", "Cloud Services", APPS, 320, 20, FLAT, MONTHS),
	("FAX", "Network Lines", OPS, 450, 0, FLAT, UNTIL_JUNE_2025),
	("ERP", "IT Salaries", APPS, 5600, 3, FLAT, BEFORE_SAMPLE),
	("ERP", "Software Licences", APPS, 3700, 4, FLAT, BEFORE_SAMPLE),
	("HOSTING", "Data Centre Costs", OPS, 1020, 1, FLAT, BEFORE_SAMPLE),
	("IDENTITY", "Software Licences", OPS, 290, 3, FLAT, BEFORE_SAMPLE),
	("NETWORK", "Network Lines", OPS, 950, 2, FLAT, BEFORE_SAMPLE),
	("SERVICE-DESK", "IT Salaries", OPS, 2250, 3, WINTER, BEFORE_SAMPLE),
	("STORAGE", "Data Centre Costs", OPS, 550, 4, FLAT, BEFORE_SAMPLE),
	("EDI", "Software Licences", APPS, 200, 2, FLAT, BEFORE_SAMPLE),
	("", "IT Salaries", OPS, 1450, 2, FLAT, BEFORE_SAMPLE),
	("", "Office Rent", APPS, 800, 0, FLAT, BEFORE_SAMPLE),
	("", "Office Rent", OPS, 1200, 0, FLAT, BEFORE_SAMPLE),
	("", "Software Licences", OPS, 290, 2, FLAT, BEFORE_SAMPLE),
	("", "Travel Expenses", APPS, 120, 5, QUIET_SUMMER, BEFORE_SAMPLE),
]
# fmt: on


def main() -> None:
	"""Write the three files."""
	chance = random.Random(SEED)
	usage = [
		(offering, name if name in EXTERNAL else f"Northwind {name}", f"{month}-15", unit, f"{quantity:g}")
		for offering, (unit, lot, growth, season, months, customers) in USAGE.items()
		for name, start in customers.items()
		for month, quantity in Line(start, growth, season, months, lot).values(chance)
		if quantity
	]
	costs = [
		(month, service, account, center, f"{amount:.2f}")
		for service, account, center, start, growth, season, months in COST
		for month, amount in Line(start, growth, season, months, 0.05).values(chance)
	]
	_write(
		"usage.csv", "offering,customer,date,unit,quantity", sorted(usage, key=lambda row: (row[2], row[:2]))
	)
	direct = sorted(row for row in costs if row[1])
	_write("direct_costs.csv", "month,service,account,cost_center,amount", direct)
	shared = sorted((month, *rest) for month, service, *rest in costs if not service)
	_write("shared_costs.csv", "month,account,cost_center,amount", shared)


def _write(name: str, header: str, rows: list[tuple]) -> None:
	with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
		writer = csv.writer(file, lineterminator="\n")
		writer.writerow(header.split(","))
		writer.writerows(rows)


if __name__ == "__main__":
	main()
