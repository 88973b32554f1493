"""Fields on ERPNext's own doctypes: one table that install, migrate and uninstall share."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

MODULE = "IT Finance"


def _(text: str) -> str:
	"""Mark a label for extraction; it is translated where it is shown."""
	return text


def get_custom_fields() -> dict[str, list[dict]]:
	"""The custom fields by doctype."""
	voucher_fields = [
		{
			"fieldname": "it_charging_run",
			"label": _("Charging Run"),
			"fieldtype": "Link",
			"options": "Charging Run",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"depends_on": "it_charging_run",
			"search_index": 1,
		},
		{
			# The last guard against posting a batch twice: a crash between two writes cannot pass it.
			"fieldname": "it_charge_key",
			"label": _("Charge Key"),
			"fieldtype": "Data",
			"read_only": 1,
			"no_copy": 1,
			"hidden": 1,
			"print_hide": 1,
			"unique": 1,
		},
	]
	return {
		"Budget": [
			{
				"fieldname": "service_budget",
				"label": _("Service Budget"),
				"fieldtype": "Link",
				"options": "Service Budget",
				"read_only": 1,
				"no_copy": 1,
				"print_hide": 1,
				"depends_on": "service_budget",
				"insert_after": "fiscal_year",
				"search_index": 1,
				"description": _("It published this budget; changes are made there."),
			},
		],
		"Customer": [
			{
				"fieldname": "it_charging_section",
				"label": _("IT Charging"),
				"fieldtype": "Section Break",
				"insert_after": "internal_customer_section",
				"collapsible": 1,
				"collapsible_depends_on": "eval:(doc.it_charging||[]).length",
			},
			{
				"fieldname": "it_charging",
				"label": _("Business Unit of Our Own"),
				"fieldtype": "Table",
				"options": "Customer IT Charging",
				"insert_after": "it_charging_section",
				"description": _(
					"One row per company: IT services are charged to this cost center. Without a row the customer is external and gets invoices."
				),
			},
		],
		"Issue": [
			{
				"fieldname": "it_service",
				"label": _("IT Service"),
				"fieldtype": "Link",
				"options": "IT Service",
				"insert_after": "issue_type",
				"search_index": 1,
				"in_standard_filter": 1,
				"description": _("The service that the issue is about; reports count it there."),
			},
		],
		"Journal Entry": [{**field, "insert_after": "user_remark"} for field in voucher_fields],
		"Notification Settings": [
			{
				"fieldname": "it_service_digest",
				"label": _("Weekly Summary of IT Services"),
				"fieldtype": "Check",
				"default": "1",
				"depends_on": "enable_email_notifications",
				"insert_after": "enable_email_threads_on_assigned_document",
				"description": _(
					"What waits for you as the owner of a process; nothing is sent when nothing waits."
				),
			},
		],
		"Sales Invoice": [{**field, "insert_after": "remarks"} for field in voucher_fields],
		"Sales Invoice Item": [
			{
				"fieldname": "it_service_charge",
				"label": _("Service Charge"),
				"fieldtype": "Data",
				"read_only": 1,
				"no_copy": 1,
				"print_hide": 1,
				"depends_on": "it_service_charge",
				"insert_after": "description",
			},
			{
				"fieldname": "it_quantity",
				"label": _("IT Quantity"),
				"fieldtype": "Float",
				"precision": "9",
				"read_only": 1,
				"no_copy": 1,
				"depends_on": "it_service_charge",
				"insert_after": "it_service_charge",
			},
			{
				"fieldname": "it_uom",
				"label": _("IT Unit"),
				"fieldtype": "Link",
				"options": "UOM",
				"read_only": 1,
				"no_copy": 1,
				"depends_on": "it_service_charge",
				"insert_after": "it_quantity",
			},
		],
	}


def make_custom_fields() -> None:
	"""Create or update the fields; safe to repeat."""
	fields = get_custom_fields()
	for definitions in fields.values():
		for field in definitions:
			field["module"] = MODULE
	create_custom_fields(fields, ignore_validate=True, update=True)


def delete_custom_fields() -> None:
	"""Delete the fields and their columns, in the order that keeps every doctype loadable."""
	for doctype, definitions in get_custom_fields().items():
		names = [field["fieldname"] for field in definitions]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", names)})
		frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ("in", names)})
		for field in definitions:
			if field["fieldtype"] not in frappe.model.no_value_fields and frappe.db.has_column(
				doctype, field["fieldname"]
			):
				frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP COLUMN `{field['fieldname']}`")
		frappe.clear_cache(doctype=doctype)
