"""The sample organisation charged without ERPNext. Every figure is computed by hand from the files in fixtures/."""

from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from itil_strategy.domain.charging import Charge
from itil_strategy.domain.pricing import METHODS
from itil_strategy.domain.statement import Statement
from itil_strategy.preview.command import preview_sample
from itil_strategy.preview.job import PreviewResult
from itil_strategy.preview.sample import load_sample

RETAIL, LOGISTICS, MANUFACTURING, HEADQUARTERS = (
	f"Northwind {name}" for name in ("Retail", "Logistics", "Manufacturing", "Headquarters")
)
HARBOUR, ORCHARD = "Harbour Foods", "Blue Orchard"


@cache
def result() -> PreviewResult:
	return preview_sample()


def statement() -> Statement:
	return result().statement()


def charge(customer: str, offering: str, month: int, policy: str = "", late: bool = False) -> Charge:
	(found,) = [
		charge
		for _run, charge in result().charges
		if (charge.customer, charge.offering, charge.month) == (customer, offering, date(2026, month, 1))
		and charge.is_late == late
		and charge.policy.startswith(policy)
	]
	return found


@pytest.mark.parametrize(
	("customer", "offering", "month", "policy", "quantity", "amount"),
	[
		# Per Unit, the price changes on 16 February
		(RETAIL, "TICKET", 1, "", "40", "720.00"),  # 40 x 18.00
		(RETAIL, "TICKET", 2, "Tickets to", "18", "324.00"),  # 18 x 18.00
		(RETAIL, "TICKET", 2, "Tickets from", "22", "429.00"),  # 22 x 19.50
		# a customer's own price with a minimum
		(ORCHARD, "TICKET", 1, "", "14", "336.00"),  # 14 x 24.00
		(ORCHARD, "TICKET", 2, "", "0", "240.00"),  # no ticket: the minimum
		(ORCHARD, "TICKET", 3, "", "8", "240.00"),  # 8 x 24.00 = 192.00 is below it
		(HARBOUR, "VM-HOUR", 1, "", "744", "63.24"),  # 744 x 0.085
		# Graduated: 0.12 to 1,000, 0.09 to 5,000, then 0.06; at least 60.00
		(RETAIL, "STORAGE-GB", 1, "", "5200", "492.00"),  # 120.00 + 4,000 x 0.09 + 200 x 0.06
		(MANUFACTURING, "STORAGE-GB", 2, "", "1200", "138.00"),  # 120.00 + 200 x 0.09
		(HEADQUARTERS, "STORAGE-GB", 1, "", "400", "60.00"),  # 48.00 is below the minimum
		(HEADQUARTERS, "STORAGE-GB", 3, "", "520", "62.40"),  # 520 x 0.12
		# Volume: 0.11 below 2,000, 0.09 below 10,000, then 0.07
		(LOGISTICS, "VM-HOUR", 1, "", "1488", "163.68"),  # 1,488 x 0.11
		(RETAIL, "VM-HOUR", 1, "", "2232", "200.88"),  # 2,232 x 0.09
		(MANUFACTURING, "VM-HOUR", 1, "", "10416", "729.12"),  # 10,416 x 0.07
		(MANUFACTURING, "VM-HOUR", 2, "", "9408", "846.72"),  # 9,408 x 0.09: fewer hours, more money
		# Package: 15.00 per begun thousand
		(RETAIL, "EDI-MESSAGE", 1, "", "11800", "180.00"),  # 12 packages
		(LOGISTICS, "EDI-MESSAGE", 1, "", "3000", "45.00"),  # exactly 3
		(LOGISTICS, "EDI-MESSAGE", 2, "", "3001", "60.00"),  # a fourth is begun
		# Fixed Fee
		(RETAIL, "SITE-LINK", 1, "", "0", "450.00"),
		(LOGISTICS, "SITE-LINK", 2, "", "0", "420.71"),  # 620.00 x 19/28 = 420.714...
		# Cost: January's 10,000.00 over 120 users; February's 10,200.00 over 121; March's 9,980.00 over 122
		(RETAIL, "ERP-USER", 1, "", "30", "2500.00"),  # 10,000 x 30/120
		(LOGISTICS, "ERP-USER", 1, "", "20", "1666.67"),  # 1,666.666...: largest remainder, rounded up
		(HEADQUARTERS, "ERP-USER", 1, "", "25", "2083.33"),  # 2,083.333...
		(MANUFACTURING, "ERP-USER", 2, "", "45", "3793.39"),  # 3,793.388...: remainder 0.84 of a cent, up
		(HEADQUARTERS, "ERP-USER", 2, "", "25", "2107.44"),  # 2,107.438...: remainder 0.80 of a cent, up
		(RETAIL, "ERP-USER", 2, "", "31", "2613.22"),  # 2,613.223...
		(MANUFACTURING, "ERP-USER", 3, "", "44", "3599.35"),  # 3,599.344...: largest remainder of March, up
		# Cost Plus 8 percent: February's 4,000.00 over 80 hours, March's 4,100.00 over 90
		(RETAIL, "ANALYTICS-HOUR", 2, "", "60", "3240.00"),  # 4,320.00 x 60/80
		(HEADQUARTERS, "ANALYTICS-HOUR", 3, "", "40", "1968.00"),  # 4,428.00 x 40/90
		# None: shown without a price
		(RETAIL, "ACCOUNT", 1, "", "310", "0.00"),
		# the cloud bill in US dollars, 1.05 per dollar, 0.92 euros each
		(RETAIL, "CLOUD-SPEND", 3, "", "412.8", "398.76"),  # 433.44 USD = 398.7648
		(LOGISTICS, "CLOUD-SPEND", 3, "", "98.115", "94.78"),  # 103.02075 = 103.02 USD = 94.7784
		(MANUFACTURING, "CLOUD-SPEND", 3, "", "150.35", "145.24"),  # 157.8675 = 157.87 USD = 145.2404
	],
)
def test_charges_by_hand(customer, offering, month, policy, quantity, amount):
	found = charge(customer, offering, month, policy)
	assert (found.quantity, found.amount) == (Decimal(quantity), Decimal(amount))


