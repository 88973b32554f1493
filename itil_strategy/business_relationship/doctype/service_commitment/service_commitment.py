import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, formatdate, getdate

from itil_strategy.domain.capacity import CapacityError as OverCapacity
from itil_strategy.domain.capacity import Promise, check_promise, show
from itil_strategy.exceptions import (
	CapacityError,
	DateOrderError,
	RetirementError,
	ServiceStrategyError,
	WaiverError,
)
from itil_strategy.utils.demand import load_promises, lock_offering
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.permissions import EDIT_SERVICES, has_any_role

ACTIVE, DRAFT, ENDED = "Active", "Draft", "Ended"
WAIVER_FIELDS = ("waiver_reason", "waiver_expires_on", "waived_by")
SHOWN_MONTHS = 12


class ServiceCommitment(Document):
	"""What a customer is promised of an offering per month; never more than can be delivered (BR-9)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		capacity_note: DF.SmallText | None
		currency: DF.Link | None
		customer: DF.Link
		customer_need: DF.Link | None
		it_service: DF.Link | None
		naming_series: DF.Literal["SC-.YYYY.-.#####"]
		notes: DF.SmallText | None
		price_basis: DF.Literal["By policy", "Agreed"]
		service_level: DF.SmallText | None
		service_offering: DF.Link
		status: DF.Literal["Active", "Draft", "Ended"]
		unit_price: DF.Currency
		units_per_month: DF.Float
		uom: DF.Data | None
		valid_from: DF.Date
		valid_to: DF.Date | None
		waived_by: DF.Link | None
		waiver_expires_on: DF.Date | None
		waiver_reason: DF.SmallText | None
	# end: auto-generated types

	def save(self, *args, **kwargs):
		"""The offering is locked before the commitment's own row: of two promises at once the second waits here."""
		lock_offering(self.service_offering)
		return super().save(*args, **kwargs)

	def before_insert(self):
		"""Before the number is drawn, for the same reason."""
		lock_offering(self.service_offering)

	def validate(self):
		protect_job_fields(self, WAIVER_FIELDS)
		self.load_offering()
		self.validate_dates()
		self.validate_units()
		self.validate_price()
		self.validate_last_day()
		self.validate_unchanged_parties()
		self.validate_need()
		self.set_status()
		self.validate_capacity()

	def on_trash(self):
		self.refuse_delete_of_promise()

	def load_offering(self):
		lock_offering(self.service_offering)
		self.offering = frappe.db.get_value(
			"Service Offering",
			self.service_offering,
			["it_service", "practical_capacity", "valid_from", "valid_to", "disabled", "uom"],
			as_dict=True,
		)
		self.it_service, self.uom = self.offering.it_service, self.offering.uom

	def validate_dates(self):
		if self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			frappe.throw(
				_("{0} ({1}) is before {2} ({3}). Correct one of them.").format(
					frappe.bold(_("Valid To")),
					formatdate(self.valid_to),
					frappe.bold(_("Valid From")),
					formatdate(self.valid_from),
				),
				DateOrderError,
				title=_("Dates the Wrong Way Round"),
			)

	def validate_units(self):
		if flt(self.units_per_month) <= 0:
			frappe.throw(
				_("{0} must be above 0. Enter what is promised, or delete the commitment.").format(
					frappe.bold(_("Units per Month"))
				),
				ServiceStrategyError,
				title=_("Nothing Promised"),
			)

	def validate_price(self):
		if self.price_basis != "Agreed":
			self.unit_price, self.currency = 0, None
		elif not self.currency:
			frappe.throw(
				_("An agreed price needs a {0}. Choose one.").format(frappe.bold(_("Currency"))),
				ServiceStrategyError,
				title=_("Agreed Price"),
			)

	def validate_last_day(self):
		"""SP-6: nothing is promised after the last day of the service; what was promised before may be ended."""
		last_day = frappe.db.get_value("IT Service", self.it_service, "last_day")
		if not last_day or self.status == ENDED:
			return
		before = self.get_doc_before_save()
		longer = (
			not before
			or not before.valid_to
			or (self.valid_to and getdate(self.valid_to) > getdate(before.valid_to))
		)
		if (not self.valid_to or getdate(self.valid_to) > getdate(last_day)) and (
			longer or not self.valid_to
		):
			frappe.throw(
				_("The last day of {0} is {1}. Choose a {2} up to that day.").format(
					frappe.bold(self.it_service), formatdate(last_day), frappe.bold(_("Valid To"))
				),
				RetirementError,
				title=_("Service Retires"),
			)

	def validate_unchanged_parties(self):
		"""Charges and reports refer to it: another customer or offering is another commitment."""
		before = self.get_doc_before_save()
		if not before or before.status == DRAFT:
			return
		for fieldname in ("customer", "service_offering"):
			if self.get(fieldname) != before.get(fieldname):
				frappe.throw(
					_("{0} of a commitment stays. End this one and create another.").format(
						frappe.bold(_(self.meta.get_label(fieldname)))
					),
					ServiceStrategyError,
					title=_("Another Commitment"),
				)
		if self.status == DRAFT:
			frappe.throw(
				_("{0} is promised already. End it by a {1} instead of making it a draft.").format(
					frappe.bold(self.name), frappe.bold(_("Valid To"))
				),
				ServiceStrategyError,
				title=_("Promised Already"),
			)

	def validate_need(self):
		"""A commitment answers a need of the same customer, for the offering or service that was asked for."""
		fields = ("customer_need", "customer", "service_offering")
		if not self.customer_need or not any(self.has_value_changed(field) for field in fields):
			return
		need = frappe.db.get_value(
			"Customer Need", self.customer_need, ["customer", "service_offering", "it_service"], as_dict=True
		)
		asked = "service_offering" if need.service_offering else "it_service"
		for fieldname in ("customer", asked):
			if need[fieldname] and need[fieldname] != self.get(fieldname):
				frappe.throw(
					_(
						"{0} {1} asks for {2} {3}, the commitment names {4}. Choose a need that fits, or leave it empty."
					).format(
						frappe.bold(_(self.meta.get_label("customer_need"))),
						frappe.bold(self.customer_need),
						_(self.meta.get_label(fieldname)),
						frappe.bold(escape_html(need[fieldname])),
						frappe.bold(escape_html(cstr(self.get(fieldname)))),
					),
					ServiceStrategyError,
					title=_("Need of Another"),
				)

	def set_status(self):
		if self.status != DRAFT:
			ended = self.valid_to and getdate(self.valid_to) < getdate()
			self.status = ENDED if ended else ACTIVE

	def validate_capacity(self):
		"""Every month is judged; a draft says what is wrong, a promise is refused unless it is waived."""
		self.capacity_note = None
		if self.status == ENDED:
			return
		promise = Promise(
			self.name or "",
			getdate(self.valid_from),
			getdate(self.valid_to) if self.valid_to else None,
			to_decimal(self.units_per_month),
		)
		others = load_promises(
			[self.service_offering],
			without_commitment=self.name,
			without_need=self.customer_need,
			latest=True,
		).get(self.service_offering, [])
		try:
			check_promise(to_decimal(self.offering.practical_capacity), promise, others)
		except OverCapacity as error:
			self.capacity_note = "\n".join(
				_("{0}: {1} promised, {2} can be delivered, {3} too many").format(
					f"{shortfall.month:%Y-%m}",
					show(shortfall.promised),
					show(shortfall.capacity),
					show(shortfall.missing),
				)
				for shortfall in error.shortfalls[:SHOWN_MONTHS]
			)
			if self.status == ACTIVE and not self.is_waived():
				self.refuse_over_capacity()

	def is_waived(self) -> bool:
		return bool(self.waiver_expires_on) and getdate(self.waiver_expires_on) >= getdate()

	def refuse_over_capacity(self):
		frappe.throw(
			_(
				"{0} cannot deliver that: {1}. Promise less or for other months, or save it as Draft and ask a Service Portfolio Manager to waive the limit."
			).format(frappe.bold(self.service_offering), self.capacity_note.replace("\n", "; ")),
			CapacityError,
			title=_("Over Capacity"),
		)

	def refuse_delete_of_promise(self):
		if self.status != DRAFT:
			frappe.throw(
				_("{0} was promised and stays on record. End it by a {1}.").format(
					frappe.bold(self.name), frappe.bold(_("Valid To"))
				),
				ServiceStrategyError,
				title=_("Promised Already"),
			)

	@frappe.whitelist(methods=["POST"])
	def activate(self) -> None:
		"""Promise what was a draft."""
		self.check_permission("write")
		self.status = ACTIVE
		self.save()

	@frappe.whitelist(methods=["POST"])
	def waive_capacity(self, reason: str, expires_on: str) -> None:
		"""Set the limit aside up to a day, as a Service Portfolio Manager (SP-2)."""
		self.check_permission("read")
		if not has_any_role(EDIT_SERVICES, frappe.session.user):
			frappe.throw(
				_("Only a Service Portfolio Manager may waive the capacity. Ask one."), frappe.PermissionError
			)
		if not cstr(reason).strip() or not expires_on or getdate(expires_on) < getdate():
			frappe.throw(
				_("A waiver needs a reason and a day to come on which it expires. Fill in both."),
				WaiverError,
				title=_("Waiver"),
			)
		# Whoever may waive may not write: nothing else of what was sent is stored.
		self.load_from_db()
		self.flags.written_by_job = True
		self.flags.ignore_permissions = True
		self.update(
			{"waiver_reason": reason, "waiver_expires_on": expires_on, "waived_by": frappe.session.user}
		)
		self.save()


def end_commitments() -> None:
	"""Daily: commitments whose last day is over are ended."""
	table = frappe.qb.DocType("Service Commitment")
	(
		frappe.qb.update(table)
		.set(table.status, ENDED)
		.where((table.status == ACTIVE) & table.valid_to.isnotnull() & (table.valid_to < getdate()))
	).run()


def on_doctype_update():
	frappe.db.add_index("Service Commitment", ["service_offering", "status", "valid_from"], "promised")
	# Whether a need has its commitment already.
	frappe.db.add_index("Service Commitment", ["customer_need", "status"], "commitment_of_need")
