"""Corrections: never above what remains of the charge, each charged once."""

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count

from itil_strategy.domain.corrections import Worth, remaining
from itil_strategy.domain.health import Finding
from itil_strategy.utils.money import as_number, exact, exact_sum, to_decimal

LIVE = ("Calculated", "Published", "Held", "Posted")


def find_too_large() -> list[Finding]:
	"""Charges whose corrections take off more than they are, or add to them; one query."""
	correction, charge = frappe.qb.DocType("Charge Correction"), frappe.qb.DocType("Service Charge")
	keys = (charge.name, charge.company, charge.amount)
	rows = (
		frappe.qb.from_(correction)
		.inner_join(charge)
		.on(charge.name == as_number(correction.service_charge))
		.select(*keys[:2], exact(charge.amount), exact_sum(correction.amount))
		.where(
			correction.status.isin(["Open", "Charged"])
			# What was moved to another customer adds there.
			& (correction.customer == charge.customer)
			& charge.status.isin(LIVE)
		)
		.groupby(*keys)
		.orderby(charge.name)
	).run()
	findings = []
	for name, company, *texts in rows:
		amount, taken = map(to_decimal, texts)
		left = remaining(Worth(amount, amount), [Worth(taken, taken)]).amount
		if left * amount < 0 or taken * amount > 0:
			findings.append(
				Finding(
					"Service Charge",
					str(name),
					_("It is {0} and corrected by {1}, so that {2} remain.").format(amount, taken, left),
					_("Withdraw a correction that is open; of charged ones cancel or reverse the run."),
					company,
				)
			)
	return findings


def find_not_once() -> list[Finding]:
	"""Corrections that are charged by none or several, or not at all and yet by one; one query."""
	correction, charge = frappe.qb.DocType("Charge Correction"), frappe.qb.DocType("Service Charge")
	keys = (correction.name, correction.company, correction.status, correction.amount)
	rows = (
		frappe.qb.from_(correction)
		.left_join(charge)
		.on((charge.charge_correction == correction.name) & charge.status.isin(LIVE))
		.select(
			*keys[:3],
			exact(correction.amount),
			Count(charge.name),
			# A dispute may have revised it since.
			exact_sum(charge.amount - Coalesce(charge.amount_revision, 0)),
		)
		.groupby(*keys)
		.orderby(correction.name)
	).run()
	findings = []
	for name, company, status, *texts, count, charged in rows:
		amount, expected = to_decimal(texts[0]), 1 if status == "Charged" else 0
		if count != expected or (count and to_decimal(charged) != amount):
			findings.append(
				Finding(
					"Charge Correction",
					name,
					_("It is {0} with {1}, and {2} live charges of {3} are made of it.").format(
						_(status), amount, count, to_decimal(charged)
					),
					_("Cancel or reverse the run that charged it wrongly; a draft run is calculated again."),
					company,
				)
			)
	return findings
