import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime, today

from itil_strategy.business_relationship.feedback.routing import reassign
from itil_strategy.exceptions import (
	DateOrderError,
	FeedbackCloseError,
	FeedbackReplyError,
	FeedbackStateError,
	ServiceStrategyError,
)
from itil_strategy.tests.factories import make_customer, make_offering, make_service, make_user, unique
from itil_strategy.tests.feedback import (
	MONDAY,
	FeedbackTestCase,
	forget_accounts,
	mails_to,
	make_case,
	make_contact,
	make_feedback,
	respond_and_close,
	todos,
)


class TestServiceFeedback(FeedbackTestCase):
	def at(self, moment: str):
		return self.freeze_time(moment)


class TestReceipt(TestServiceFeedback):
	def test_a_complaint_has_its_number_and_is_acknowledged_at_once(self):
		"""BR-5: by e-mail to the contact, in a thread on the record."""
		with self.at(f"{MONDAY} 10:00:00"):
			case = make_case(severity="High", subject="Slow <b>mail</b>")
		self.assertRegex(case.doc.name, r"^FB-\d{4}-\d{5}$")
		self.assertEqual((case.doc.status, case.doc.raised_by), ("Acknowledged", "Administrator"))
		self.assertEqual(str(case.doc.acknowledged_on), f"{MONDAY} 10:00:00")
		(mail,) = mails_to(case.address)
		communication = frappe.get_doc("Communication", mail.communication)
		self.assertEqual(
			(communication.reference_doctype, communication.reference_name),
			("Service Feedback", case.doc.name),
		)
		self.assertIn(f"(#{case.doc.name})", communication.subject)
		self.assertIn(case.doc.name, communication.content)
		self.assertNotIn("<b>mail", communication.content)

	def test_without_an_address_or_account_somebody_has_to_tell_the_customer(self):
		feedback = make_feedback()
		self.assertEqual((feedback.status, feedback.acknowledged_on), ("New", None))
		feedback.acknowledge()
		self.assertEqual(feedback.status, "Acknowledged")
		self.assertTrue(feedback.acknowledged_on)

	def test_due_times_are_in_working_hours(self):
		"""8 working hours from Monday 10:00: 75 % are 6 hours, all of them end on Tuesday 10:00."""
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback(severity="High")
		self.assertEqual(
			[str(doc.get(field)) for field in ("warn_by", "due_by", "escalate_by")],
			["2026-03-02 16:00:00", "2026-03-03 10:00:00", "2026-03-03 10:00:00"],
		)
		with self.at("2026-03-06 16:00:00"):  # a Friday
			critical, low = make_feedback(severity="Critical"), make_feedback(severity="Low")
			praise = make_feedback(nature="Compliment", severity="Critical")
		self.assertEqual(str(critical.due_by), "2026-03-09 12:00:00")
		self.assertEqual((str(low.due_by), str(praise.due_by)), ("2026-03-13 16:00:00",) * 2)
		with self.at("2026-03-06 16:30:00"):
			critical.reload()
			critical.severity = "Low"
			critical.save()
		self.assertEqual(str(critical.due_by), "2026-03-13 16:00:00")

	def test_the_due_time_stays_when_the_settings_change(self):
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback()
			settings = frappe.get_doc("Service Strategy Settings")
			settings.feedback_targets = []
			settings.append("feedback_targets", {"nature": "Complaint", "severity": "", "response_hours": 1})
			settings.save()
			due_by = doc.due_by
			doc.reload()
			doc.root_cause = "A job"
			doc.save()
			self.assertEqual(doc.due_by, due_by)
			self.assertEqual(str(make_feedback().due_by), f"{MONDAY} 11:00:00")

	def test_what_does_not_belong_together(self):
		other = make_contact(make_customer(unique("Other")).name)
		with self.assertRaisesRegex(ServiceStrategyError, "no contact of"):
			make_feedback(contact=other)
		offering = make_offering()
		with self.assertRaisesRegex(ServiceStrategyError, "an offering of"):
			make_feedback(service_offering=offering.name)
		doc = make_feedback(it_service=None, service_offering=offering.name)
		self.assertEqual(doc.it_service, offering.it_service)

	def test_dates_the_wrong_way_round(self):
		with self.assertRaisesRegex(DateOrderError, "Now.*is before .*Received On"):
			make_feedback(received_on=add_to_date(now_datetime(), hours=1))
		with self.assertRaisesRegex(DateOrderError, "Due On.*is before .*Received On"):
			make_feedback(actions=[{"action": "Add a disk", "due_on": add_to_date(today(), days=-3)}])

	def test_markup_is_kept_from_running(self):
		attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
		case = make_case(subject=f"Slow {attack}", what_happened=attack, remedy_sought=attack)
		case.doc.respond(f"We are sorry {attack}")
		case.doc.reopen(f"No {attack}")
		contents = frappe.get_all(
			"Communication", {"reference_name": case.doc.name}, pluck="content"
		) + frappe.get_all("Comment", {"reference_name": case.doc.name}, pluck="content")
		self.assertGreater(len(contents), 2)
		for content in contents:
			self.assertNotIn("<script", content)
			self.assertNotRegex(content, r"<[^>]*onerror")


