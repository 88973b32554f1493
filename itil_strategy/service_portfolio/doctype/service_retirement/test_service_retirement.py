import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import DateOrderError, LiveDependentsError, RetirementError
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user
from itil_strategy.tests.portfolio import make_retirement, propose_service, reload


class TestServiceRetirement(SiteTestCase):
	def test_notice_sets_the_last_day_and_withdrawal_takes_it_back(self):
		service, successor = make_service(), propose_service()
		plan = make_retirement(service, last_day=add_days(today(), 90), successor=successor.name)
		self.assertGreater(len(plan.checklist), 3)
		self.assertEqual((plan.status, reload(service).last_day), ("Draft", None))
		plan.submit()
		self.assertEqual(plan.status, "Notice Given")
		service = reload(service)
		self.assertEqual((str(service.last_day), service.successor), (add_days(today(), 90), successor.name))
		plan.checklist[0].is_done = 1
		plan.data_owner = make_user("Service Owner")
		plan.save()
		self.assertEqual(str(plan.checklist[0].done_on), today())
		plan.cancel()
		self.assertEqual((plan.status, reload(service).last_day), ("Withdrawn", None))

	def test_dates_the_wrong_way_round(self):
		service = make_service()
		for values, words in (
			({"last_day": add_days(today(), -1)}, "Last Day.*is before .*Notice Given On"),
			(
				{"notice_given_on": None, "last_day": "2024-12-31"},
				"Last Day.*is before .*Operational From",
			),
			(
				{"last_day": add_days(today(), 10), "retention_until": add_days(today(), 9)},
				"Keep Data Until.*is before .*Last Day",
			),
		):
			with self.subTest(words), self.assertRaisesRegex(DateOrderError, words):
				make_retirement(service, **values)

	def test_an_incomplete_plan_is_not_submitted(self):
		service = make_service()
		plan = make_retirement(service)
		with self.assertRaisesRegex(RetirementError, "Fill in .*Last Day"):
			plan.submit()
		plan = frappe.get_doc("Service Retirement", plan.name)
		plan.update({"notice_given_on": add_days(today(), 3), "last_day": add_days(today(), 9)})
		with self.assertRaisesRegex(RetirementError, "Submit the plan on that day"):
			plan.submit()
		plan = frappe.get_doc("Service Retirement", plan.name)
		plan.update({"notice_given_on": add_days(today(), -9), "last_day": add_days(today(), -3)})
		with self.assertRaisesRegex(RetirementError, "has passed"):
			plan.submit()
		with self.assertRaisesRegex(RetirementError, "already. Continue there"):
			make_retirement(service)
		with self.assertRaisesRegex(RetirementError, "Only a service of the catalogue"):
			make_retirement(propose_service())

	def test_a_service_with_live_dependents_does_not_retire(self):
		"""SP-5: unless they leave in time."""
		service = make_service()
		dependent = make_service(dependencies=[{"depends_on": service.name}])
		plan = make_retirement(service, last_day=add_days(today(), 60))
		with self.assertRaisesRegex(LiveDependentsError, f"{dependent.name}.* depend on it"):
			plan.submit()
		make_retirement(dependent, last_day=add_days(today(), 60)).submit()
		frappe.get_doc("Service Retirement", plan.name).submit()

	def test_no_withdrawal_after_the_last_day(self):
		service = make_service()
		plan = make_retirement(service, last_day=add_days(today(), 5))
		plan.submit()
		with self.freeze_time(add_days(today(), 6) + " 12:00:00.250000"):
			with self.assertRaisesRegex(RetirementError, "its retirement is final"):
				frappe.get_doc("Service Retirement", plan.name).cancel()

	def test_the_state_is_the_apps(self):
		service = make_service()
		plan = make_retirement(service, last_day=add_days(today(), 5), status="Last Day Passed")
		self.assertEqual(plan.status, "Draft")
