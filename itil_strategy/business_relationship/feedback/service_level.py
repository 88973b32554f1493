"""Optional bridge to ERPNext's Service Level Agreement: its fields and reports beside our own clock (BR-5).

Our clock stays the source of truth. ERPNext's agreement covers complaints, and the time to the first response only: it
takes a pause for a response, so holds are not told to it, and it sets Failed when somebody changes the record, not when
the time passes. It reads the clock in the time zone of whoever wrote the record.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from itil_strategy.business_relationship.feedback.settings import (
	SETTINGS,
	hours_to_seconds,
	read_settings,
)
from itil_strategy.domain.feedback import CLOSED, COMPLAINT, MEDIUM, RESPONDED, SEVERITIES
from itil_strategy.domain.service_level import ServiceLevelError, one_window_a_day
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.text import bold
from itil_strategy.utils.translation import translate

FEEDBACK, AGREEMENT = "Service Feedback", "Service Level Agreement"
LEVEL = "Response to complaints"
# Like the clock's own fields: not for customers.
INTERNAL_LEVEL = 1


def set_up_service_level() -> str:
	"""Create the agreement from our settings, or bring it up to date; answers its name.

	The caller has checked the permission. ERPNext adds its fields to the table, which commits.
	"""
	settings = frappe.get_single(SETTINGS)
	_require_tracking()
	_require_holiday_list(settings)
	values = _agreement(settings)
	for row in values["priorities"]:
		_ensure_priority(row["priority"])
	name = frappe.db.exists(AGREEMENT, {"document_type": FEEDBACK, "service_level": LEVEL})
	agreement = frappe.get_doc(AGREEMENT, name) if name else frappe.new_doc(AGREEMENT)
	agreement.update(values)
	agreement.save(ignore_permissions=True)
	_hide_fields_from_customers()
	return agreement.name


def give_priority(doc: Document) -> None:
	"""What ERPNext's agreement looks up: it drops a record without a priority, and counts from the creation."""
	if not doc.meta.has_field("service_level_agreement_creation"):
		return
	doc.priority = doc.severity if frappe.db.exists("Issue Priority", doc.severity) else None
	doc.service_level_agreement_creation = doc.received_on


def delete_service_levels() -> None:
	"""Delete the agreements about our feedback, whoever made them, with the fields that ERPNext added."""
	for name in frappe.get_all(AGREEMENT, {"document_type": FEEDBACK}, pluck="name"):
		frappe.delete_doc(AGREEMENT, name, force=True, ignore_permissions=True)
	for field in _fields_of_erpnext():
		frappe.delete_doc("Custom Field", field.name, force=True, ignore_permissions=True)
		if frappe.db.has_column(FEEDBACK, field.fieldname):
			frappe.db.sql_ddl(f"ALTER TABLE `tab{FEEDBACK}` DROP COLUMN `{field.fieldname}`")
	frappe.cache.hdel("table_columns", f"tab{FEEDBACK}")
	frappe.clear_cache(doctype=FEEDBACK)


def _agreement(settings: Document) -> dict:
	ours = read_settings(settings)
	targets = [
		(severity, hours) for severity in SEVERITIES if (hours := ours.target_hours(COMPLAINT, severity))
	]
	if not targets:
		_refuse(
			_("No time to respond is set for complaints. Add a row under {0}.").format(
				bold(_(settings.meta.get_label("feedback_targets")))
			)
		)
	try:
		windows = one_window_a_day(ours.calendar.windows)
	except ServiceLevelError as error:
		_refuse(translate(error.text))
	default = MEDIUM if MEDIUM in dict(targets) else targets[0][0]
	return {
		"document_type": FEEDBACK,
		"service_level": LEVEL,
		"enabled": 1,
		"holiday_list": settings.holiday_list,
		"condition": f'doc.nature == "{COMPLAINT}"',
		"apply_sla_for_resolution": 0,
		"priorities": [
			{
				"priority": severity,
				"response_time": round(hours_to_seconds(hours)),
				"default_priority": int(severity == default),
			}
			for severity, hours in targets
		],
		"support_and_resolution": [
			{"workday": day, "start_time": str(start), "end_time": str(end)}
			for day, (start, end) in windows.items()
		],
		"sla_fulfilled_on": [{"status": status} for status in (RESPONDED, CLOSED)],
		"pause_sla_on": [],
	}


def _require_tracking() -> None:
	if not frappe.db.get_single_value("Support Settings", "track_service_level_agreement"):
		_refuse(
			_("ERPNext does not track service levels on this site. Tick {0} in {1} first.").format(
				bold(_("Track Service Level Agreement")), bold(_("Support Settings"))
			)
		)


def _require_holiday_list(settings: Document) -> None:
	if not settings.holiday_list:
		_refuse(
			_("ERPNext's agreement needs a holiday list. Choose one under {0}.").format(
				bold(_(settings.meta.get_label("holiday_list")))
			)
		)


def _ensure_priority(name: str) -> None:
	if not frappe.db.exists("Issue Priority", name):
		frappe.get_doc({"doctype": "Issue Priority", "name": name}).insert(ignore_permissions=True)


def _hide_fields_from_customers() -> None:
	"""Written past the records: saving each would rebuild the table each time."""
	names = [
		field.name for field in _fields_of_erpnext() if field.fieldtype not in frappe.model.no_value_fields
	]
	frappe.db.set_value(
		"Custom Field", {"name": ("in", names)}, {"permlevel": INTERNAL_LEVEL, "read_only": 1}
	)
	frappe.clear_cache(doctype=FEEDBACK)


def _fields_of_erpnext() -> list[frappe._dict]:
	from erpnext.support.doctype.service_level_agreement.service_level_agreement import (
		get_service_level_agreement_fields,
	)

	names = [field["fieldname"] for field in get_service_level_agreement_fields()]
	return frappe.get_all(
		"Custom Field", {"dt": FEEDBACK, "fieldname": ("in", names)}, ["name", "fieldname", "fieldtype"]
	)


def _refuse(message: str) -> None:
	frappe.throw(message, ServiceStrategyError, title=_("Service Level Agreement"))