class TestRouting(TestServiceFeedback):
	def test_an_urgent_complaint_goes_to_the_owner_of_the_service(self):
		case = make_case(severity="Critical")
		self.assertEqual(case.doc.assigned_to, case.owner)
		self.assertEqual(todos(case.doc), [(case.owner, "Open")])
		self.assertEqual(
			frappe.db.get_value("ToDo", {"reference_name": case.doc.name}, "assignment_rule"),
			"Service Feedback: urgent complaint",
		)

	def test_a_legal_one_goes_to_a_relationship_manager(self):
		case = make_case(severity="Critical", is_legal=1)
		self.assertEqual(case.doc.assigned_to, case.doc.relationship_manager)
		self.assertIn("Business Relationship Manager", frappe.get_roles(case.doc.assigned_to))

	def test_the_order_without_a_rule(self):
		"""Service owner, else the customer's account manager, else a relationship manager."""
		case = make_case(severity="Low")
		self.assertEqual(case.doc.assigned_to, case.owner)
		ownerless = make_service().name
		account_manager = make_user("Sales User")
		frappe.db.set_value("Customer", case.customer, "account_manager", account_manager)
		doc = make_feedback(customer=case.customer, it_service=ownerless)
		self.assertEqual(doc.assigned_to, account_manager)
		self.assertTrue(frappe.has_permission("Service Feedback", "write", doc=doc, user=account_manager))
		frappe.db.set_value("User", account_manager, "enabled", 0)
		doc = make_feedback(customer=case.customer, it_service=ownerless)
		self.assertEqual(doc.assigned_to, doc.relationship_manager)
		self.assertTrue(doc.relationship_manager)

	def test_the_account_manager_is_the_relationship_manager_of_the_own_customers(self):
		case = make_case()
		frappe.db.set_value("Customer", case.customer, "account_manager", case.manager)
		doc = make_feedback(customer=case.customer, is_legal=1)
		self.assertEqual(doc.assigned_to, case.manager)

	def test_without_rules_the_order_still_holds(self):
		for rule in frappe.get_all("Assignment Rule", {"document_type": "Service Feedback"}, pluck="name"):
			frappe.delete_doc("Assignment Rule", rule)
		case = make_case(severity="Critical")
		self.assertEqual(todos(case.doc), [(case.owner, "Open")])

	def test_a_compliment_goes_to_the_person_named(self):
		"""Who needs no role for it: the record is shared."""
		person = make_user()
		case = make_case(nature="Compliment", named_person=person)
		self.assertEqual((case.doc.assigned_to, todos(case.doc)), (person, [(person, "Open")]))
		self.assertTrue(frappe.has_permission("Service Feedback", "read", doc=case.doc, user=person))

	def test_a_compliment_goes_to_everybody_in_the_team(self):
		members = sorted(make_user() for _number in range(2))
		team = frappe.get_doc(
			{
				"doctype": "User Group",
				"__newname": unique("Team"),
				"name": unique("Team"),
				"user_group_members": [{"user": user} for user in members],
			}
		).insert()
		case = make_case(nature="Compliment", team=team.name)
		self.assertEqual(todos(case.doc), [(user, "Open") for user in members])

	def test_whom_it_is_about_may_be_written_in_later(self):
		case, person = make_case(nature="Compliment"), make_user()
		self.assertEqual(case.doc.assigned_to, case.owner)
		case.doc.named_person = person
		case.doc.save()
		case.doc.reload()
		self.assertEqual((case.doc.assigned_to, todos(case.doc)), (person, [(person, "Open")]))

	def test_another_service_is_another_owner(self):
		"""In the same save, and nobody else keeps it on the list."""
		case, owner = make_case(severity="Critical"), make_user("Service Owner")
		self.assertEqual(todos(case.doc), [(case.owner, "Open")])
		case.doc.it_service = make_service(service_owner=owner).name
		case.doc.save()
		self.assertEqual((case.doc.service_owner, case.doc.assigned_to), (owner, owner))
		case.doc.reload()
		self.assertEqual(case.doc.assigned_to, owner)
		self.assertEqual([todo for todo in todos(case.doc) if todo[1] == "Open"], [(owner, "Open")])

	def test_a_complaint_that_turns_out_to_be_legal(self):
		case = make_case(severity="Critical")
		case.doc.is_legal = 1
		case.doc.save()
		self.assertEqual(case.doc.assigned_to, case.doc.relationship_manager)
		self.assertEqual(
			[todo for todo in todos(case.doc) if todo[1] == "Open"], [(case.doc.relationship_manager, "Open")]
		)

	def test_whom_somebody_picked_keeps_it(self):
		case, picked = make_case(), make_user("Service Owner")
		reassign(case.doc, [picked])
		case.doc.it_service = make_service(service_owner=make_user("Service Owner")).name
		case.doc.save()
		self.assertEqual((case.doc.assigned_to, todos(case.doc)), (picked, [(picked, "Open")]))

	def test_the_form_can_be_saved_again_at_once(self):
		case = make_case(severity="Critical")
		case.doc.root_cause = "A job"
		case.doc.save()

	def test_assignments_end_and_start_again_with_the_record(self):
		case = make_case(severity="Critical")
		respond_and_close(case.doc)
		self.assertEqual(todos(case.doc), [(case.owner, "Closed")])
		case.doc.reopen("No")
		self.assertEqual(todos(case.doc), [(case.owner, "Open")])


