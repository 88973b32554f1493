"""Small usage files for tests, and short ways to read them."""

import csv
import io
import os
from pathlib import Path

import polars as pl
import pytest

from itil_strategy.domain.usage_file import FileSummary, UsageFileError, check_file, read_batches
from itil_strategy.domain.usage_layout import UsageLayout, own_layout

OWN_HEADER = ("offering", "customer", "date", "unit", "quantity", "reference")
FOCUS_1_0 = (
	"BilledCost",
	"BillingCurrency",
	"ChargeCategory",
	"ChargeClass",
	"ChargePeriodEnd",
	"ChargePeriodStart",
	"ConsumedQuantity",
	"ConsumedUnit",
	"EffectiveCost",
	"ListUnitPrice",
	"PricingQuantity",
	"PricingUnit",
	"ResourceId",
	"ServiceName",
	"SubAccountId",
	"Tags",
)
FOCUS_1_2 = (*FOCUS_1_0, "InvoiceId", "PricingCurrency", "PricingCurrencyEffectiveCost", "ServiceSubcategory")
FOCUS_ROW = {
	"BilledCost": "12.50",
	"BillingCurrency": "USD",
	"ChargeCategory": "Usage",
	"ChargeClass": "NULL",
	"ChargePeriodEnd": "2024-09-18 23:00:00",
	"ChargePeriodStart": "2024-09-18 22:00:00",
	"ConsumedQuantity": "2.000000000000000",
	"ConsumedUnit": "Requests",
	"EffectiveCost": "11.25",
	"ListUnitPrice": "6.25",
	"PricingQuantity": "0.002",
	"PricingUnit": "1K Requests",
	"ResourceId": "arn:1",
	"ServiceName": "Queue",
	"SubAccountId": "1001",
	"Tags": '{"team": "red", "env": "dev"}',
	"InvoiceId": "INV-1",
	"PricingCurrency": "USD",
	"PricingCurrencyEffectiveCost": "11.25",
	"ServiceSubcategory": "Messaging",
}


def own_row(number: int = 1, **values: str) -> dict[str, str]:
	"""A good row of the own layout."""
	row = ("Mail", "Acme", "2026-01-05", "GB", "1.5", f"R-{number}")
	return dict(zip(OWN_HEADER, row, strict=True)) | values


def write_csv(path: Path, rows: list[dict], header: tuple[str, ...] = OWN_HEADER) -> Path:
	"""Write rows as CSV, quoted where needed; missing values are empty cells."""
	buffer = io.StringIO(newline="")
	writer = csv.DictWriter(buffer, header, restval="", lineterminator="\n")
	writer.writeheader()
	writer.writerows(rows)
	path.write_bytes(buffer.getvalue().encode())
	return path


def write_text(path: Path, text: str | bytes) -> Path:
	path.write_bytes(text if isinstance(text, bytes) else text.encode())
	return path


def read_all(
	path: Path, layout: UsageLayout | None = None, batch_rows: int = 50_000
) -> tuple[FileSummary, pl.DataFrame]:
	"""Check a file and read it into one frame."""
	layout = layout or own_layout()
	summary = check_file(path, layout)
	batches = list(read_batches(path, layout, summary, batch_rows))
	assert all(batch.height == batch_rows for batch in batches[:-1])
	frame = pl.concat(batches)
	assert frame.height == summary.rows
	return summary, frame


def refused(path: Path, layout: UsageLayout | None = None, max_errors: int = 1_000) -> UsageFileError:
	"""The refusal of a file."""
	with pytest.raises(UsageFileError) as caught:
		check_file(path, layout or own_layout(), max_errors)
	return caught.value


def places(error: UsageFileError) -> list[tuple[int, str]]:
	"""(row, field) of the errors."""
	return [(row.row, row.field) for row in error.errors]


def focus_sample() -> Path:
	"""Real billing data that is not part of the project; the test is skipped without it."""
	beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "focus_sample.csv"
	path = Path(os.environ.get("ITIL_FOCUS_SAMPLE") or beside)
	if not path.exists():
		pytest.skip("the FOCUS sample is not here; set ITIL_FOCUS_SAMPLE to its path")
	return path
