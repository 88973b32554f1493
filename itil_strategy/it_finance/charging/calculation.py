"""Calculate a run: claim open usage, price it, and store the charges, all in one transaction."""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime

from itil_strategy.domain.charging import Charge, calculate
from itil_strategy.domain.corrections import correction_charges
from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.posting import CarriedCharge, assign_batches
from itil_strategy.exceptions import PreflightError, RunStateError
from itil_strategy.it_finance.charging import (
	carrying,
	corrections,
	credit_corrections,
	preflight,
	totals,
)
from itil_strategy.it_finance.charging.gather import OpenUsage, build_request, find_open_usage
from itil_strategy.utils import jobs
from itil_strategy.utils.bulk import insert_rows, reserve_names
from itil_strategy.utils.locks import named_lock
from itil_strategy.utils.money import split_quantity
from itil_strategy.utils.text import as_html, as_plain, bold

DOCTYPE = "Charging Run"
CALCULABLE = ("Draft", "Calculated", "Failed")
CLAIM_FIELDS = (
	"usage_import",
	"customer",
	"service_offering",
	"usage_month",
	"quantity",
	"quantity_remainder",
	"company",
	"charging_run",
)
CHARGE_FIELDS = (
	"charging_run",
	"posting_run",
	"company",
	"customer",
	"it_service",
	"service_offering",
	"usage_month",
	"is_late",
	"kind",
	"mode",
	"status",
	"charging_policy",
	"quantity",
	"uom",
	"currency",
	"price_amount",
	"exchange_rate",
	"amount",
	"price_detail",
	"cost_center",
	"provider_cost_center",
	"charge_correction",
	"correction_no",
	"corrects",
	"reason",
	"batch_no",
)


def start(run: Document) -> None:
	"""Queue the calculation; one that stopped can be started again."""
	_claim(run)
	jobs.enqueue("itil_strategy.it_finance.charging.calculation.run_calculation", DOCTYPE, run.name)


def calculate_now(run: Document) -> None:
	"""Calculate in this process instead of the queue; the state tells the outcome. Commits."""
	_claim(run)
	frappe.db.commit()  # nosemgrep: the state is the claim
	run_calculation(run.name, frappe.session.user)


def refuse_frozen(run: Document) -> None:
	"""Published charges are never calculated again."""
	if run.docstatus != 0:
		frappe.throw(
			_("{0} is published; its charges are frozen. Cancel or reverse it to charge again.").format(
				bold(run.name)
			),
			RunStateError,
			title=_("Charges Are Frozen"),
		)


def _claim(run: Document) -> None:
	refuse_frozen(run)
	stalled = run.status == "Calculating" and not jobs.is_working(DOCTYPE, run.name)
	allowed = (*CALCULABLE, "Calculating") if stalled else CALCULABLE
	jobs.move_state(DOCTYPE, run.name, allowed, "Calculating")


def run_calculation(name: str, user: str) -> None:
	"""Background job: calculate the run; obstacles are listed on it and nothing is stored."""
	frappe.set_user(user)
	with named_lock(jobs.job_key(DOCTYPE, name)) as got:
		if not got or frappe.db.get_value(DOCTYPE, name, ["status", "docstatus"]) != ("Calculating", 0):
			return
		try:
			jobs.with_deadlock_retry(lambda: calculate_run(frappe.get_doc(DOCTYPE, name)))
			frappe.db.commit()  # nosemgrep: claims and charges become visible together
		except Exception as error:
			frappe.db.rollback()
			record_failure(name, error)
			frappe.db.commit()  # nosemgrep: the obstacles must outlive the rollback
			if not isinstance(error, DomainError | frappe.ValidationError):
				raise


def calculate_run(run: Document) -> None:
	"""Replace the charges of the run by newly calculated ones, in the current transaction.

	Raises PreflightError with every obstacle, from the ledger set-up and from pricing, at once.
	"""
	refuse_frozen(run)
	delete_charges(run.name)
	usage = find_open_usage(run.company, run.period_end)
	result = calculate(build_request(run, usage))
	credits = credit_corrections.make_corrections(run)
	obstacles = [
		*preflight.find_obstacles(run, "calculate"),
		*(as_html(obstacle.message) for obstacle in result.obstacles),
		*credits.obstacles,
	]
	if obstacles:
		raise PreflightError("<br>".join(dict.fromkeys(obstacles)))
	charges = (
		*result.charges,
		*correction_charges(corrections.open_corrections(run), getdate(run.period_start)),
	)
	carried = carrying.find_carried(run)
	_insert_claims(run, usage)
	_insert_charges(run, charges, carried)
	_record_result(run, charges, {**carrying.sums(carried), "notices": credits.notices})


