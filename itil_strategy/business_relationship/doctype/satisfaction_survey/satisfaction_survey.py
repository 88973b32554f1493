import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, today

from itil_strategy.business_relationship.doctype.satisfaction_survey.frozen import (
	refuse_changed_waves,
	refuse_frozen_questions,
	refuse_moved_waves,
)
from itil_strategy.business_relationship.surveys import daily, results, sending
from itil_strategy.business_relationship.surveys.load import load_questions, load_schedule
from itil_strategy.domain.survey import (
	FIXED_SCALES,
	RATING,
	QuestionWeightError,
	SurveyError,
	validate_questions,
)
from itil_strategy.domain.survey_schedule import validate_schedule
from itil_strategy.exceptions import (
	ServiceStrategyError,
	SurveyStateError,
	WeightTotalError,
)
from itil_strategy.utils.guard import protect_job_fields
from itil_strategy.utils.text import bold
from itil_strategy.utils.translation import translate

DRAFT, ACTIVE, CLOSED = "Draft", "Active", "Closed"
SETTINGS = "Service Strategy Settings"
AUDIENCE = {"services": "it_service", "customers": "customer", "contacts": "contact"}


class SatisfactionSurvey(Document):
	"""Questions, whom they are asked and how often (BR-7). Active surveys are sent by the daily job."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from itil_strategy.business_relationship.doctype.survey_contact.survey_contact import SurveyContact
		from itil_strategy.business_relationship.doctype.survey_customer.survey_customer import SurveyCustomer
		from itil_strategy.business_relationship.doctype.survey_question.survey_question import SurveyQuestion
		from itil_strategy.business_relationship.doctype.survey_service.survey_service import SurveyService
		from itil_strategy.business_relationship.doctype.survey_wave.survey_wave import SurveyWave

		cadence: DF.Literal["Once", "Monthly", "Quarterly", "Half-yearly", "Yearly"]
		contacts: DF.Table[SurveyContact]
		customers: DF.Table[SurveyCustomer]
		expires_after_days: DF.Int
		introduction: DF.SmallText | None
		last_wave: DF.Date | None
		naming_series: DF.Literal["SS-.YYYY.-.#####"]
		questions: DF.Table[SurveyQuestion]
		reminder_spacing_days: DF.Int
		reminders: DF.Int
		services: DF.Table[SurveyService]
		starts_on: DF.Date | None
		state: DF.Literal["Draft", "Active", "Closed"]
		survey_title: DF.Data
		thanks: DF.SmallText | None
		throttle_days: DF.Int
		version_of: DF.Link | None
		waves: DF.Table[SurveyWave]
	# end: auto-generated types

	def before_insert(self):
		self.set_throttle()

	def validate(self):
		protect_job_fields(self, ("state", "last_wave", "version_of"))
		refuse_changed_waves(self)
		self.set_scales()
		self.set_customers_of_contacts()
		self.validate_audience()
		self.validate_questions_and_schedule()
		refuse_frozen_questions(self)
		refuse_moved_waves(self)

	def set_throttle(self):
		"""An empty field takes the proposal of the settings; 0 is an answer."""
		if self.throttle_days is None:
			self.throttle_days = cint(frappe.get_cached_doc(SETTINGS).survey_throttle_days)

	def set_scales(self):
		for row in self.questions:
			if row.kind != RATING:
				row.minimum, row.maximum = FIXED_SCALES.get(row.kind, (0, 0))

	def set_customers_of_contacts(self):
		for row in self.contacts:
			row.customer = row.customer or frappe.db.get_value(
				"Dynamic Link",
				{"parenttype": "Contact", "parent": row.contact, "link_doctype": "Customer"},
				"link_name",
				order_by="idx asc",
			)

	def validate_audience(self):
		for table, fieldname in AUDIENCE.items():
			seen = set()
			for row in self.get(table):
				if row.get(fieldname) in seen:
					frappe.throw(
						_("{0}, row #{1}: {2} is listed twice. Keep one row.").format(
							_(self.meta.get_label(table)), row.idx, bold(row.get(fieldname))
						),
						ServiceStrategyError,
						title=_("Audience"),
					)
				seen.add(row.get(fieldname))

	def validate_questions_and_schedule(self):
		try:
			validate_questions(load_questions(self))
			validate_schedule(load_schedule(self))
		except QuestionWeightError as error:
			frappe.throw(translate(error.text), WeightTotalError, title=_("Weights"))
		except SurveyError as error:
			frappe.throw(translate(error.text), ServiceStrategyError, title=_("Survey"))

	def require_state(self, state: str):
		if self.state != state:
			frappe.throw(
				_(
					"{0} is {1}; this is possible only while it is {2}. Reload to see what became of it."
				).format(bold(self.name), bold(_(self.state)), bold(_(state))),
				SurveyStateError,
				title=_("Survey"),
			)

	def move_to(self, state: str):
		self.flags.written_by_job = True
		self.state = state
		self.save()
		self.flags.written_by_job = False

	@frappe.whitelist(methods=["POST"])
	def activate(self):
		"""From now on the survey is sent by its cadence."""
		self.check_permission("write")
		self.require_state(DRAFT)
		if not any(self.get(table) for table in AUDIENCE):
			frappe.throw(
				_("Nobody would be asked. Add services, customers or contacts under Audience."),
				ServiceStrategyError,
				title=_("Audience"),
			)
		if self.version_of and frappe.db.get_value(self.doctype, self.version_of, "state") == ACTIVE:
			frappe.throw(
				_(
					"The earlier version {0} is still active. Close it first, or contacts would get both."
				).format(bold(self.version_of)),
				SurveyStateError,
				title=_("Earlier Version"),
			)
		self.starts_on = self.starts_on or today()
		self.move_to(ACTIVE)

	@frappe.whitelist(methods=["POST"])
	def close(self):
		"""End the survey: nobody is asked or reminded any more, and open links are over."""
		self.check_permission("write")
		self.require_state(ACTIVE)
		self.move_to(CLOSED)
		daily.expire_invitations(self.name)

	@frappe.whitelist()
	def preview_wave(self) -> dict:
		"""Whom Send Now would ask today, and whom it would leave out for which reason."""
		self.check_permission("write")
		self.require_state(ACTIVE)
		return sending.preview_wave(self)

	@frappe.whitelist(methods=["POST"])
	def send_now(self):
		"""Send the current wave in the background, to those who were not asked in it yet."""
		self.check_permission("write")
		self.require_state(ACTIVE)
		sending.enqueue_wave(self)

	@frappe.whitelist(methods=["POST"])
	def make_new_version(self) -> str:
		"""A draft with the same questions and audience, free to change; answers its name."""
		self.check_permission("read")
		copy = frappe.copy_doc(self, ignore_no_copy=False)
		copy.flags.written_by_job = True
		copy.update({"version_of": self.name, "state": DRAFT, "waves": []})
		return copy.insert().name

	@frappe.whitelist()
	def get_results(self) -> list[dict]:
		"""Per question how it was answered."""
		self.check_permission("read")
		return results.get_results(self)
