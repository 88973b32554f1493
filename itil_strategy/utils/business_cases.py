"""What other modules ask of business cases; set-wise."""

from collections import defaultdict
from collections.abc import Sequence

import frappe
from frappe.utils import getdate

from itil_strategy.domain.gate_facts import CaseFacts

APPROVED = "Approved"


def find_approved_cases(services: Sequence[str]) -> dict[str, tuple[CaseFacts, ...]]:
	"""Approved cases per service, the one that is valid longest first; one query."""
	found: dict[str, list[CaseFacts]] = defaultdict(list)
	for row in frappe.get_all(
		"Business Case",
		{"it_service": ("in", services), "docstatus": 1, "status": APPROVED},
		["name", "it_service", "valid_until"],
		order_by="valid_until desc, name asc",
		limit=0,
	):
		found[row.it_service].append(CaseFacts(row.name, getdate(row.valid_until)))
	return {service: tuple(cases) for service, cases in found.items()}
