"""What a need must satisfy, one rule each; the controller calls them in their order."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, flt, formatdate, getdate

from itil_strategy.domain.needs import (
	AGREED_STATES,
	DRAFT,
	MAX_PART,
	MIN_PART,
	SHOWN_AS_NEED,
	Score,
	ScoreError,
)
from itil_strategy.domain.portfolio import CATALOGUE, RETIRED
from itil_strategy.exceptions import (
	DateOrderError,
	NeedContentError,
	NeedScoreError,
	NeedServiceError,
	NeedStateError,
)
from itil_strategy.utils.customers import contact_of, is_contact
from itil_strategy.utils.relationship_permissions import is_customer_only
from itil_strategy.utils.text import bold

SCORE_FIELDS = ("value", "time_criticality", "risk_reduction", "size")
CONTENT_FIELDS = (
	"need_title",
	"customer",
	"wanted_outcome",
	"it_service",
	"service_offering",
	"units_per_month",
	"needed_from",
	"needed_to",
)
ROW_FIELDS = ("topic", "statement", "acceptance_criterion", "stakeholder", "moscow", "exclusive_with")
NUMBERS = ("Int", "Float")


def set_people(need: Document) -> None:
	"""A customer speaks for itself; what we enter counts as raised by the contact's user, if there is one."""
	user, before = frappe.session.user, need.get_doc_before_save()
	if is_customer_only(user):
		need.contact = contact_of(user, need.customer) if need.customer else None
		need.raised_by = before.raised_by if before else user
	elif not need.raised_by:
		contact_user = frappe.db.get_value("Contact", need.contact, "user") if need.contact else None
		need.raised_by = contact_user or user


def validate_people(need: Document) -> None:
	if need.contact and need.has_value_changed("contact") and not is_contact(need.contact, need.customer):
		frappe.throw(
			_("{0} is no contact of {1}. Choose one, or link the contact to the customer.").format(
				bold(need.contact), bold(need.customer)
			),
			NeedContentError,
			title=_("Contact"),
		)
	if not need.is_new() and need.status != DRAFT and need.has_value_changed("raised_by"):
		frappe.throw(
			_("{0} stays as it was when the need was submitted.").format(bold(_("Raised By"))),
			NeedContentError,
			title=_("Raised By"),
		)


def validate_author(need: Document) -> None:
	"""Customers write their drafts; what they submitted is dealt with by us."""
	if need.status != DRAFT and is_customer_only(frappe.session.user):
		frappe.throw(
			_("{0} is submitted and cannot be changed any more. Tell your relationship manager.").format(
				bold(need.name)
			),
			NeedStateError,
			title=_("Already Submitted"),
		)


def validate_dates(need: Document) -> None:
	if need.needed_from and need.needed_to and getdate(need.needed_to) < getdate(need.needed_from):
		frappe.throw(
			_("Needed To ({0}) is before Needed From ({1}). Correct one of them.").format(
				formatdate(need.needed_to), formatdate(need.needed_from)
			),
			DateOrderError,
			title=_("Dates the Wrong Way Round"),
		)


def validate_offering(need: Document) -> None:
	"""The offering names the service; units are counted in an offering only."""
	if not need.service_offering:
		if flt(need.units_per_month):
			frappe.throw(
				_("Choose a Service Offering for {0}: it says what is counted.").format(
					bold(_("Units per Month"))
				),
				NeedContentError,
				title=_("Units Without Offering"),
			)
		return
	service = frappe.db.get_value("Service Offering", need.service_offering, "it_service")
	need.it_service = need.it_service or service
	if need.it_service != service:
		frappe.throw(
			_("{0} is an offering of {1}, not of {2}. Choose another one.").format(
				bold(need.service_offering), bold(service), bold(need.it_service)
			),
			NeedContentError,
			title=_("Service Offering"),
		)


def validate_requirements(need: Document) -> None:
	seen = set()
	for row in need.requirements:
		if row.exclusive_with and row.exclusive_with == row.topic:
			_refuse_row(row, _("{0} cannot exclude itself. Choose another topic.").format(bold(row.topic)))
		key = (row.topic, cstr(row.stakeholder).strip().lower())
		if key in seen:
			_refuse_row(
				row,
				_("{0} is listed twice for {1}. Keep one row per topic and stakeholder.").format(
					bold(row.topic), bold(row.stakeholder) if row.stakeholder else _("the same stakeholder")
				),
			)
		seen.add(key)


def validate_service_changed(need: Document) -> None:
	"""Asked when the service or the time is new: a service that ends later leaves old needs alone."""
	if need.is_new() or any(
		need.has_value_changed(field) for field in ("it_service", "needed_from", "needed_to")
	):
		validate_service(need)


