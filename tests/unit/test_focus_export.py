"""FM-13: charges as FOCUS 1.2 rows, judged by hand and by FOCUS's own validator."""

import csv
import io
import json
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.charging import Charge
from itil_strategy.domain.focus_export import COLUMNS, Bill, FocusCharge, focus_rows, to_csv
from itil_strategy.domain.periods import Period
from itil_strategy.preview.command import preview_sample
from tests.focus_validator import failed_rules, find_validator

JANUARY = date(2026, 1, 1)
BILL = Bill("CR-2026-00001", "Northwind IT", "EUR", Period(JANUARY, date(2026, 2, 1)))

# Rules that a right file can break, and why; docs/focus-export.md says the same.
EXPECTED = {
	# Takes every purchase for one that covers future charges. A monthly fee covers its own month.
	"EffectiveCost-C-005-C",
	# "Null without an invoice" and "not null with one" are each judged over the whole file: one of the two always fails.
	"InvoiceId-C-004-C",
	"InvoiceId-C-005-C",
	# Their parents, in a file that has both posted and merely shown charges.
	"InvoiceId-C-003-C",
	"InvoiceId-C-000-O",
}


def charge(number: int = 1, **values) -> FocusCharge:
	defaults = {
		"name": str(number),
		"customer": "Retail",
		"customer_name": "Northwind Retail",
		"service": "MAIL",
		"service_name": "Mail",
		"offering": "MAILBOX",
		"offering_name": "Mailbox",
		"month": JANUARY,
		"kind": "Usage",
		"mode": "Chargeback",
		"quantity": D(5),
		"uom": "Nos",
		"currency": "EUR",
		"price_amount": D("12.50"),
		"amount": D("12.50"),
		"policy": "Mailboxes",
		"cost_center": "Retail - N",
		"voucher": "ACC-JV-1",
		"price_detail": json.dumps([{"label": "per unit", "quantity": "5"}]),
	}
	return FocusCharge(**defaults | values)


def every_kind() -> list[FocusCharge]:
	return [
		charge(1),
		charge(2, kind="Fixed", quantity=D(0)),
		charge(
			3,
			kind="Correction",
			amount=D(-3),
			price_amount=D(-3),
			quantity=D(0),
			corrected_kind="Usage",
			corrects="1",
			reason="Two left",
			month=date(2025, 12, 1),
		),
		charge(
			4, kind="Correction", amount=D(-3), price_amount=D(-3), quantity=D(0), is_promised_credit=True
		),
		charge(5, kind="Correction", amount=D(-3), price_amount=D(-3), quantity=D(0), corrected_kind="Fixed"),
		charge(
			6,
			customer="Harbour",
			customer_name="Harbour Foods",
			cost_center=None,
			voucher="SINV-1",
			currency="USD",
			price_amount=D(20),
			amount=D(18),
		),
		charge(7, amount=D("-1.5"), price_amount=D("-1.5"), quantity=D(1), month=date(2025, 12, 1)),
		charge(8, quantity=D(0), uom="Gigabyte"),
	]


def row(**values) -> dict[str, str]:
	return focus_rows(BILL, [charge(**values)])[0]


def test_a_row_by_hand():
	found = row()
	assert {
		name: found[name] for name in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
	} == dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "12.5")
	assert (found["BillingPeriodStart"], found["BillingPeriodEnd"]) == (
		"2026-01-01T00:00:00Z",
		"2026-02-01T00:00:00Z",
	)
	assert (found["ChargePeriodStart"], found["ChargePeriodEnd"]) == (
		"2026-01-01T00:00:00Z",
		"2026-02-01T00:00:00Z",
	)
	assert (found["ChargeCategory"], found["ChargeClass"], found["ChargeFrequency"]) == (
		"Usage",
		"",
		"Usage-Based",
	)
	assert (found["ConsumedQuantity"], found["ConsumedUnit"]) == ("5.0", "Count")
	assert (found["PricingQuantity"], found["PricingUnit"], found["PricingCurrencyListUnitPrice"]) == (
		"5.0",
		"Count",
		"2.5",
	)
	assert (found["BillingAccountId"], found["BillingAccountName"], found["SubAccountId"]) == (
		"Retail",
		"Northwind Retail",
		"Retail - N",
	)
	assert found["ProviderName"] == found["PublisherName"] == found["InvoiceIssuerName"] == "Northwind IT"
	assert found["ChargeDescription"] == "Mailbox, 2026-01"


def test_what_is_only_shown_is_billed_with_nothing_and_keeps_its_cost():
	found = row(mode="Showback", voucher=None)
	assert (found["BilledCost"], found["EffectiveCost"], found["InvoiceId"]) == ("0.0", "12.5", "")


def test_a_fee_is_a_recurring_purchase():
	found = row(kind="Fixed", quantity=D(0))
	assert (found["ChargeCategory"], found["ChargeFrequency"]) == ("Purchase", "Recurring")
	assert (found["PricingQuantity"], found["PricingUnit"], found["ConsumedQuantity"]) == (
		"1.0",
		"Months",
		"",
	)


