"""Charges as rows of a FOCUS 1.2 cost and usage data set (FM-13): https://focus.finops.org, specification 1.2.

The company that delivers is provider, publisher and invoice issuer; the customer is the billing account, its cost
center the sub account. What is only shown is billed with 0 and keeps its cost. Columns of our own begin with ``x_``.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from itil_strategy.domain.periods import Period, month_period

ZERO, ONE = Decimal(0), Decimal(1)
PRICE_DECIMALS = 9
USAGE, PURCHASE, CREDIT = "Usage", "Purchase", "Credit"
CORRECTION = "Correction"
OTHER_CATEGORY, OTHER_SUBCATEGORY = "Other", "Other (Other)"
MONTHS = "Months"
COLUMNS = (
	"BilledCost",
	"BillingAccountId",
	"BillingAccountName",
	"BillingCurrency",
	"BillingPeriodEnd",
	"BillingPeriodStart",
	"ChargeCategory",
	"ChargeClass",
	"ChargeDescription",
	"ChargeFrequency",
	"ChargePeriodEnd",
	"ChargePeriodStart",
	"CommitmentDiscountStatus",
	"ConsumedQuantity",
	"ConsumedUnit",
	"ContractedCost",
	"EffectiveCost",
	"InvoiceId",
	"InvoiceIssuerName",
	"ListCost",
	"PricingCurrency",
	"PricingCurrencyContractedUnitPrice",
	"PricingCurrencyEffectiveCost",
	"PricingCurrencyListUnitPrice",
	"PricingQuantity",
	"PricingUnit",
	"ProviderName",
	"PublisherName",
	"ServiceCategory",
	"ServiceName",
	"ServiceSubcategory",
	"SkuId",
	"SubAccountId",
	"SubAccountName",
	"x_ChargeId",
	"x_ChargingRun",
	"x_ChargingPolicy",
	"x_CorrectsChargeId",
	"x_Mode",
	"x_PriceDetail",
	"x_ServiceId",
)
# ERPNext's units by the names that FOCUS asks for; any other unit keeps its name.
UNITS = {
	"Nos": "Count",
	"Unit": "Count",
	"Second": "Seconds",
	"Minute": "Minutes",
	"Hour": "Hours",
	"Day": "Days",
	"Month": MONTHS,
	"Year": "Years",
	"Byte": "B",
	"Kilobyte": "KB",
	"Megabyte": "MB",
	"Gigabyte": "GB",
	"Terabyte": "TB",
}


@dataclass(frozen=True, slots=True)
class FocusCharge:
	"""One published charge; amounts are signed, `amount` in company currency, `price_amount` in `currency`."""

	name: str
	customer: str
	customer_name: str
	service: str
	service_name: str
	offering: str
	offering_name: str
	month: date
	kind: str
	mode: str
	quantity: Decimal
	uom: str
	currency: str
	price_amount: Decimal
	amount: Decimal
	policy: str
	cost_center: str | None = None
	voucher: str | None = None
	reason: str | None = None
	corrects: str | None = None
	corrected_kind: str | None = None
	is_promised_credit: bool = False
	price_detail: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
	"""What all rows of a run share."""

	run: str
	company: str
	currency: str
	period: Period


def focus_rows(bill: Bill, charges: Iterable[FocusCharge]) -> list[dict[str, str]]:
	"""One row per charge, in the order given; every value is text, an empty one is null."""
	return [_row(bill, charge) for charge in charges]


def to_csv(rows: Iterable[dict[str, str]]) -> str:
	"""The rows with their header, as RFC 4180 has it."""
	buffer = io.StringIO()
	writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
	writer.writeheader()
	writer.writerows(rows)
	return buffer.getvalue()


def _row(bill: Bill, charge: FocusCharge) -> dict[str, str]:
	category = _category(charge)
	is_correction = charge.kind == "Correction" and category != CREDIT
	month = month_period(charge.month)
	priced, consumed = _quantities(charge, category, is_correction)
	cost = _number(charge.amount)
	unit_price = _unit_price(charge, category, is_correction)
	values = {
		"BilledCost": cost if charge.mode == "Chargeback" else _number(ZERO),
		"BillingAccountId": charge.customer,
		"BillingAccountName": charge.customer_name,
		"BillingCurrency": bill.currency,
		"BillingPeriodEnd": _moment(bill.period.end),
		"BillingPeriodStart": _moment(bill.period.start),
		"ChargeCategory": category,
		"ChargeClass": CORRECTION if is_correction else "",
		"ChargeDescription": _description(charge),
		"ChargeFrequency": _frequency(charge, category),
		"ChargePeriodEnd": _moment(month.end),
		"ChargePeriodStart": _moment(month.start),
		"CommitmentDiscountStatus": "",
		"ConsumedQuantity": consumed[0],
		"ConsumedUnit": consumed[1],
		"ContractedCost": cost,
		"EffectiveCost": cost,
		"InvoiceId": charge.voucher or "",
		"InvoiceIssuerName": bill.company,
		"ListCost": cost,
		"PricingCurrency": charge.currency,
		"PricingCurrencyContractedUnitPrice": unit_price,
		"PricingCurrencyEffectiveCost": _number(charge.price_amount),
		"PricingCurrencyListUnitPrice": unit_price,
		"PricingQuantity": priced[0],
		"PricingUnit": priced[1],
		"ProviderName": bill.company,
		"PublisherName": bill.company,
		"ServiceCategory": OTHER_CATEGORY,
		"ServiceName": charge.service_name,
		"ServiceSubcategory": OTHER_SUBCATEGORY,
		"SkuId": charge.offering,
		"SubAccountId": charge.cost_center or "",
		"SubAccountName": charge.cost_center or "",
		"x_ChargeId": charge.name,
		"x_ChargingRun": bill.run,
		"x_ChargingPolicy": charge.policy,
		"x_CorrectsChargeId": charge.corrects or "",
		"x_Mode": charge.mode,
		"x_PriceDetail": json.dumps(json.loads(charge.price_detail)) if charge.price_detail else "",
		"x_ServiceId": charge.service,
	}
	return {column: values[column] for column in COLUMNS}


def _category(charge: FocusCharge) -> str:
	"""A correction is of the category of what it corrects; a credit that was promised is its own."""
	if charge.is_promised_credit:
		return CREDIT
	kind = charge.corrected_kind if charge.kind == "Correction" else charge.kind
	return PURCHASE if kind == "Fixed" else USAGE


def _frequency(charge: FocusCharge, category: str) -> str:
	if charge.kind == "Correction":
		return "One-Time"
	return "Recurring" if category == PURCHASE else "Usage-Based"


def _quantities(
	charge: FocusCharge, category: str, is_correction: bool
) -> tuple[tuple[str, str], tuple[str, str]]:
	"""(priced quantity and unit), (consumed quantity and unit); a correction is of money, so nothing is used."""
	nothing = ("", "")
	if category == CREDIT:
		return nothing, nothing
	if category == PURCHASE:
		return (_number(ZERO if is_correction else ONE), MONTHS), nothing
	used = (_number(ZERO if is_correction else charge.quantity), UNITS.get(charge.uom, charge.uom))
	return used, used


def _unit_price(charge: FocusCharge, category: str, is_correction: bool) -> str:
	"""On average, 0 where there is none: tiers and minimums are in ``x_PriceDetail``. Null for money alone."""
	if is_correction or category == CREDIT:
		return ""
	quantity = ONE if category == PURCHASE else charge.quantity
	price = charge.price_amount / quantity if quantity else ZERO
	return _number(round(max(price, ZERO), PRICE_DECIMALS))


def _description(charge: FocusCharge) -> str:
	text = f"{charge.offering_name}, {charge.month:%Y-%m}"
	return f"{text}: {charge.reason}" if charge.reason else text


def _moment(day: date) -> str:
	return f"{day.isoformat()}T00:00:00Z"


def _number(value: Decimal) -> str:
	"""Always with a decimal: a column of whole numbers would be read as one of integers."""
	text = f"{value.normalize():f}" if value else "0"
	return text if "." in text else f"{text}.0"
