"""Refusals of the domain as messages: one sentence, escaped and translated, in the app's exception classes."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from itil_strategy.domain.case_errors import CaseError, PeriodError, RowFormulaError
from itil_strategy.exceptions import BusinessCaseError, CaseFormulaError, CasePeriodError
from itil_strategy.utils.text import as_html
from itil_strategy.utils.translation import translate

EXCEPTIONS = (
	(RowFormulaError, CaseFormulaError),
	(PeriodError, CasePeriodError),
	(CaseError, BusinessCaseError),
)


@contextmanager
def refusing(title: str | None = None) -> Iterator[None]:
	"""Turn a CaseError of the block into a message."""
	try:
		yield
	except CaseError as error:
		exception = next(ours for domain, ours in EXCEPTIONS if isinstance(error, domain))
		frappe.throw(as_html(translate(error.text)), exception, title=title or _("Business Case"))
