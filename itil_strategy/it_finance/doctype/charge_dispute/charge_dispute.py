from typing import Literal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, flt, now_datetime

from itil_strategy.exceptions import DisputeError
from itil_strategy.it_finance.charging import dispute_routing, disputes
from itil_strategy.it_finance.charging.corrections import lock_charge
from itil_strategy.utils.guard import load_locked, protect_job_fields
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import bold, storable

CHARGE_FIELDS = (
	"customer",
	"it_service",
	"service_offering",
	"usage_month",
	"company",
	"charging_run",
	"currency",
	"price_amount",
)
RULE_FIELDS = (
	"status",
	"raised_by",
	"raised_on",
	"finding",
	"outcome",
	"granted_amount",
	"moved_to",
	"note",
	"decided_by",
	"decided_on",
	*CHARGE_FIELDS,
)


class ChargeDispute(Document):
	"""A customer's question about a published charge, and how it was answered (section "States")."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		charging_run: DF.Link | None
		company: DF.Link | None
		currency: DF.Link | None
		customer: DF.Link | None
		decided_by: DF.Link | None
		decided_on: DF.Datetime | None
		finding: DF.SmallText | None
		granted_amount: DF.Currency
		it_service: DF.Link | None
		moved_to: DF.Link | None
		naming_series: DF.Literal["CD-.YYYY.-.#####"]
		note: DF.SmallText | None
		outcome: DF.Literal["", "Rejected", "Upheld in Full", "Upheld in Part", "Wrong Customer", "Withdrawn"]
		price_amount: DF.Currency
		raised_by: DF.Link | None
		raised_on: DF.Datetime | None
		reason: DF.SmallText
		routed_to: DF.Link | None
		service_charge: DF.Link
		service_offering: DF.Link | None
		status: DF.Literal["Open", "Decided"]
		usage_month: DF.Date | None
	# end: auto-generated types

	def before_validate(self):
		# Charges are numbered, links to them are stored as text.
		self.service_charge = cstr(self.service_charge) or None
		protect_job_fields(self, RULE_FIELDS, DisputeError)
		if self.is_new():
			self.set_from_charge()

	def validate(self):
		self.validate_reason()
		self.validate_routed_to()

	def after_insert(self):
		disputes.hold(self.flags.charge)
		dispute_routing.route(self)

	def on_update(self):
		if not self.flags.in_insert and self.has_value_changed("routed_to"):
			dispute_routing.route(self)

	def on_trash(self):
		self.refuse_delete()

	def set_from_charge(self):
		"""The charge is locked: of two disputes at once the second one sees the first."""
		charge = lock_charge(self.service_charge)
		disputes.check_disputable(charge)
		self.flags.charge = charge
		self.update({field: charge[field] for field in CHARGE_FIELDS})
		self.status = disputes.OPEN
		self.raised_by, self.raised_on = frappe.session.user, now_datetime()
		if not self.routed_to:
			self.routed_to = dispute_routing.owner_of(charge.it_service)

	def validate_reason(self):
		self.reason = cstr(self.reason).strip()
		if not self.reason:
			frappe.throw(
				_("Write down what is wrong with the charge."), DisputeError, title=_("Reason Missing")
			)

	def validate_routed_to(self):
		if self.status == disputes.DECIDED and self.has_value_changed("routed_to"):
			frappe.throw(
				_("{0} is decided. There is nothing to route.").format(bold(self.name)),
				DisputeError,
				title=_("Decided"),
			)
		if self.routed_to and not frappe.db.get_value("User", self.routed_to, "enabled"):
			frappe.throw(
				_("{0} is a disabled user. Route the dispute to somebody else.").format(bold(self.routed_to)),
				DisputeError,
				title=_("Disabled User"),
			)

	def refuse_delete(self):
		frappe.throw(
			_("{0} stays on record. Decide it as Withdrawn.").format(bold(self.name)),
			DisputeError,
			title=_("Stays on Record"),
		)

	@frappe.whitelist(methods=["POST"])
	def record_finding(self, finding: str) -> None:
		"""What was found out, by whoever the dispute is routed to or may decide it."""
		self.check_permission("read")
		self.lock_open()
		self.check_permission("read" if self.routed_to == frappe.session.user else "write")
		self.db_set("finding", storable(cstr(finding).strip()))

	@frappe.whitelist(methods=["POST"])
	def decide(
		self,
		outcome: Literal["Rejected", "Upheld in Full", "Upheld in Part", "Wrong Customer", "Withdrawn"],
		note: str,
		granted_amount: float | None = None,
		moved_to: str | None = None,
	) -> None:
		"""Decide the dispute once and for all: nothing happens unless all of it does."""
		self.check_permission("write")
		self.lock_open()
		self.check_permission("write")
		self.close(outcome, note, granted_amount, moved_to)

	def close(
		self, outcome: str, note: str, granted_amount: float | None = None, moved_to: str | None = None
	) -> None:
		"""As `decide`, for callers that checked who asks."""
		self.lock_open()
		granted = to_decimal(flt(granted_amount, 9)) if granted_amount else None
		disputes.decide(self, outcome, cstr(note).strip(), granted, moved_to or None)
		dispute_routing.close(self)

	def lock_open(self):
		"""Go on with what is stored, locked."""
		load_locked(self)
		if self.status != disputes.OPEN:
			frappe.throw(
				_("{0} is decided already. Correct a posted charge by a Charge Correction.").format(
					bold(self.name)
				),
				DisputeError,
				title=_("Decided"),
			)
