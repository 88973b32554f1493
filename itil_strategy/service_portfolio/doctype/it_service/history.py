"""The life of a service as it was: rows that only decisions write (SP-1)."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime, today

from itil_strategy.domain.portfolio import Move
from itil_strategy.exceptions import StageChangeError

LOG_FIELDS = (
	"changed_at",
	"from_stage",
	"to_stage",
	"decision_state",
	"outcome",
	"portfolio_decision",
	"decided_by",
	"reason",
)


def protect_stage_log(service: Document) -> None:
	"""The log is append-only and written by decisions; a form, an import or the API leaves it as it is."""
	before = service.get_doc_before_save()
	if _log_values(service) != (_log_values(before) if before else []):
		frappe.throw(
			_("The stage log of {0} is written by portfolio decisions and cannot be changed by hand.").format(
				frappe.bold(service.name)
			),
			StageChangeError,
			title=_("Stage Log"),
		)


def protect_actual_dates(service: Document) -> None:
	"""Plans are people's, actual dates the decisions'."""
	before = service.get_doc_before_save()
	known = {row.stage: row.actual_date for row in before.stage_plan} if before else {}
	seen = set()
	for row in service.stage_plan:
		if row.stage in seen:
			_refuse(row, _("{0} is listed twice under Stages. Keep one row.").format(frappe.bold(row.stage)))
		seen.add(row.stage)
		if cstr(row.actual_date) != cstr(known.get(row.stage)):
			_refuse(row, _("The actual date is written by the decision that moves the service."))
	for stage, actual_date in known.items():
		if actual_date and stage not in seen:
			frappe.throw(
				_("Stage {0} was entered on {1}; its row stays.").format(frappe.bold(stage), actual_date),
				StageChangeError,
				title=_("Stages"),
			)


def record_move(service: Document, move: Move, decision: Document, reason: str) -> None:
	"""Write a decision into the service: stage, state, log and actual date.

	Only the fields that change are written, under the row lock that the caller holds: a save of the whole
	document could put back what somebody else edited meanwhile.
	"""
	values = {"stage": move.to_stage, "decision_state": move.decision_state}
	phases = dict(
		frappe.get_all(
			"Service Pipeline Stage",
			{"name": ("in", [move.from_stage, move.to_stage])},
			["name", "phase"],
			as_list=True,
		)
	)
	values["phase"] = phases[move.to_stage]
	if phases[move.from_stage] == "Pipeline" and values["phase"] == "Catalogue":
		values["operational_from"] = decision.operational_from or service.operational_from or today()
	service.flags.stage_set_by = decision.name
	service.db_set(values)
	append_log(
		service.name,
		from_stage=move.from_stage,
		to_stage=move.to_stage,
		decision_state=move.decision_state,
		outcome=decision.outcome,
		portfolio_decision=decision.name,
		decided_by=decision.decided_by,
		reason=reason,
	)
	if move.is_forward:
		_set_actual_date(service.name, move.to_stage, today())


def append_log(service: str, **values) -> None:
	"""One more row at the end of the stage log."""
	_append_child(service, "Service Stage Log", "stage_log", changed_at=now_datetime(), **values)


def _set_actual_date(service: str, stage: str, day: str | date) -> None:
	row = frappe.db.get_value("Service Stage Plan", {"parent": service, "stage": stage})
	if row:
		frappe.db.set_value("Service Stage Plan", row, "actual_date", day)
	else:
		_append_child(service, "Service Stage Plan", "stage_plan", stage=stage, actual_date=day)


def _append_child(service: str, doctype: str, parentfield: str, **values) -> None:
	last = frappe.get_all(doctype, {"parent": service}, pluck="idx", order_by="idx desc", limit=1)
	frappe.get_doc(
		{
			"doctype": doctype,
			"parent": service,
			"parenttype": "IT Service",
			"parentfield": parentfield,
			"idx": (last[0] if last else 0) + 1,
			**values,
		}
	).db_insert()
	frappe.clear_document_cache("IT Service", service)


def _log_values(service: Document) -> list[tuple]:
	return [tuple(cstr(row.get(field)) for field in LOG_FIELDS) for row in service.stage_log]


def _refuse(row: Document, message: str) -> None:
	frappe.throw(_("Row #{0}: {1}").format(row.idx, message), StageChangeError, title=_("Stages"))
