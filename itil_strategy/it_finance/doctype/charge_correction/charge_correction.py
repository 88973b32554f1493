import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from itil_strategy.domain.corrections import take_off
from itil_strategy.exceptions import CorrectionError
from itil_strategy.it_finance.charging.corrections import (
	FEEDBACK,
	INHERITED,
	MANUAL,
	OPEN,
	WITHDRAWN,
	is_correctable,
	lock_charge,
	refuse_reversing,
	remaining_of,
)
from itil_strategy.it_finance.charging.refusals import as_refusal
from itil_strategy.utils.credit_requests import REQUESTED
from itil_strategy.utils.guard import load_locked, protect_job_fields
from itil_strategy.utils.money import currency_precision, to_decimal
from itil_strategy.utils.text import bold

RULE_FIELDS = (
	"status",
	"source",
	"charging_run",
	"correction_charge",
	"charge_dispute",
	"amount",
	"exchange_rate",
	*INHERITED,
)


class ChargeCorrection(Document):
	"""A counter-charge with its reason, which the next charging run charges (FM-10)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		charge_dispute: DF.Link | None
		charging_policy: DF.Link | None
		charging_run: DF.Link | None
		company: DF.Link | None
		correction_charge: DF.Link | None
		cost_center: DF.Link | None
		currency: DF.Link | None
		customer: DF.Link | None
		exchange_rate: DF.Float
		it_service: DF.Link | None
		mode: DF.Literal["Chargeback", "Showback"]
		naming_series: DF.Literal["CC-.YYYY.-.#####"]
		price_amount: DF.Currency
		provider_cost_center: DF.Link | None
		reason: DF.SmallText
		service_charge: DF.Link | None
		service_feedback: DF.Link | None
		service_offering: DF.Link | None
		source: DF.Literal["Manual", "Dispute", "Feedback"]
		status: DF.Literal["Open", "Charged", "Withdrawn"]
		uom: DF.Link | None
		usage_month: DF.Date | None
	# end: auto-generated types

	def before_validate(self):
		# Charges are numbered, links to them are stored as text.
		self.service_charge = cstr(self.service_charge) or None
		protect_job_fields(self, RULE_FIELDS, CorrectionError)
		if self.is_new() and not self.flags.written_by_job:
			self.set_from_charge()

	def validate(self):
		self.validate_reason()

	def on_trash(self):
		self.refuse_delete()

	def set_from_charge(self):
		"""What is taken off follows from the charge, which is locked: two corrections at once see each other."""
		if not self.service_charge:
			frappe.throw(
				_("Choose the Service Charge to correct."), CorrectionError, title=_("Charge Missing")
			)
		charge = lock_charge(self.service_charge)
		self.validate_correctable(charge)
		self.validate_feedback(charge)
		with as_refusal():
			worth = take_off(
				remaining_of(charge),
				-to_decimal(self.price_amount),
				charge.exchange_rate,
				currency_precision(),
			)
		self.update({field: charge[field] for field in INHERITED})
		self.status, self.source = OPEN, FEEDBACK if self.service_feedback else MANUAL
		self.exchange_rate, self.amount = charge.exchange_rate, worth.amount

	def validate_correctable(self, charge: frappe._dict):
		"""A published one that is not posted is disputed: it changes before it reaches the ledger."""
		refuse_reversing([charge.name])
		if is_correctable(charge):
			return
		frappe.throw(
			_(
				"Charge {0} is {1}. A correction needs a posted charge; dispute one that is published only."
			).format(bold(str(charge.name)), _(charge.status)),
			CorrectionError,
			title=_("Not Posted"),
		)

	def validate_feedback(self, charge: frappe._dict):
		if not self.service_feedback:
			return
		customer, status = frappe.db.get_value(
			"Service Feedback", self.service_feedback, ["customer", "credit_status"]
		)
		if customer != charge.customer or status != REQUESTED:
			frappe.throw(
				_(
					"{0} asks for no credit to {1}, or has it. Choose a closed feedback of the customer with an open credit."
				).format(bold(self.service_feedback), bold(charge.customer)),
				CorrectionError,
				title=_("No Open Credit"),
			)

	def validate_reason(self):
		self.reason = cstr(self.reason).strip()
		if not self.reason:
			frappe.throw(
				_("Write down the reason: the customer reads it."), CorrectionError, title=_("Reason Missing")
			)
		before = self.get_doc_before_save()
		if before and before.reason != self.reason and self.status != OPEN:
			frappe.throw(
				_("{0} is {1}; its reason stays as the customer has it.").format(
					bold(self.name), _(self.status)
				),
				CorrectionError,
				title=_("Not Editable"),
			)

	def refuse_delete(self):
		frappe.throw(
			_("{0} stays on record. Withdraw it while it is open.").format(bold(self.name)),
			CorrectionError,
			title=_("Stays on Record"),
		)

	@frappe.whitelist(methods=["POST"])
	def withdraw(self, reason: str) -> None:
		"""Correct nothing after all; what a dispute decided stays decided."""
		self.check_permission("write")
		reason = cstr(reason).strip()
		if not reason:
			frappe.throw(_("Write down the reason."), CorrectionError, title=_("Reason Missing"))
		load_locked(self)
		self.check_permission("write")
		if self.status != OPEN or self.charge_dispute:
			frappe.throw(
				_("{0} is {1}. Only an open correction that no dispute decided can be withdrawn.").format(
					bold(self.name), _(self.status)
				),
				CorrectionError,
				title=_("Cannot Be Withdrawn"),
			)
		self.db_set({"status": WITHDRAWN, "service_feedback": None})
		self.add_comment("Info", _("Withdrawn: {0}").format(frappe.utils.escape_html(reason)))
