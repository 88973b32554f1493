"""Refusals of the domain: one class per rule, each with a full sentence that says what, where and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itil_strategy.domain.text import make_text


class DomainError(ValueError):
	"""Base of every refusal; `row` and `field` say where, when there is a place."""

	def __init__(self, message: str, row: int | None = None, field: str | None = None):
		super().__init__(message)
		self.message = message
		self.row = row
		self.field = field


class RoundingError(DomainError):
	"""A total cannot be split: weights are all zero or one is negative (FM-3)."""


class TierError(DomainError):
	"""Tiers are not contiguous from zero (FM-9)."""


class PricingError(DomainError):
	"""A quantity cannot be priced by the policy (FM-9)."""


class PolicyMissingError(DomainError):
	"""No charging policy is valid for the usage (FM-9)."""


class CorrectionTooLargeError(DomainError):
	"""A correction would take off more than remains of the charge (FM-10)."""


class FormulaError(DomainError):
	"""A formula is no plain arithmetic over the known variables, or has no value (FM-7, FM-9).

	`text` is the sentence to translate, `position` counts the signs of the formula from 1; `name` is the unknown
	variable, if that is what is wrong.
	"""

	def __init__(self, template: str, *values: object, position: int, name: str | None = None):
		self.text = make_text(template, values)
		super().__init__(str(self.text), field="formula")
		self.position = position
		self.name = name


class RateMissingError(DomainError):
	"""There is no exchange rate for the day."""


class BudgetPlanError(DomainError):
	"""A plan of amounts by account and month cannot be used as it is (FM-5)."""


class PolicyOverlapError(DomainError):
	"""Two policies of equal exactness are valid on the same day; `names` has both (FM-9)."""

	def __init__(self, names: tuple[str, str]):
		super().__init__(
			f"Policies {names[0]} and {names[1]} are equally exact and valid on the same day. End one before the other starts."
		)
		self.names = names


@dataclass(frozen=True, slots=True)
class RowError:
	"""What is wrong with one row of a file.

	`row` counts as a spreadsheet shows it: the header is row 1, the first row of data row 2 (in Parquet
	too); 0 stands for the file as a whole. `field` is the column's name in the file, or empty.
	"""

	row: int
	field: str
	message: str


class UsageFileError(DomainError):
	"""A usage file is refused as a whole; `errors` lists bad rows (up to 1,000), `count` says how many there are."""

	def __init__(self, errors: Sequence[RowError], count: int | None = None):
		self.errors = list(errors)
		self.count = len(self.errors) if count is None else count
		first = self.errors[0]
		where = f"Row {first.row}, {first.field}: " if first.row else ""
		more = f" ({self.count - 1} more)" if self.count > 1 else ""
		super().__init__(f"{where}{first.message}{more}", first.row or None, first.field or None)
