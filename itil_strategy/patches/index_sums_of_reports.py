"""Indexes for the sums of charges by offering, complaints by service and commitments of needs."""

from itil_strategy.business_relationship.doctype.service_commitment import service_commitment
from itil_strategy.business_relationship.doctype.service_feedback import service_feedback
from itil_strategy.it_finance.doctype.service_charge import service_charge


def execute():
	for doctype in (service_charge, service_commitment, service_feedback):
		doctype.on_doctype_update()
