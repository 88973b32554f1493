import frappe
from frappe.utils import add_days, add_months, get_first_day, get_last_day, getdate, today

from itil_strategy.business_relationship.doctype.service_commitment.service_commitment import end_commitments
from itil_strategy.exceptions import (
	CapacityError,
	DateOrderError,
	GateError,
	RetirementError,
	RunStateError,
	ServiceStrategyError,
	WaiverError,
)
from itil_strategy.service_portfolio.gates.facts import collect_facts
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_offering, make_service, make_user
from itil_strategy.tests.portfolio import decide, make_retirement, reload

CUSTOMER, OTHER = "Harbour GmbH", "Meadow AG"


def first(months: int) -> str:
	"""First day of the month so many months from now."""
	return str(get_first_day(add_months(today(), months)))


def last(months: int) -> str:
	return str(get_last_day(add_months(today(), months)))


def make_commitment(offering, units: float, **values):
	return frappe.get_doc(
		{
			"doctype": "Service Commitment",
			"customer": CUSTOMER,
			"service_offering": offering.name,
			"units_per_month": units,
			"valid_from": first(1),
			"valid_to": last(12),
			**values,
		}
	).insert()


class TestServiceCommitment(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.service = make_service()
		self.offering = make_offering(self.service, practical_capacity=100)

	def test_over_capacity_in_one_month_of_twelve(self):
		"""BR-9: 60 all year and 30 in one month leave 10 there; 20 are 10 too many."""
		make_commitment(self.offering, 60)
		make_commitment(self.offering, 30, customer=OTHER, valid_from=first(6), valid_to=last(6))
		with self.assertRaisesRegex(
			CapacityError, f"{first(6)[:7]}: 110 promised, 100 can be delivered, 10 too many.*Promise less"
		):
			make_commitment(self.offering, 20)
		make_commitment(self.offering, 10)

	def test_an_accepted_need_takes_its_share_until_it_has_a_commitment(self):
		need = self.need(40, "Accepted")
		with self.assertRaisesRegex(CapacityError, "10 too many"):
			make_commitment(self.offering, 70, customer=OTHER)
		make_commitment(self.offering, 40, customer_need=need)
		make_commitment(self.offering, 60, customer=OTHER)
		with self.assertRaises(CapacityError):
			make_commitment(self.offering, 1, customer=OTHER)

	def test_the_need_it_answers_is_of_the_same_customer_and_offering(self):
		need = self.need(40, "Accepted")
		other_offering = make_offering(self.service)
		with self.assertRaisesRegex(ServiceStrategyError, f"{need}.*asks for Customer.*{CUSTOMER}.*{OTHER}"):
			make_commitment(self.offering, 10, customer=OTHER, customer_need=need)
		with self.assertRaisesRegex(ServiceStrategyError, f"asks for .*Offering.*{self.offering.name}"):
			make_commitment(other_offering, 10, customer_need=need)
		draft = make_commitment(other_offering, 10, status="Draft")
		draft.customer_need = need
		with self.assertRaisesRegex(ServiceStrategyError, "Choose a need that fits, or leave it empty"):
			draft.save()
		# Of a need that names no offering the service counts.
		frappe.db.set_value("Customer Need", need, "service_offering", None)
		draft.reload()
		draft.customer_need = need
		draft.save()
		with self.assertRaisesRegex(ServiceStrategyError, f"asks for IT Service.*{self.service.name}"):
			make_commitment(make_offering(make_service()), 10, customer_need=need)

	def need(self, units: float, status: str) -> str:
		doc = frappe.get_doc(
			{
				"doctype": "Customer Need",
				"need_title": "More mailboxes",
				"customer": CUSTOMER,
				"wanted_outcome": "Everybody can be reached",
				"it_service": self.service.name,
				"service_offering": self.offering.name,
				"units_per_month": units,
				"needed_from": first(1),
				"needed_to": last(12),
			}
		).insert()
		frappe.db.set_value("Customer Need", doc.name, "status", status)
		return doc.name

	def test_a_draft_is_no_promise_and_is_activated_within_a_waiver(self):
		make_commitment(self.offering, 90)
		draft = make_commitment(self.offering, 20, status="Draft")
		self.assertIn("110 promised", draft.capacity_note)
		with self.assertRaises(CapacityError):
			draft.activate()
		draft.reload()
		frappe.set_user(make_user("Business Relationship Manager"))
		with self.assertRaises(frappe.PermissionError):
			draft.waive_capacity("New servers come in May", add_days(today(), 60))
		frappe.set_user(make_user("Service Portfolio Manager"))
		for reason, day in (("", add_days(today(), 60)), ("x", add_days(today(), -1)), ("x", "")):
			with self.assertRaisesRegex(WaiverError, "needs a reason"):
				frappe.get_doc("Service Commitment", draft.name).waive_capacity(reason, day)
		draft = frappe.get_doc("Service Commitment", draft.name)
		draft.waive_capacity("New servers come in May", add_days(today(), 60))
		self.assertEqual(draft.waived_by, frappe.session.user)
		frappe.set_user(make_user("Business Relationship Manager"))
		draft = frappe.get_doc("Service Commitment", draft.name)
		draft.activate()
		self.assertEqual((draft.status, draft.waiver_reason), ("Active", "New servers come in May"))

	def test_a_waiver_is_not_written_by_hand(self):
		draft = make_commitment(self.offering, 120, status="Draft", waiver_expires_on=add_days(today(), 9))
		self.assertIsNone(draft.waiver_expires_on)
		draft.waiver_expires_on = add_days(today(), 9)
		with self.assertRaises(RunStateError):
			draft.save()

	def test_no_capacity_is_no_limit(self):
		make_commitment(make_offering(self.service), 10**6)

	def test_what_makes_no_sense(self):
		for values, exception, words in (
			({"valid_to": first(0)}, DateOrderError, "Valid To.*is before .*Valid From"),
			({"units_per_month": 0}, ServiceStrategyError, "must be above 0"),
		):
			with self.subTest(words), self.assertRaisesRegex(exception, words):
				make_commitment(self.offering, 1, **values)

	def test_a_promise_stays_on_record(self):
		doc = make_commitment(self.offering, 10)
		doc.customer = OTHER
		with self.assertRaisesRegex(ServiceStrategyError, "Customer.* of a commitment stays"):
			doc.save()
		doc.reload()
		doc.status = "Draft"
		with self.assertRaisesRegex(ServiceStrategyError, "promised already"):
			doc.save()
		with self.assertRaisesRegex(ServiceStrategyError, "stays on record"):
			frappe.get_doc("Service Commitment", doc.name).delete()
		make_commitment(self.offering, 1, status="Draft").delete()

	def test_nothing_is_promised_after_the_last_day(self):
		"""SP-6; what was promised before has to be ended before the service is retired."""
		commitment = make_commitment(self.offering, 10, valid_from=first(0), valid_to=None)
		last_day = add_days(today(), 20)
		make_retirement(
			self.service,
			last_day=last_day,
			loss_accepted=1,
			loss_reason="Nobody uses it",
			data_owner="Administrator",
			data_retention="Deleted",
		).submit()
		for valid_to in (None, add_days(last_day, 1)):
			with self.assertRaisesRegex(RetirementError, "The last day of"):
				make_commitment(self.offering, 1, valid_from=first(0), valid_to=valid_to)
		make_commitment(self.offering, 1, valid_from=today(), valid_to=last_day)
		decide(self.service, "Retire")
		with self.freeze_time(add_days(last_day, 1) + " 12:00:00.250000"):
			with self.assertRaisesRegex(GateError, f"Promised beyond the last day: {commitment.name}"):
				decide(self.service, "Retire")
			commitment = frappe.get_doc("Service Commitment", commitment.name)
			commitment.valid_to = last_day
			commitment.save()
			self.assertEqual(commitment.status, "Ended")
			decide(self.service, "Retire")
		self.assertEqual(reload(self.service).stage, "Retired")

	def test_commitments_end_by_themselves(self):
		doc = make_commitment(self.offering, 10, valid_from=today(), valid_to=add_days(today(), 3))
		end_commitments()
		self.assertEqual(frappe.db.get_value("Service Commitment", doc.name, "status"), "Active")
		with self.freeze_time(add_days(today(), 4) + " 12:00:00.250000"):
			end_commitments()
		self.assertEqual(frappe.db.get_value("Service Commitment", doc.name, "status"), "Ended")

	def test_the_gate_sees_what_is_over_promised(self):
		make_commitment(self.offering, 90)
		self.assertEqual(
			collect_facts([self.service.name], ["Capacity"], getdate())[self.service.name].over_promised, ()
		)
		self.offering.practical_capacity = 80
		self.offering.save()
		found = collect_facts([self.service.name], ["Capacity"], getdate())[self.service.name].over_promised
		self.assertEqual(len(found), 12)
		self.assertIn(f"{self.offering.name} in {first(1)[:7]}: 90 promised, 80 can be delivered", found[0])