class TestSteps(TestServiceFeedback):
	def test_the_way_to_the_end(self):
		case = make_case()
		doc = case.doc
		doc.start_work()
		self.assertEqual(doc.status, "In Progress")
		doc.respond("We moved the job.", "Phone")
		self.assertEqual((doc.status, doc.in_time, doc.response), ("Responded", 1, "We moved the job."))
		doc.findings = "A job ran at nine"
		doc.save()
		doc.accept_response()
		self.assertEqual((doc.status, doc.customer_answer), ("Closed", "Accepted"))
		self.assertTrue(doc.closed_on)

	def test_the_state_is_not_written_by_hand(self):
		doc = make_feedback(status="Closed", responded_on=now_datetime(), reopen_count=7)
		self.assertEqual((doc.status, doc.responded_on, doc.reopen_count or 0), ("New", None, 0))
		for field, value in (
			("status", "Closed"),
			("due_by", "2030-01-01 00:00:00"),
			("breached_on", "2026-01-01 00:00:00"),
			("response", "We did"),
			("customer_answer", "Accepted"),
			("assigned_to", "Administrator"),
			("credit_status", "Credited"),
			("in_time", 1),
		):
			with self.subTest(field), self.assertRaisesRegex(FeedbackStateError, "cannot be changed by hand"):
				frappe.client.set_value("Service Feedback", doc.name, field, value)
		doc.reload()
		doc.append("holds", {"held_from": doc.received_on, "reason": "x"})
		with self.assertRaisesRegex(FeedbackStateError, "Holds"):
			doc.save()

	def test_a_form_sends_times_as_text(self):
		doc = frappe.get_doc(frappe.parse_json(frappe.as_json(make_feedback())))
		doc.root_cause = "A job"
		doc.save()

	def test_a_complaint_is_not_closed_before_it_is_complete(self):
		"""BR-5: response, actions, findings; everything at once."""
		doc = make_feedback(actions=[{"action": "Disk & cable"}])
		with self.assertRaisesRegex(FeedbackStateError, "only in Responded"):
			doc.close()
		doc.respond("We add a disk.", "Phone")
		with self.assertRaises(FeedbackCloseError) as refused:
			doc.close()
		self.assertIn("Disk &amp; cable", str(refused.exception))
		self.assertIn("Findings are empty", str(refused.exception))
		doc.accept_response()
		self.assertEqual(doc.status, "Responded")
		doc.findings = "It was full"
		doc.actions[0].is_done = 1
		doc.save()
		self.assertEqual(str(doc.actions[0].done_on), today())
		doc.close()
		self.assertEqual(doc.status, "Closed")

	def test_compliment_and_suggestion_need_no_findings(self):
		for nature in ("Compliment", "Suggestion"):
			with self.subTest(nature):
				doc = make_feedback(nature=nature)
				with self.assertRaises(FeedbackStateError):
					doc.close()
				doc.respond("Thank you!", "Phone")
				doc.close()
				self.assertEqual(doc.status, "Closed")

	def test_a_response_needs_words_and_a_way(self):
		doc = make_feedback()
		with self.assertRaisesRegex(FeedbackStateError, "Response"):
			doc.respond("  ")
		with self.assertRaisesRegex(FeedbackStateError, "no way to respond"):
			doc.respond("Sorry", "Pigeon")
		with self.assertRaisesRegex(FeedbackReplyError, "no e-mail address"):
			doc.respond("Sorry")
		self.assertEqual(doc.status, "New")
		case = make_case()
		forget_accounts()
		self.account.db_set("enable_outgoing", 0)
		with self.assertRaisesRegex(FeedbackReplyError, "no Email Account"):
			case.doc.respond("Sorry")

	def test_work_done_on_an_old_copy_counts_the_stored_record(self):
		doc = make_feedback()
		old = frappe.get_doc("Service Feedback", doc.name)
		doc.respond("Done", "Phone")
		with self.assertRaisesRegex(FeedbackStateError, "not possible in status Responded"):
			old.respond("Done again", "Phone")
		self.assertEqual(doc.response, "Done")

	def test_only_a_new_one_can_be_deleted(self):
		doc = make_feedback()
		doc.acknowledge()
		with self.assertRaisesRegex(FeedbackStateError, "stays on record"):
			doc.delete()
		make_feedback().delete()


