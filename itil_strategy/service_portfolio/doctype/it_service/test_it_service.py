import frappe
from frappe.utils import add_days, today

from itil_strategy.exceptions import (
	DependencyError,
	LedgerSetupError,
	ServiceOwnerError,
	ServiceStrategyError,
	StageChangeError,
)
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import book_expense, center, make_service, make_user, unique
from itil_strategy.tests.portfolio import decide, make_objective, propose_service, reload
from itil_strategy.tests.setup import ABBR, COMPANY, OTHER_COMPANY


class TestITService(SiteTestCase):
	def test_a_new_service_starts_at_the_first_stage(self):
		doc = frappe.get_doc(
			{"doctype": "IT Service", "service_code": unique("S"), "service_name": "New"}
		).insert()
		self.assertEqual((doc.stage, doc.phase, doc.decision_state), ("Proposed", "Pipeline", "Active"))

	def test_the_stage_changes_by_decision_only(self):
		"""SP-1: refused by form, by the API of list view and REST, and by db_set."""
		doc = frappe.get_doc("IT Service", make_service(stage="Proposed").name)
		doc.stage = "Operational"
		with self.assertRaisesRegex(StageChangeError, "only by submitting a Portfolio Decision"):
			doc.save()
		with self.assertRaises(StageChangeError):
			frappe.client.set_value("IT Service", doc.name, "stage", "Operational")
		with self.assertRaises(StageChangeError):
			frappe.get_doc("IT Service", doc.name).db_set("stage", "Operational")
		with self.assertRaises(StageChangeError):
			frappe.get_doc("IT Service", doc.name).db_set("last_day", "2026-01-31")
		self.assertEqual(frappe.db.get_value("IT Service", doc.name, "stage"), "Proposed")

	def test_a_new_service_cannot_claim_a_later_stage(self):
		with self.assertRaises(StageChangeError):
			frappe.get_doc(
				{
					"doctype": "IT Service",
					"service_code": unique("S"),
					"service_name": "New",
					"stage": "Operational",
				}
			).insert()

	def test_cost_centers_must_fit(self):
		with self.assertRaisesRegex(LedgerSetupError, "Row #1.*is a group"):
			make_service(companies=[{"company": COMPANY, "provider_cost_center": f"{COMPANY} - {ABBR}"}])
		with self.assertRaisesRegex(LedgerSetupError, "belongs to"):
			make_service(companies=[{"company": OTHER_COMPANY, "provider_cost_center": center("Sales")}])
		with self.assertRaisesRegex(LedgerSetupError, "Row #2.*listed twice"):
			make_service(companies=[{"company": COMPANY, "provider_cost_center": center("Sales")}] * 2)

	def test_a_service_with_ledger_entries_is_not_deleted(self):
		doc = make_service()
		book_expense(doc.name, 1)
		with self.assertRaisesRegex(frappe.LinkExistsError, "Retire the service instead"):
			doc.delete()

	def test_an_owner_who_is_disabled_is_refused(self):
		user = make_user("Service Owner")
		frappe.db.set_value("User", user, "enabled", 0)
		with self.assertRaisesRegex(ServiceOwnerError, f"Service Owner: user .*{user}.* is disabled"):
			propose_service(service_owner=user)
		frappe.db.set_value("User", user, "enabled", 1)
		service = propose_service(service_owner=user)
		frappe.db.set_value("User", user, "enabled", 0)
		service.description = "Others may go on editing"
		service.save()

	def test_a_circle_of_critical_dependencies_is_named(self):
		"""SP-5: over any number of services, and only critical ones count."""
		first, second, third = (propose_service() for _number in range(3))
		for service, provider in ((first, second), (second, third)):
			service.append("dependencies", {"depends_on": provider.name, "is_critical": 1})
			service.save()
		third.append("dependencies", {"depends_on": first.name, "is_critical": 1})
		circle = " → ".join([first.name, second.name, third.name, first.name])
		smallest = min(first.name, second.name, third.name)
		with self.assertRaises(DependencyError) as caught:
			third.save()
		names = str(caught.exception).split("<strong>")[1].split("</strong>")[0].split(" → ")
		self.assertEqual((names[0], names[-1]), (smallest, smallest))
		self.assertEqual(set(names), set(circle.split(" → ")))
		third = reload(third)
		third.append("dependencies", {"depends_on": first.name, "is_critical": 0})
		third.save()

	def test_dependencies_are_sensible(self):
		provider = propose_service()
		for rows, words in (
			([{"depends_on": provider.name}] * 2, "Row #2.*listed twice"),
			([{"depends_on": provider.name, "share": 101}], "Row #1.*between 0 and 100"),
		):
			with self.subTest(words), self.assertRaisesRegex(ServiceStrategyError, words):
				propose_service(dependencies=rows)
		propose_service(dependencies=[{"depends_on": provider.name, "share": 60}])
		with self.assertRaisesRegex(DependencyError, f"{provider.name}.* would total 100.5 %"):
			propose_service(dependencies=[{"depends_on": provider.name, "share": 40.5}])
		service = propose_service()
		service.append("dependencies", {"depends_on": service.name})
		with self.assertRaisesRegex(DependencyError, "cannot depend on itself"):
			service.save()

	def test_fit_is_the_latest_assessment(self):
		service = propose_service()
		user = make_user("Service Portfolio Manager")
		frappe.set_user(user)
		service = reload(service)
		for kind, score, days in (("Technical", "2", -40), ("Technical", "3", -10), ("Functional", "4", 0)):
			service.append(
				"fit_assessments",
				{
					"kind": kind,
					"score": score,
					"assessed_on": add_days(today(), days),
					"assessed_by": "Guest",
				},
			)
		service.save()
		self.assertEqual((service.technical_fit, service.functional_fit), (3, 4))
		self.assertEqual({row.assessed_by for row in service.fit_assessments}, {user})
		service.append(
			"fit_assessments", {"kind": "Technical", "score": "1", "assessed_on": add_days(today(), 1)}
		)
		with self.assertRaisesRegex(ServiceStrategyError, "Row #4.*in the future"):
			service.save()

	def test_outcomes_are_sensible(self):
		objective = make_objective()
		for rows, words in (
			(
				[{"strategic_objective": objective, "contribution": 101}],
				"Row #1.*Contribution must be between",
			),
			([{"strategic_objective": objective, "contribution": 1}] * 2, "Row #2.*listed twice"),
		):
			with self.subTest(words), self.assertRaisesRegex(ServiceStrategyError, words):
				propose_service(outcomes=rows)

	def test_history_stays(self):
		service = propose_service()
		decide(service, "Proceed", "Go")
		service = reload(service)
		self.assertEqual([row.stage for row in service.stage_plan], ["Defined"])
		service.stage_log[0].reason = "Something else"
		with self.assertRaisesRegex(StageChangeError, "stage log"):
			service.save()
		service = reload(service)
		service.stage_log = []
		with self.assertRaisesRegex(StageChangeError, "stage log"):
			service.save()
		service = reload(service)
		service.stage_plan = []
		with self.assertRaisesRegex(StageChangeError, "its row stays"):
			service.save()
		service = reload(service)
		service.append("stage_plan", {"stage": "Analysed", "planned_date": add_days(today(), 30)})
		service.save()
		decide(service, "Proceed", "Go on")
		plan = {
			row.stage: (str(row.planned_date), str(row.actual_date)) for row in reload(service).stage_plan
		}
		self.assertEqual(plan["Analysed"], (add_days(today(), 30), today()))

	def test_a_copy_starts_anew(self):
		service = propose_service()
		decide(service, "Proceed", "Go")
		copy = frappe.copy_doc(reload(service), ignore_no_copy=False)
		copy.service_code = unique("COPY")
		copy.insert()
		self.assertEqual((copy.stage, copy.stage_log, copy.stage_plan), ("Proposed", [], []))
