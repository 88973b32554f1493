"""Refusals of the domain as messages: one sentence, escaped and translated, in the app's exception classes."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from itil_strategy.domain.case_errors import CaseError, FormulaError, PeriodError
from itil_strategy.domain.text import Text
from itil_strategy.exceptions import BusinessCaseError, CaseFormulaError, CasePeriodError
from itil_strategy.utils.text import as_html

EXCEPTIONS = (
	(FormulaError, CaseFormulaError),
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
		frappe.throw(as_html(sentence(error.text)), exception, title=title or _("Business Case"))


def sentence(text: Text) -> str:
	"""The translated sentence; a value that is a sentence itself (of an inner refusal) is in English."""
	return _(text.template).format(*text.values)
