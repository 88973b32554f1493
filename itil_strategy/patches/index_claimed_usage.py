"""The index of claims by month now covers the sums of charged usage."""

from itil_strategy.it_finance.doctype.usage_claim.usage_claim import on_doctype_update


def execute():
	on_doctype_update()
