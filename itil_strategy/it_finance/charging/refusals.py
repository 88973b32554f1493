"""Refusals of the domain as those of the app: the same words, with a class that Frappe answers properly."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from itil_strategy.domain.errors import CorrectionTooLargeError as DomainTooLargeError
from itil_strategy.domain.errors import DomainError
from itil_strategy.exceptions import CorrectionError, CorrectionTooLargeError
from itil_strategy.utils.text import as_html


@contextmanager
def as_refusal() -> Iterator[None]:
	"""Raise CorrectionTooLargeError or CorrectionError for what the domain refuses."""
	try:
		yield
	except DomainError as error:
		kind = CorrectionTooLargeError if isinstance(error, DomainTooLargeError) else CorrectionError
		frappe.throw(as_html(error.message), kind, title=_("Correction"))
