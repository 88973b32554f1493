"""Refusals of business cases and portfolio selections; each carries its sentence as a translatable text."""

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import Text, _, make_text


class CaseError(DomainError):
	"""Base: `text` is the sentence, `row` the number of the row in its table, `field` the table."""

	def __init__(self, template: str, *values: object, row: int | None = None, field: str | None = None):
		self.text = make_text(template, values)
		super().__init__(str(self.text), row, field)


class RowFormulaError(CaseError):
	"""A row's formula is not plain arithmetic over the named variables or has no value, or its name is none (FM-7)."""


class CircularError(RowFormulaError):
	"""Assumptions that need each other; `names` is the circle."""

	def __init__(self, names: tuple[str, ...]):
		self.names = names
		super().__init__(
			_("Assumptions need each other in a circle: {0}. Give one of them a number of its own."),
			" → ".join((*names, names[0])),
			field="assumptions",
		)


class RangeError(CaseError):
	"""The low, base and high of an assumption are not in order, or its range is no range."""


class PeriodError(CaseError):
	"""Periods are missing, double or outside the case."""


class RateError(CaseError):
	"""A rate of −100 % or less has no present value."""


class SizeError(CaseError):
	"""More rows than a case or a selection can have."""


class SelectionError(CaseError):
	"""A selection is asked for with contradicting or unusable input."""


class InfeasibleError(SelectionError):
	"""No set of cases keeps all rules; `conflict` is irreducible: without any one of it there is a set (FM-8)."""

	def __init__(self, conflict: tuple[Text, ...]):
		self.conflict = conflict
		super().__init__(
			_("No selection keeps all of these at once: {0}. Give up one of them."),
			"; ".join(str(text) for text in conflict),
		)


class NotProvenError(SelectionError):
	"""The time was too short to prove that a selection is the best."""