def validate_service(need: Document) -> None:
	"""Nothing can be asked of a service that has ended, nor for a time after its last day."""
	if not need.it_service:
		return
	service = frappe.db.get_value("IT Service", need.it_service, ["phase", "stage", "last_day"], as_dict=True)
	last_day = getdate(service.last_day) if service.last_day else None
	if service.phase == RETIRED or (last_day and last_day < getdate()):
		_refuse_service(
			_("{0} has ended. Choose its successor, or leave the service empty.").format(
				bold(need.it_service)
			)
		)
	for fieldname in ("needed_from", "needed_to"):
		day = need.get(fieldname)
		if day and last_day and getdate(day) > last_day:
			_refuse_service(
				_(
					"{0} ({1}) is after the last day of {2}, {3}. Choose an earlier day or another service."
				).format(
					bold(_(need.meta.get_label(fieldname))),
					formatdate(day),
					bold(need.it_service),
					formatdate(last_day),
				)
			)
	if is_customer_only(frappe.session.user):
		_validate_entitled(need, service.phase)


def _validate_entitled(need: Document, phase: str) -> None:
	"""A customer sees the catalogue that it is entitled to, so it asks for nothing else by name."""
	entitled = frappe.get_all(
		"Service Entitlement", {"parent": need.it_service, "parenttype": "IT Service"}, pluck="customer"
	)
	if phase != CATALOGUE or (entitled and need.customer not in entitled):
		_refuse_service(
			_("{0} is not in your catalogue. Describe what you need and leave the service empty.").format(
				bold(need.it_service)
			)
		)


def set_score(need: Document) -> None:
	"""The score follows from its parts; parts are complete from the assessment on (BR-1)."""
	entered = [field for field in SCORE_FIELDS if need.get(field)]
	if need.status not in SHOWN_AS_NEED and len(entered) < len(SCORE_FIELDS):
		for fieldname in entered:
			_check_part(need, fieldname)
		need.wsjf_score = 0
		return
	need.wsjf_score = float(read_score(need).wsjf)


def read_score(need: Document) -> Score:
	"""The parts of the score. Raises NeedScoreError naming the part that is missing or out of range."""
	try:
		return Score(*(int(need.get(field) or 0) for field in SCORE_FIELDS))
	except ScoreError as error:
		_refuse_part(need, error.part, error.number)


def validate_agreed(need: Document) -> None:
	"""What was accepted stays as it was accepted; another wish is another need."""
	before = need.get_doc_before_save()
	if not before or before.status not in AGREED_STATES:
		return
	for fieldname in (*CONTENT_FIELDS, *SCORE_FIELDS):
		if _value(need, fieldname) != _value(before, fieldname):
			_refuse_agreed(need, need.meta.get_label(fieldname))
	if _rows(need) != _rows(before):
		_refuse_agreed(need, need.meta.get_label("requirements"))


def _value(need: Document, fieldname: str):
	if need.meta.get_field(fieldname).fieldtype in NUMBERS:
		return flt(need.get(fieldname), 9)
	return cstr(need.get(fieldname))


def _rows(need: Document) -> list[tuple]:
	return [tuple(cstr(row.get(field)) for field in ROW_FIELDS) for row in need.requirements]


def _check_part(need: Document, fieldname: str) -> None:
	number = int(need.get(fieldname))
	if not MIN_PART <= number <= MAX_PART:
		_refuse_part(need, fieldname, number)


def _refuse_part(need: Document, fieldname: str, number: int) -> None:
	frappe.throw(
		_("{0} is {1}. Enter a whole number from {2} to {3}, relative to other needs.").format(
			bold(_(need.meta.get_label(fieldname))), number, MIN_PART, MAX_PART
		),
		NeedScoreError,
		title=_("Score"),
	)


def _refuse_row(row: Document, message: str) -> None:
	frappe.throw(_("Row #{0}: {1}").format(row.idx, message), NeedContentError, title=_("Requirements"))


def _refuse_service(message: str) -> None:
	frappe.throw(message, NeedServiceError, title=_("Service Cannot Be Asked For"))


def _refuse_agreed(need: Document, label: str) -> None:
	frappe.throw(
		_("{0} is {1}, so {2} stays as it was accepted. Raise another need for what changed.").format(
			bold(need.name), _(need.status), bold(_(label))
		),
		NeedStateError,
		title=_("Already Accepted"),
	)


def require_service(need: Document) -> None:
	if not need.it_service:
		frappe.throw(
			_("Choose the IT Service that would meet the need: an existing or a proposed one."),
			NeedServiceError,
			title=_("No Service"),
		)
