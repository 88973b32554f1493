"""Rows dated before their service was operational: taken up when that date is corrected later."""

from pypika.queries import QueryBuilder

import frappe
from frappe.model.document import Document

from itil_strategy.it_finance.usage.moving import DOCTYPE, move_rows, require_completed


def take_up(doc: Document) -> str | None:
	"""Judge the rows again by the dates of their services now; those that can be charged move to a new import.

	Its name is the answer. The judgement is that of the import (`usage.rows`); a last day that was set since
	is kept to as well.
	"""
	require_completed(doc)
	usage, offering = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Service Offering")
	service = frappe.qb.DocType("IT Service")

	def narrow(query: QueryBuilder) -> QueryBuilder:
		return (
			query.join(offering)
			.on(offering.name == usage.service_offering)
			.join(service)
			.on(service.name == offering.it_service)
			.where(
				(usage.usage_import == doc.name)
				& (usage.mapping_status == "Not Chargeable")
				# No date means not operational, and compares to neither.
				& (usage.usage_date >= service.operational_from)
				& (service.last_day.isnull() | (usage.usage_date <= service.last_day))
			)
		)

	return move_rows(doc, narrow)
