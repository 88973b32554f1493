"""Services of an owner, and what there is about them, for tests of permissions."""

from dataclasses import dataclass, field
from itertools import count

import frappe
from frappe.utils import add_days, today

from itil_strategy.tests.factories import make_offering, make_service, make_user, unique
from itil_strategy.tests.portfolio import decide, make_objective, make_retirement
from tests.site.portfolio_matrix import CREATOR, GUEST, OWNER, STRANGER, VIEWERS

LAST_DAY_IN = 60
_orders = count(400)


@dataclass
class Records:
	"""What there is about the services of one owner: a record of each kind, and one that is submitted."""

	bare: str  # a service that nothing refers to
	drafted: str  # with an offering, a draft decision and a draft plan
	decided: str  # with a submitted decision and a submitted plan
	names: dict[str, str] = field(default_factory=dict)
	submitted: dict[str, str] = field(default_factory=dict)

	def new(self, doctype: str) -> dict:
		"""Values of one more record about the services."""
		return {"doctype": doctype, **NEW[doctype](self)}


@dataclass
class World:
	users: dict[str, str]
	owned: Records
	created: Records

	def records(self, viewer: str) -> Records:
		"""What the row of the matrix is about."""
		return self.created if viewer == CREATOR else self.owned


NEW = {
	"IT Service": lambda records: {
		"service_code": unique("NEW"),
		"service_name": "New",
		"service_type": "Supporting",
		"service_owner": frappe.session.user,
	},
	"Service Offering": lambda records: {
		"offering_code": unique("NEW"),
		"offering_name": "New",
		"it_service": records.drafted,
		"uom": "Nos",
	},
	"IT Service Category": lambda records: {"category_name": unique("NEW")},
	"Service Pipeline Stage": lambda records: {
		"stage_name": unique("NEW"),
		"phase": "Pipeline",
		"stage_order": next(_orders),
	},
	"Strategic Objective": lambda records: {"objective_name": unique("NEW"), "weight": 0},
	"Portfolio Decision": lambda records: {
		"it_service": records.drafted,
		"outcome": "Retain",
		"rationale": "Serves well",
	},
	"Service Retirement": lambda records: {
		"it_service": records.bare,
		"notice_given_on": today(),
		"last_day": add_days(today(), LAST_DAY_IN),
	},
}


def make_world() -> World:
	"""A user per viewer; one set of records about services of the owner, one by a creator about others' services."""
	users = {viewer: make_user(role) if role else GUEST.title() for viewer, role in VIEWERS.items()}
	make_service(service_owner=users[STRANGER])
	return World(users, make_records(users[OWNER]), make_records(users[OWNER], made_by=users[CREATOR]))


def make_records(owner: str, made_by: str = "Administrator") -> Records:
	"""Decisions and plans are made by `made_by`, who owns the services while making them."""
	services = [make_service(service_owner=made_by) for _number in range(3)]
	bare, drafted, decided = services
	records = Records(bare.name, drafted.name, decided.name)
	for service in (drafted, decided):
		frappe.set_user(made_by)
		decision = decide(service, "Retain", submit=False)
		plan = make_retirement(service, last_day=add_days(today(), LAST_DAY_IN))
		frappe.set_user("Administrator")
		if service is decided:
			for doc in (
				frappe.get_doc(plan.doctype, plan.name),
				frappe.get_doc(decision.doctype, decision.name),
			):
				doc.submit()
		target = records.submitted if service is decided else records.names
		target.update({decision.doctype: decision.name, plan.doctype: plan.name})
	for service in services:
		frappe.db.set_value("IT Service", service.name, "service_owner", owner)
	records.names.update(
		{
			"IT Service": bare.name,
			"Service Offering": make_offering(drafted).name,
			"Strategic Objective": make_objective(),
			**{
				doctype: frappe.get_doc(records.new(doctype)).insert().name
				for doctype in ("IT Service Category", "Service Pipeline Stage")
			},
		}
	)
	return records


def limit(user: str, doctype: str, value: str) -> None:
	"""Give the user a user permission."""
	frappe.get_doc({"doctype": "User Permission", "user": user, "allow": doctype, "for_value": value}).insert(
		ignore_permissions=True
	)