def test_late_usage_of_january_arrives_in_march():
	late = charge(RETAIL, "EDI-MESSAGE", 1, late=True)
	assert (late.quantity, late.amount) == (400, Decimal("15.00"))  # 12,200 are 13 packages, 12 were charged
	assert [run.period.start.month for run, charge in result().charges if charge.is_late] == [3]


def test_totals_by_hand():
	assert statement().by_customer == {
		# 336.00 + 240.00 + 240.00
		ORCHARD: {"Chargeback": Decimal("816.00"), "Showback": 0},
		# 63.24 + 57.12 + 126.48
		HARBOUR: {"Chargeback": Decimal("246.84"), "Showback": 0},
		# 2,359.33 + 3,473.94 + 4,270.48
		HEADQUARTERS: {"Chargeback": Decimal("10103.75"), "Showback": 0},
		# showback in January: 45.00 + 1,666.67 + 163.68 + 450.00; then 2,803.50 + 3,269.13
		LOGISTICS: {"Chargeback": Decimal("6072.63"), "Showback": Decimal("2325.35")},
		# 5,121.12 + 5,360.11 + 5,264.21
		MANUFACTURING: {"Chargeback": 0, "Showback": Decimal("15745.44")},
		# 4,557.88 (with 15.00 late) + 7,924.66 + 7,646.04
		RETAIL: {"Chargeback": Decimal("20128.58"), "Showback": 0},
	}
	assert statement().total == Decimal("55438.59")


def test_costs_are_charged_in_full():
	costs = {1: "10000.00", 2: "10200.00", 3: "9980.00"}
	for month, cost in costs.items():
		rows = [row for row in statement().rows if row.offering == "ERP-USER" and row.month.month == month]
		assert sum(row.amount for row in rows) == Decimal(cost)


def test_the_sample_has_every_method_and_no_obstacle():
	organisation, runs = load_sample()
	assert {policy.method for policy in organisation.policies} == set(METHODS)
	assert result().obstacles == []
	assert result().later == {}
	assert [usage.summary.rows for usage in result().files] == [66, 70, 88, 11]
	assert len(runs) == 3


def test_the_statement_of_one_run():
	march = result().statement(load_sample()[1][2].period)
	assert sum(row.is_late for row in march.rows) == 1
	# Retail's March with the late 15.00
	assert march.by_customer[RETAIL]["Chargeback"] == Decimal("7661.04")


def test_names_in_the_sample_belong_together():
	organisation, _runs = load_sample()
	services, offerings = organisation.services.keys(), organisation.offerings
	assert {terms.service for terms in offerings.values()} <= services
	assert {policy.service for policy in organisation.policies} <= services
	assert {policy.offering for policy in organisation.policies} - {None} <= offerings.keys()
	assert {policy.customer for policy in organisation.policies} - {None} <= organisation.customers
	assert {service for service, _month in organisation.costs} <= services
	assert {key[0] for usage in result().files for key in usage.sums} <= organisation.customers
