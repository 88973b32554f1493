import frappe
from frappe.utils import add_days, now_datetime

from itil_strategy.service_portfolio.page.service_board.service_board import get_board
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, make_user, unique
from itil_strategy.tests.portfolio import decide, propose_service


class TestServiceBoard(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.mark = unique("Board")

	def board(self, **filters):
		return get_board(search=self.mark, **filters)

	def propose(self, **values):
		return propose_service(service_name=f"{self.mark} {unique('x')}", **values)

	def card(self, service, **filters):
		return next(
			(card for card in self.board(**filters)["services"] if card["name"] == service.name), None
		)

	def test_columns_are_the_stages_in_their_order(self):
		columns = get_board()["columns"]
		stages = frappe.get_all("Service Pipeline Stage", pluck="name", order_by="stage_order asc")
		self.assertEqual([column["stage"] for column in columns], stages)
		proposed = columns[0]["targets"]
		self.assertEqual(proposed["Defined"], {"outcomes": ["Proceed"], "reason": ""})
		self.assertEqual(proposed["Chartered"]["outcomes"], [])
		self.assertIn("one stage forward", proposed["Chartered"]["reason"])

	def test_a_card_says_who_owns_it_and_what_is_missing(self):
		ready, bare = self.propose(), self.propose(service_owner=None, outcomes=[])
		self.assertEqual(self.card(ready)["missing"], [])
		self.assertEqual(self.card(ready)["owner"]["name"], "Administrator")
		self.assertEqual(self.card(bare)["missing"], ["Service owner", "Business outcome"])
		self.assertIsNone(self.card(bare)["owner"])

	def test_days_count_from_the_last_move_and_are_marked_when_too_many(self):
		service = self.propose()
		decide(service, "Proceed")
		decide(service, "Hold", deviation_reason="The budget is frozen")
		log = frappe.qb.DocType("Service Stage Log")
		frappe.qb.update(log).set(log.changed_at, add_days(now_datetime(), -31)).where(
			(log.parent == service.name) & (log.from_stage != log.to_stage)
		).run()
		card = self.card(service)
		self.assertEqual((card["stage"], card["days"], card["is_overdue"]), ("Defined", 31, True))
		self.assertEqual(card["decision_state"], "On Hold")

	def test_rejected_services_are_off_the_board(self):
		service = self.propose()
		decide(service, "Reject")
		self.assertIsNone(self.card(service))
		self.assertEqual(self.card(service, show_rejected=True)["decision_state"], "Rejected")

	def test_filters(self):
		service = self.propose(service_type="Supporting")
		self.assertIsNone(self.card(service, service_type="Customer-facing"))
		self.assertIsNone(self.card(service, service_owner="Guest"))
		self.assertTrue(self.card(service, service_type="Supporting", service_owner="Administrator"))

	def test_who_may_not_read_services_sees_no_board(self):
		frappe.set_user(make_user("Employee"))
		self.assertRaises(frappe.PermissionError, get_board)

	def test_user_permissions_hide_services(self):
		seen, hidden = self.propose(), self.propose()
		user = make_user("Service Owner")
		frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "IT Service", "for_value": seen.name}
		).insert()
		frappe.set_user(user)
		board = self.board()
		self.assertEqual([card["name"] for card in board["services"]], [seen.name])
		self.assertTrue(board["can_decide"])
		self.assertNotIn(hidden.name, str(board["services"]))

	def test_readers_cannot_decide(self):
		frappe.set_user(make_user("IT Financial Manager"))
		self.assertFalse(get_board()["can_decide"])

	def test_the_number_of_queries_does_not_grow(self):
		for _ in range(2):
			self.propose()
		make_service(service_name=f"{self.mark} operational")
		self.board()
		few = self.count_queries()
		for _ in range(8):
			self.propose()
			make_service(service_name=f"{self.mark} operational {unique('x')}")
		self.assertEqual(self.count_queries(), few)

	def count_queries(self) -> int:
		counted, run = [], frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: counted.append(args) or run(*args, **kwargs)
		try:
			self.board()
		finally:
			del frappe.db.sql
		return len(counted)
