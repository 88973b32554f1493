"""Credits that complaints promised, as corrections for the next run to charge (BR-6).

A request names the charge that was wrong, or leaves it open. Then the latest charge posted to the customer for
that service says to whom, by whom and at which cost centers the credit goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import fmt_money, formatdate, getdate

from itil_strategy.domain.corrections import Worth
from itil_strategy.domain.money import round_to_step
from itil_strategy.it_finance.charging.corrections import (
	CORRECTION,
	FEEDBACK,
	find_and_lock_charge,
	is_correctable,
	make_correction,
	raise_taken,
	remaining_of,
)
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.credit_requests import open_credit_requests
from itil_strategy.utils.ledger import get_exchange_rates
from itil_strategy.utils.money import company_currency, currency_precision, to_decimal
from itil_strategy.utils.text import bold

Subject = tuple[str, str, str]  # customer, service, offering


@dataclass(slots=True)
class Credits:
	"""What stands in the way, as HTML, and what was left out, as plain text lines."""

	obstacles: list[str] = field(default_factory=list)
	left_out: list[str] = field(default_factory=list)

	@property
	def notices(self) -> str | None:
		return "\n".join(self.left_out) or None


def make_corrections(run: Document) -> Credits:
	"""Make a correction of every open request that falls to the company of the run.

	Reads in a number of queries that does not grow; each correction that is made is an insert of its own.
	"""
	found = Credits()
	requests = _without_correction(open_credit_requests()) if run.mode == "Chargeback" else []
	if not requests:
		return found
	latest = _latest_charges(requests)
	rates = get_exchange_rates(
		{row.credit_currency for row in requests}, company_currency(run.company), getdate(run.period_end)
	)
	for request in requests:
		name = request.credit_charge or latest.get(_subject(request))
		if not name:
			found.left_out.append(_nothing_charged(request))
			continue
		charge = find_and_lock_charge(name)
		if not charge:
			found.left_out.append(_charge_missing(request, name))
		elif not is_correctable(charge):
			explain = _charge_not_posted if charge.status in PUBLISHED else _charge_taken_back
			found.left_out.append(explain(request, charge))
		elif charge.company == run.company:
			_make(run, request, charge, rates, found)
	return found


def credit_worth(
	charge: frappe._dict, amount: Decimal, currency: str, company_money: str, rates: dict[str, Decimal]
) -> tuple[Worth, Decimal] | None:
	"""The credit as it is charged, below 0, and its exchange rate; None without a rate of that day.

	In the currency of the charge by the rate the charge was converted with, so that it takes off what the ledger has.
	"""
	if currency == charge.currency:
		rate = charge.exchange_rate
	elif currency == company_money:
		rate = Decimal(1)
	else:
		rate = rates.get(currency)
	if rate is None:
		return None
	return Worth(-amount, -round_to_step(amount * rate, currency_precision())), rate


def _make(run: Document, request: frappe._dict, charge: frappe._dict, rates: dict, found: Credits) -> None:
	currency = company_currency(run.company)
	worth = credit_worth(charge, to_decimal(request.credit_amount), request.credit_currency, currency, rates)
	if worth is None:
		found.obstacles.append(
			_(
				"{0} promises a credit in {1}, and there is no exchange rate to {2} for {3}. Add a Currency Exchange of that day."
			).format(bold(request.name), request.credit_currency, currency, formatdate(run.period_end))
		)
		return
	credit, rate = worth
	left = remaining_of(charge).amount if request.credit_charge else None
	if left is not None and left <= 0:
		found.left_out.append(_nothing_remains(request, charge))
		return
	if left is not None and -credit.amount > left:
		found.obstacles.append(
			_(
				"{0} promises a credit of {1}, but only {2} remain of charge {3}. Correct the charge by what remains: create a Charge Correction that names the feedback."
			).format(
				bold(request.name),
				fmt_money(-credit.amount, currency=currency),
				fmt_money(left, currency=currency),
				bold(str(charge.name)),
			)
		)
		return
	try:
		make_correction(
			charge,
			credit,
			_("Credit for {0}").format(request.name),
			source=FEEDBACK,
			service_feedback=request.name,
			service_charge=str(charge.name) if request.credit_charge else None,
			currency=request.credit_currency,
			exchange_rate=rate,
		)
	except frappe.UniqueValidationError:
		raise_taken()


def _without_correction(requests: list[frappe._dict]) -> list[frappe._dict]:
	made = set(
		frappe.get_all(
			CORRECTION,
			{"service_feedback": ("in", [row.name for row in requests] or [""])},
			pluck="service_feedback",
			limit=0,
		)
	)
	return [row for row in requests if row.name not in made]


def _latest_charges(requests: Iterable[frappe._dict]) -> dict[Subject, int]:
	"""The latest posted charge per customer, service and offering, and per customer and service; one query."""
	unnamed = [row for row in requests if not row.credit_charge]
	if not unnamed:
		return {}
	charge = frappe.qb.DocType("Service Charge")
	rows = (
		frappe.qb.from_(charge)
		.select(charge.customer, charge.it_service, charge.service_offering, Max(charge.name))
		.where(
			charge.customer.isin(sorted({row.customer for row in unnamed}))
			& charge.it_service.isin(sorted({row.it_service or "" for row in unnamed}))
			& (charge.status == "Posted")
			& (charge.kind != "Correction")
		)
		.groupby(charge.customer, charge.it_service, charge.service_offering)
	).run()
	latest: dict[Subject, int] = {}
	for customer, service, offering, name in rows:
		latest[customer, service, offering] = name
		latest[customer, service, ""] = max(name, latest.get((customer, service, ""), 0))
	return latest


def _subject(request: frappe._dict) -> Subject:
	return (request.customer, request.it_service or "", request.service_offering or "")


def _nothing_charged(request: frappe._dict) -> str:
	return _(
		"{0}: no credit was given to {1}, because nothing was posted to that customer for {2}. Create a Charge Correction that names the charge and the feedback."
	).format(
		request.name, request.customer, request.it_service or _("a service, which the feedback does not name")
	)


def _charge_taken_back(request: frappe._dict, charge: frappe._dict) -> str:
	return _(
		"{0}: no credit was given to {1}, because charge {2} is {3}. Create a Charge Correction that names another charge and the feedback."
	).format(request.name, request.customer, charge.name, _(charge.status))


def _charge_not_posted(request: frappe._dict, charge: frappe._dict) -> str:
	return _(
		"{0}: no credit was given to {1} yet, because charge {2} is {3}. The first run after it is posted gives it."
	).format(request.name, request.customer, charge.name, _(charge.status))


def _charge_missing(request: frappe._dict, charge: str) -> str:
	return _(
		"{0}: no credit was given to {1}, because charge {2} does not exist any more. Create a Charge Correction that names another charge and the feedback."
	).format(request.name, request.customer, charge)


def _nothing_remains(request: frappe._dict, charge: frappe._dict) -> str:
	return _(
		"{0}: no credit was given to {1}, because nothing remains of charge {2}. Create a Charge Correction that names another charge and the feedback."
	).format(request.name, request.customer, charge.name)