def test_a_correction_is_of_the_category_it_corrects_and_a_promised_credit_its_own():
	found = row(kind="Correction", corrected_kind="Usage", reason="Two left", amount=D(-3), quantity=D(0))
	assert (found["ChargeCategory"], found["ChargeClass"], found["ChargeFrequency"]) == (
		"Usage",
		"Correction",
		"One-Time",
	)
	assert found["ChargeDescription"] == "Mailbox, 2026-01: Two left"
	assert row(kind="Correction", corrected_kind="Fixed")["ChargeCategory"] == "Purchase"
	credit = row(kind="Correction", is_promised_credit=True)
	assert (credit["ChargeCategory"], credit["ChargeClass"], credit["PricingQuantity"]) == ("Credit", "", "")


def test_prices_in_another_currency_keep_it():
	found = row(currency="USD", price_amount=D(20), amount=D(18))
	assert (found["BillingCurrency"], found["PricingCurrency"]) == ("EUR", "USD")
	assert (found["BilledCost"], found["PricingCurrencyEffectiveCost"]) == ("18.0", "20.0")


@given(st.lists(st.integers(-(10**9), 10**9), max_size=20))
def test_no_cent_is_lost(cents):
	charges = [charge(number, amount=D(amount).scaleb(-2)) for number, amount in enumerate(cents)]
	rows = list(csv.DictReader(io.StringIO(to_csv(focus_rows(BILL, charges)))))
	assert sum((D(row["BilledCost"]) for row in rows), D(0)) == sum(
		(charge.amount for charge in charges), D(0)
	)
	assert all(tuple(row) == COLUMNS for row in rows)


def test_text_of_strangers_stays_in_its_cell():
	text = 'a "quoted", one\nand more'
	(found,) = csv.DictReader(io.StringIO(to_csv([row(reason=text)]), newline=""))
	assert found["ChargeDescription"].endswith(text)


def sample_charges() -> list[FocusCharge]:
	"""The charges of the sample organisation, as a site exports them."""
	return [
		from_charge(number, charge) for number, (_run, charge) in enumerate(preview_sample().charges, start=1)
	]


def from_charge(number: int, charge: Charge) -> FocusCharge:
	return FocusCharge(
		name=str(number),
		customer=charge.customer,
		customer_name=charge.customer,
		service=charge.service,
		service_name=charge.service,
		offering=charge.offering,
		offering_name=charge.offering,
		month=charge.month,
		kind=charge.kind,
		mode=charge.mode,
		quantity=charge.quantity,
		uom=charge.uom,
		currency=charge.currency,
		price_amount=charge.price_amount,
		amount=charge.amount,
		policy=charge.policy,
		cost_center=charge.cost_center,
	)


@pytest.fixture(scope="module")
def validator() -> None:
	"""Found or installed once; where it cannot be had the judgement is skipped."""
	if find_validator() is None:
		pytest.skip("focus-validator needs Python 3.12 or 3.13 and its package from the index")


def judge(tmp_path: Path, text: str) -> set[str]:
	path = tmp_path / "export.csv"
	path.write_text(text, encoding="utf-8", newline="")
	return failed_rules(path)


@pytest.mark.usefixtures("validator")
def test_the_validator_accepts_every_kind_of_charge(tmp_path):
	failed = judge(tmp_path, to_csv(focus_rows(BILL, every_kind())))
	assert failed == {"EffectiveCost-C-005-C", "InvoiceId-C-004-C"}


@pytest.mark.usefixtures("validator")
def test_the_validator_accepts_posted_usage_but_for_one_half_of_an_either_or(tmp_path):
	assert judge(tmp_path, to_csv(focus_rows(BILL, [charge(1), charge(2)]))) == {"InvoiceId-C-004-C"}


@pytest.mark.usefixtures("validator")
def test_the_validator_accepts_the_sample_organisation(tmp_path):
	charges = sample_charges()
	assert len(charges) > 20
	failed = judge(tmp_path, to_csv(focus_rows(BILL, charges)))
	assert failed <= EXPECTED
	posted = [
		charge(number, mode=row.mode, voucher="JV" if row.mode == "Chargeback" else None)
		for number, row in enumerate(charges)
	]
	assert judge(tmp_path, to_csv(focus_rows(BILL, posted))) <= EXPECTED


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize(
	("column", "value", "rule"),
	[
		("ChargeCategory", "Fee", "ChargeCategory-C-003-M"),
		("BilledCost", "", "BilledCost-C-003-M"),
		("BillingCurrency", "Euro", "BillingCurrency-C-003-M"),
		("ChargePeriodStart", "01.01.2026", "ChargePeriodStart-C-002-M"),
		("ServiceCategory", "Mail", "ServiceCategory-C-003-M"),
		(None, None, "CostAndUsage-D-006-M"),
	],
)
def test_the_validator_sees_a_broken_file(tmp_path, column, value, rule):
	rows = focus_rows(BILL, every_kind())
	text = to_csv([{**row, **({column: value} if column else {})} for row in rows])
	if column is None:
		text = text.replace("BilledCost", "x_BilledCost", 1)
	assert rule in judge(tmp_path, text)
