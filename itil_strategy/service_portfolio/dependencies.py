"""The network of services that need each other."""

from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _

from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.portfolio import REJECTED, RETIRED
from itil_strategy.exceptions import DependencyError
from itil_strategy.utils.database import Names
from itil_strategy.utils.money import to_decimal


def lock_network() -> None:
	"""One transaction at a time changes dependencies: two at once could close a circle that neither sees.

	It does not wait: Frappe has locked the rows of the service before, and two that wait for each other
	would deadlock.
	"""
	try:
		frappe.db.get_value("DocType", "Service Dependency", "name", for_update=True, wait=False)
	except frappe.QueryTimeoutError:
		frappe.throw(
			_("Somebody else is saving dependencies at this moment. Save again."),
			DependencyError,
			title=_("One at a Time"),
		)


def load_network(without: str | None = None, latest: bool = False) -> list[Dependency]:
	"""Every stored dependency.

	`without` leaves out those of one service, which a form has newer ones of; `latest` reads what others
	have committed since this transaction began.
	"""
	table = frappe.qb.DocType("Service Dependency")
	query = (
		frappe.qb.from_(table)
		.select(table.parent, table.depends_on, table.is_critical, table.share)
		.where(table.parenttype == "IT Service")
		.orderby(table.parent, table.idx)
	)
	if without:
		query = query.where(table.parent != without)
	if latest:
		query = query.for_update()
	return [
		Dependency(service, provider, bool(is_critical), to_decimal(share))
		for service, provider, is_critical, share in query.run()
	]


def find_live_dependents(last_days: dict[str, date | None]) -> dict[str, list[str]]:
	"""Live services that depend directly on each service; one query.

	A dependent whose own last day is not after that of the service is leaving in time and does not count.
	"""
	dependents: dict[str, list[str]] = {}
	for row in _dependent_rows(list(last_days)):
		last_day = last_days[row.depends_on]
		if last_day and row.last_day and row.last_day <= last_day:
			continue
		dependents.setdefault(row.depends_on, []).append(row.parent)
	return dependents


def _dependent_rows(services: Iterable[str]) -> list[frappe._dict]:
	table, service = frappe.qb.DocType("Service Dependency"), frappe.qb.DocType("IT Service")
	return (
		frappe.qb.from_(table)
		.inner_join(service)
		.on(service.name == table.parent)
		.select(table.parent, table.depends_on, service.last_day)
		.where(
			(table.parenttype == "IT Service")
			& table.depends_on.isin(Names(services))
			& (service.phase != RETIRED)
			& (service.decision_state != REJECTED)
		)
		.orderby(table.depends_on, table.parent)
	).run(as_dict=True)
