"""The calendar of planned and actual dates of the stages."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.portfolio import REJECTED


@frappe.whitelist()
def get_events(start: str, end: str, filters: list | str | None = None) -> list[dict]:
	"""One event per stage of each service: the actual date, or the planned one where it is still to come."""
	frappe.has_permission("IT Service", "read", throw=True)
	rows = _plan_rows(getdate(start), getdate(end))
	services = {
		service.name: service
		for service in frappe.get_list(
			"IT Service",
			filters=[
				*(frappe.parse_json(filters) or []),
				["name", "in", [row.parent for row in rows] or [""]],
			],
			fields=["name", "service_name", "decision_state"],
			limit=0,
		)
	}
	return [
		_event(row, services[row.parent])
		for row in rows
		if row.parent in services and (row.actual_date or services[row.parent].decision_state != REJECTED)
	]


def _plan_rows(start: date, end: date) -> list[frappe._dict]:
	plan = frappe.qb.DocType("Service Stage Plan")
	return (
		frappe.qb.from_(plan)
		.select(plan.parent, plan.stage, plan.planned_date, plan.actual_date)
		.where(
			(plan.parenttype == "IT Service")
			& (plan.actual_date[start:end] | (plan.actual_date.isnull() & plan.planned_date[start:end]))
		)
		.orderby(plan.parent, plan.idx)
	).run(as_dict=True)


def _event(row: frappe._dict, service: frappe._dict) -> dict:
	day = row.actual_date or row.planned_date
	is_late = (row.actual_date or getdate()) > (row.planned_date or day)
	if row.actual_date:
		tooltip = _("Entered on {0}, planned {1}").format(row.actual_date, row.planned_date or "–")
		kind = "entered late" if is_late else "entered"
	else:
		tooltip = _("Planned for {0}").format(row.planned_date)
		kind = "overdue" if is_late else "planned"
	return {
		"name": service.name,
		"title": f"{service.service_name}: {_(row.stage)}",
		"start": day,
		"end": day,
		"all_day": 1,
		"kind": kind,
		"tooltip": f"{service.service_name}: {_(row.stage)}. {tooltip}",
		# Dates are edited on the service, where the other stages are in sight.
		"docstatus": 1,
	}
