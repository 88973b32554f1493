"""The allocation of the sample: totals by hand from the files, services against exact fractions of the same files."""

import csv
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from itil_strategy.domain.allocation_types import Kind
from itil_strategy.preview.allocation import allocate_sample, allocation_rows
from itil_strategy.preview.sample import load_sample, sample_folder
from tests.unit import allocation_solver as judge

MONTHS = ("2026-01", "2026-02", "2026-03")


def table(name: str) -> list[dict]:
	with (sample_folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
		return list(csv.DictReader(file))


def allocations() -> dict:
	organisation, runs = load_sample()
	months = [run.period.start for run in runs]
	return allocate_sample(organisation.sample_costs, organisation.services, months, 2)


def test_totals_by_hand():
	(*_rows, (name, total)) = allocation_rows(allocations(), {})
	# Direct 15,540.00 + 19,740.00 + 20,333.36, travel 145.50 + 89.20; rent 6,000, management 4,560, licences 900
	assert (name, total[0], total[1], total[4]) == (
		"Total",
		Decimal("55848.06"),
		Decimal("11460.00"),
		Decimal("67308.06"),
	)
	idle = [allocation.total(Kind.IDLE) for _month, allocation in sorted(allocations().items())]
	# Of 40 desks 30, 34 and 36 are used: 10, 6 and 4 of 40 times 2,000.
	assert idle == [500, 300, 200]


def test_every_service_against_exact_fractions():
	"""Pools and the network worked out again from the files, month by month."""
	started = {row["service"]: row["operational_from"][:7] for row in table("services")}
	found = {f"{month:%Y-%m}": allocation for month, allocation in allocations().items()}
	for month in MONTHS:
		services = [name for name, first in started.items() if first <= month]
		own = dict.fromkeys(services, Fraction(0))
		for row in table("direct_costs"):
			if row["month"] == month:
				own[row["service"]] += Fraction(row["amount"])
		direct = dict(own)
		shared: dict[str, Fraction] = defaultdict(Fraction)
		for row in table("shared_costs"):
			if row["month"] == month:
				shared[row["account"]] += Fraction(row["amount"])
		desks = {r["service"]: Fraction(r["value"]) for r in table("drivers") if r["month"] == month}
		for service in services:
			own[service] += shared["Office Rent"] * desks.get(service, 0) / 40
			own[service] += shared["IT Salaries"] * direct[service] / sum(direct.values())
		own["STORAGE"] += shared["Software Licences"] * Fraction(60, 100)
		own["HOSTING"] += shared["Software Licences"] * Fraction(40, 100)
		edges = {
			(row["depends_on"], row["service"]): Fraction(row["share"]) / 100
			for row in table("dependencies")
			if {row["service"], row["depends_on"]} <= set(services)
		}
		finals = judge.reciprocal_finals(own, edges)
		got = found[month].by_service(Kind.FINAL)
		assert set(got) == set(services)
		for service in services:
			# A cent of each pool's rounding and one of the network, per cost element.
			assert abs(Fraction(got[service]) - finals[service]) < Fraction("0.06"), (month, service)


def test_the_preview_prints_it_for_the_months_shown(preview):
	answer = preview.run("--month", "2026-02")
	assert answer.code == 0
	out = answer.out
	assert "Cost allocation 2026-02 to 2026-02 (reciprocal)" in out
	# 19,740.00 direct, 3,800.00 in pools
	(line,) = [
		line.split() for line in out.splitlines() if line.split()[:1] == ["Total"] and len(line.split()) == 6
	]
	assert line == ["Total", "19,740.00", "3,800.00", line[3], f"-{line[3]}", "23,540.00"]