def delete_charges(run: str) -> None:
	"""Delete the charges of an unpublished run and free what it took: usage, corrections, disputed charges."""
	corrections.release(run)
	carrying.release(run)
	frappe.db.delete("Service Charge", {"charging_run": run})
	frappe.db.delete("Usage Claim", {"charging_run": run})
	frappe.db.delete("Charging Run Customer", {"parent": run, "parenttype": DOCTYPE})


def publish_charges(run: str) -> None:
	"""Freeze the charges of a run."""
	charge = frappe.qb.DocType("Service Charge")
	(
		frappe.qb.update(charge)
		.set(charge.status, "Published")
		.where((charge.charging_run == run) & (charge.status == "Calculated"))
	).run()
	carrying.publish(run)


def _insert_claims(run: Document, usage: OpenUsage) -> None:
	if not usage.claims:
		return
	rows = [(*claim[:4], *split_quantity(claim[4]), run.company, run.name) for claim in sorted(usage.claims)]
	try:
		insert_rows("Usage Claim", CLAIM_FIELDS, rows, reserve_names("Usage Claim", len(rows)))
	except Exception as error:
		if frappe.db.is_duplicate_entry(error):
			raise RunStateError(
				_("Another run charged some of this usage meanwhile. Calculate again to charge the rest.")
			) from error
		raise


def _insert_charges(run: Document, charges: tuple[Charge, ...], carried: list[CarriedCharge]) -> None:
	if not (charges or carried):
		return
	max_lines = cint(frappe.db.get_single_value("Service Strategy Settings", "posting_batch_lines"))
	batches = assign_batches((*charges, *carried), max_lines)
	carrying.carry(run, carried, batches[len(charges) :])
	if not charges:
		return
	rows = [
		_charge_row(run, charge, batch_no)
		for charge, batch_no in zip(charges, batches[: len(charges)], strict=True)
	]
	first = reserve_names("Service Charge", len(rows))
	insert_rows("Service Charge", CHARGE_FIELDS, rows, first)
	corrections.take(
		run,
		{charge.correction: name for name, charge in enumerate(charges, start=first) if charge.correction},
	)


def _charge_row(run: Document, charge: Charge, batch_no: int) -> tuple:
	return (
		run.name,
		run.name,
		run.company,
		charge.customer,
		charge.service,
		charge.offering,
		charge.month,
		int(charge.is_late),
		charge.kind,
		charge.mode,
		"Calculated",
		charge.policy,
		charge.quantity,
		charge.uom,
		charge.currency,
		charge.price_amount,
		charge.exchange_rate,
		charge.amount,
		json.dumps(
			[
				{
					"label": step.label,
					"quantity": f"{step.quantity.normalize():f}",
					"unit_price": f"{step.unit_price.normalize():f}",
					"amount": f"{step.amount.normalize():f}",
				}
				for step in charge.steps
			]
		),
		charge.cost_center,
		charge.provider_cost_center,
		charge.correction,
		charge.correction_no,
		charge.corrects,
		charge.reason,
		batch_no,
	)


def _record_result(run: Document, charges: tuple[Charge, ...], more: dict) -> None:
	customers, sums = totals.sum_charges(
		(charge.customer, charge.mode, 1, charge.amount) for charge in charges
	)
	run.set("customers", [])
	for customer, values in customers.items():
		run.append("customers", {"customer": customer, **values}).db_insert()
	run.db_set(
		{
			"status": "Calculated",
			**sums,
			**more,
			"obstacles": None,
			"error_message": None,
			"failed_step": None,
			"heartbeat": now_datetime(),
		}
	)
	run.notify_update()


def record_failure(name: str, error: Exception) -> None:
	"""Show on the run, as plain text, why nothing was calculated."""
	values = {"status": "Failed", "failed_step": "calculate", "obstacles": None}
	if isinstance(error, PreflightError):
		values["obstacles"] = as_plain(str(error))
		values["error_message"] = _("The run was not calculated. Mend what is listed and calculate again.")
	elif isinstance(error, DomainError):
		values["error_message"] = str(error)
	elif isinstance(error, frappe.ValidationError):
		values["error_message"] = as_plain(str(error))
	else:
		frappe.log_error(title=_("Calculating {0} failed").format(name))
		values["error_message"] = _(
			"Calculating stopped unexpectedly; nothing was stored. See the Error Log."
		)
	frappe.db.set_value(DOCTYPE, name, values)
	frappe.get_doc(DOCTYPE, name).notify_update()
