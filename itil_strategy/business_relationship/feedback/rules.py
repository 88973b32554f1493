"""What may be written into a feedback, by whom and until when (BR-5)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from itil_strategy.business_relationship.feedback.order import check_order
from itil_strategy.domain.feedback import ACKNOWLEDGED, CREDIT, NEW
from itil_strategy.exceptions import FeedbackStateError, ServiceStrategyError
from itil_strategy.utils.charges import PUBLISHED
from itil_strategy.utils.customers import is_contact
from itil_strategy.utils.guard import is_changed, protect_job_fields
from itil_strategy.utils.relationship_permissions import is_customer_only
from itil_strategy.utils.text import as_html, bold

# Written by the steps and jobs only.
APP_FIELDS = (
	"status",
	"acknowledged_on",
	"due_by",
	"clock_started_on",
	"warn_by",
	"escalate_by",
	"target_hours",
	"warned_on",
	"breached_on",
	"breach_count",
	"escalated_to",
	"escalated_on",
	"holds",
	"assigned_to",
	"response",
	"responded_on",
	"last_response_on",
	"hours_to_response",
	"in_time",
	"customer_answer",
	"answered_on",
	"reopen_count",
	"closed_on",
	"credit_status",
	"credit_requested_on",
	"credit_correction",
	"answer_key_hash",
)
# Fixed once finance was asked.
CREDIT_FIELDS = ("remedy", "credit_amount", "credit_currency", "credit_charge")
# Fixed once a response was measured.
MEASURED_FIELDS = ("received_on",)
# What a customer cannot change after sending it, and what only until work starts.
CUSTOMER_FIXED = (
	"customer",
	"nature",
	"severity",
	"is_legal",
	"received_on",
	"channel",
	"it_service",
	"service_offering",
)
CUSTOMER_WORDS = ("subject", "what_happened", "remedy_sought", "contact")


def protect_state(doc: Document) -> None:
	"""The steps move the record; a form, an import or a REST call cannot (BR-5)."""
	if not doc.flags.written_by_app:
		protect_job_fields(doc, APP_FIELDS, FeedbackStateError)
		_refuse_change(doc, MEASURED_FIELDS if doc.responded_on else (), _("a response was given"))
		_refuse_change(doc, CREDIT_FIELDS if doc.credit_status else (), _("finance was asked for the credit"))


def refuse_late_change_by_customer(doc: Document) -> None:
	"""A customer may correct the own words until work starts, and nothing that decides who does what when."""
	if doc.flags.written_by_app or not is_customer_only(frappe.session.user):
		return
	_refuse_change(doc, CUSTOMER_FIXED, _("we have it"))
	if doc.status not in (NEW, ACKNOWLEDGED):
		_refuse_change(doc, CUSTOMER_WORDS, _("we work on it"))


def _refuse_change(doc: Document, fieldnames: tuple[str, ...], reason: str) -> None:
	for fieldname in fieldnames:
		if is_changed(doc, fieldname):
			frappe.throw(
				_("{0} cannot be changed any more, because {1}. Write a comment or a reply instead.").format(
					bold(_(doc.meta.get_label(fieldname))), reason
				),
				FeedbackStateError,
				title=_("Already Under Way"),
			)


def validate_links(doc: Document) -> None:
	if doc.contact and doc.customer and not is_contact(doc.contact, doc.customer):
		_refuse(doc, "contact", _("{0} is no contact of {1}.").format(bold(doc.contact), bold(doc.customer)))
	if not doc.service_offering:
		return
	service = frappe.db.get_value("Service Offering", doc.service_offering, "it_service")
	if not doc.it_service:
		doc.it_service = service
	elif doc.it_service != service:
		_refuse(
			doc,
			"service_offering",
			_("{0} is an offering of {1}.").format(bold(doc.service_offering), bold(service)),
		)


def validate_dates(doc: Document) -> None:
	label = _(doc.meta.get_label("received_on"))
	check_order(label, doc.received_on, _("Now"), now_datetime())
	check_order(label, doc.received_on, _(doc.meta.get_label("responded_on")), doc.responded_on)
	for row in doc.actions:
		check_order(
			label,
			doc.received_on,
			_("Row #{0}: {1}").format(row.idx, _(row.meta.get_label("due_on"))),
			row.due_on,
			days_only=True,
		)


def validate_credit(doc: Document) -> None:
	if doc.remedy != CREDIT:
		return
	if not doc.credit_currency:
		doc.credit_currency = frappe.db.get_value("Customer", doc.customer, "default_currency")
	if doc.credit_charge:
		customer, status = frappe.db.get_value(
			"Service Charge", doc.credit_charge, ["customer", "status"]
		) or (None, None)
		if customer != doc.customer:
			_refuse(
				doc,
				"credit_charge",
				_("It is a charge of {0}, not of {1}.").format(bold(customer), bold(doc.customer)),
			)
		# A charge may be taken back later; the run that would credit it says so.
		if doc.has_value_changed("credit_charge") and status not in PUBLISHED:
			_refuse(
				doc,
				"credit_charge",
				_("Charge {0} is {1}, and only a published charge can be credited.").format(
					as_html(str(doc.credit_charge)), _(status)
				),
			)


def refuse_delete(doc: Document) -> None:
	if doc.status != NEW:
		frappe.throw(
			_("{0} was acknowledged: it stays on record. Close it instead.").format(bold(doc.name)),
			FeedbackStateError,
			title=_("Stays on Record"),
		)


def _refuse(doc: Document, fieldname: str, message: str) -> None:
	frappe.throw(
		f"{bold(_(doc.meta.get_label(fieldname)))}: {message} {as_html(_('Choose another.'))}",
		ServiceStrategyError,
	)