class TestHolds(TestServiceFeedback):
	def test_a_hold_overnight_moves_nothing(self):
		"""Working time: 8 h target, 09:00-17:00, hold 17:00-09:00: due date unchanged."""
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback(severity="High")
		due_by = doc.due_by
		with self.at(f"{MONDAY} 17:00:00"):
			doc.hold("Waiting for the log")
		self.assertEqual((doc.status, doc.due_by), ("On Hold", None))
		with self.at("2026-03-03 09:00:00"):
			doc.resume()
		self.assertEqual((doc.status, doc.due_by), ("In Progress", due_by))

	def test_a_hold_in_working_time_puts_it_off(self):
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback(severity="High")
		with self.at(f"{MONDAY} 12:00:00"):
			doc.hold("Waiting for the log")
		with self.at(f"{MONDAY} 15:00:00"):
			doc.resume()
		self.assertEqual(str(doc.due_by), "2026-03-03 13:00:00")
		with self.at("2026-03-03 11:00:00"):
			doc.respond("Done", "Phone")
		self.assertEqual((doc.hours_to_response, doc.in_time), (6, 1))

	def test_a_hold_needs_its_reason_and_order(self):
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback(severity="High")
		with self.at(f"{MONDAY} 12:00:00"):
			with self.assertRaisesRegex(FeedbackStateError, "Fill in .*Reason"):
				doc.hold(" ")
			with self.assertRaisesRegex(DateOrderError, "Held From.*is before .*Clock Started On"):
				doc.hold("Log", f"{MONDAY} 09:00:00")
			with self.assertRaisesRegex(DateOrderError, "Now.*is before .*Held From"):
				doc.hold("Log", f"{MONDAY} 12:30:00")
			doc.hold("Log", f"{MONDAY} 11:00:00")
			with self.assertRaisesRegex(DateOrderError, "Held Until.*is before .*Held From"):
				doc.resume(f"{MONDAY} 10:30:00")
			with self.assertRaisesRegex(DateOrderError, "Now.*is before .*Held Until"):
				doc.resume(f"{MONDAY} 13:00:00")
			with self.assertRaisesRegex(FeedbackStateError, "only in New"):
				doc.hold("Again")
			doc.resume()
		self.assertEqual(len(doc.holds), 1)
		self.assertEqual(doc.holds[0].reason, "Log")


