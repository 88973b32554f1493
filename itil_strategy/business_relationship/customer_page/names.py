"""Names of services, for all rows of a section at once."""

from collections.abc import Iterable

import frappe


def service_names(services: Iterable[str]) -> dict[str, str]:
	"""What the services are called, by their code."""
	rows = frappe.get_all(
		"IT Service", {"name": ("in", [*services, ""])}, ["name", "service_name"], limit=0, as_list=True
	)
	return dict(rows)
