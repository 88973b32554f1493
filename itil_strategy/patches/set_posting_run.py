"""Charges name the run that posts them: their own, unless a dispute moved them to the next one."""

import frappe

from itil_strategy.it_finance.doctype.service_charge.service_charge import on_doctype_update


def execute():
	charge = frappe.qb.DocType("Service Charge")
	frappe.qb.update(charge).set(charge.posting_run, charge.charging_run).where(
		charge.posting_run.isnull()
	).run()
	on_doctype_update()