class TestReopening(TestServiceFeedback):
	def test_a_new_round_has_its_own_clock(self):
		with self.at(f"{MONDAY} 10:00:00"):
			doc = make_feedback(severity="High")
		with self.at("2026-03-03 16:00:00"):
			doc.respond("Done", "Phone")
		self.assertEqual((doc.in_time, doc.breach_count, doc.hours_to_response), (0, 1, 14))
		with self.at("2026-03-04 12:00:00"):
			doc.reopen("It is still slow")
		self.assertEqual((doc.status, doc.reopen_count, doc.breached_on), ("Reopened", 1, None))
		self.assertEqual(str(doc.due_by), "2026-03-05 12:00:00")
		with self.at("2026-03-05 10:00:00"):
			doc.hold("Log")
		with self.at("2026-03-05 11:00:00"):
			doc.resume()
			doc.respond("Really done", "Phone")
		self.assertEqual((doc.breach_count, str(doc.responded_on)), (1, "2026-03-03 16:00:00"))
		self.assertEqual(str(doc.last_response_on), "2026-03-05 11:00:00")

	def test_a_closed_one_may_be_reopened_for_a_while(self):
		with self.at(f"{MONDAY} 10:00:00"):
			doc = respond_and_close(make_feedback())
		with self.at("2026-04-01 10:00:01"), self.assertRaisesRegex(FeedbackStateError, "30 days ago"):
			doc.reopen()
		with self.at("2026-04-01 09:59:00"):
			doc.reopen()
		self.assertEqual((doc.status, doc.closed_on), ("Reopened", None))

	def test_there_is_one_answer_to_a_response(self):
		doc = make_feedback()
		with self.assertRaisesRegex(FeedbackStateError, "no response to accept"):
			doc.accept_response()
		with self.assertRaisesRegex(FeedbackStateError, "only in Responded"):
			doc.reopen()
		doc.respond("Done", "Phone")
		doc.accept_response()
		with self.assertRaisesRegex(FeedbackStateError, "no response to accept"):
			doc.accept_response()


class TestMeasured(TestServiceFeedback):
	def test_what_was_measured_stays(self):
		doc = make_feedback()
		doc.respond("Done", "Phone")
		doc.received_on = add_to_date(get_datetime(doc.received_on), days=-1)
		with self.assertRaisesRegex(FeedbackStateError, "a response was given"):
			doc.save()
