"""A record of every kind about one service of an owner and one customer, and a user per viewer."""

from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe.utils import get_first_day, today

from itil_strategy.tests.allocation import (
	MONTH,
	book,
	calculated_allocation,
	count_units,
	make_driver,
	make_pool,
)
from itil_strategy.tests.budgets import OFFICE, YEAR, make_budget, make_ceiling
from itil_strategy.tests.business_cases import approve, make_case
from itil_strategy.tests.charging import make_correction, make_dispute, post, set_dispute_window
from itil_strategy.tests.factories import (
	calculated_run,
	charges_of,
	import_usage,
	make_offering,
	make_policy,
	make_service,
	published_run,
	unique,
)
from itil_strategy.tests.feedback import make_email_account, make_feedback
from itil_strategy.tests.relationship import CUSTOMER, make_need, make_portal_user, make_topic, mediations_of
from itil_strategy.tests.scenarios import RETIRE, change, make_scenario
from itil_strategy.tests.setup import COMPANY
from itil_strategy.tests.surveys import make_invitation, make_survey, respond
from itil_strategy.utils.funds import FundingLine, reserve_funds
from tests.site.portfolio_world import World, make_world
from tests.site.rights.matrix import CONTACT, CREATOR, MATRIX, OTHER_CONTACT, OWNER

OTHER_CUSTOMER = "Meadow AG"
# What a copy of a record does not take along.
NOT_COPIED = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "amended_from")


@dataclass
class Everything:
	"""Names of records by kind: one to read and write, and one that is submitted."""

	users: dict[str, str]
	portfolio: World
	names: dict[str, str] = field(default_factory=dict)
	submitted: dict[str, str] = field(default_factory=dict)
	attachments: dict[str, str] = field(default_factory=dict)

	def name(self, doctype: str, viewer: str, right: str = "read") -> str:
		"""The record that the row of the table is about."""
		if viewer == CREATOR:
			records = self.portfolio.created
			return (records.submitted if right == "cancel" else records.names)[doctype]
		if right == "cancel":
			return self.submitted[doctype]
		return self.names[doctype]

	def new(self, doctype: str) -> dict:
		"""Values of one more such record."""
		if doctype in self.portfolio.owned.names:
			return self.portfolio.owned.new(doctype)
		values = frappe.copy_doc(frappe.get_doc(doctype, self.names[doctype])).as_dict(
			no_nulls=True, convert_dates_to_str=True
		)
		values = {key: value for key, value in values.items() if key not in NOT_COPIED}
		kind, _colon, named_by = (frappe.get_meta(doctype).autoname or "").partition(":")
		return values | ({named_by: unique("NEW")} if kind == "field" else {})


def make_everything() -> Everything:
	"""Build it in the transaction of the caller."""
	make_email_account()
	portfolio = make_world()
	everything = Everything(
		portfolio.users, portfolio, dict(portfolio.owned.names), dict(portfolio.owned.submitted)
	)
	for viewer, customer in ((CONTACT, CUSTOMER), (OTHER_CONTACT, OTHER_CUSTOMER)):
		everything.users[viewer] = make_portal_user(customer)
	service = make_service(
		service_owner=everything.users[OWNER], category=portfolio.owned.names["IT Service Category"]
	)
	for make in (_charging, _costs, _budgets, _relationship, _surveys, _cases):
		everything.names.update({doc.doctype: doc.name for doc in make(service, everything.submitted)})
	everything.names = {doctype: str(name) for doctype, name in everything.names.items()}
	everything.attachments = {doctype: _attach(doctype, name) for doctype, name in everything.names.items()}
	missing = set(MATRIX) - set(everything.names)
	assert not missing, missing
	return everything


def _last(doctype: str, **filters):
	return frappe.get_doc(
		doctype, frappe.get_all(doctype, filters, pluck="name", order_by="creation desc", limit=1)[0]
	)


def _new(doctype: str, **values):
	return frappe.get_doc({"doctype": doctype, **values}).insert()


def _charging(service, submitted: dict) -> list:
	"""Usage that is charged and posted, disputed and corrected; a run that is published and one that is not."""
	offering = make_offering(service, practical_capacity=100)
	policy = make_policy(offering, tiers=[(0, 5, 2), (5, None, 1)], method="Graduated")
	mapping = _new(
		"Usage Mapping",
		mapping_name=unique("map"),
		file_layout="Own",
		offering_source="Column",
		offering_column="offering",
		customer_source="Column",
		customer_column="customer",
	)
	imported = import_usage([(offering.name, CUSTOMER, "2026-01-05", "Nos", 10)], usage_mapping=mapping.name)
	posted = published_run()
	post(posted)
	(charge,) = [row for row in charges_of(posted) if row.service_offering == offering.name]
	correction = make_correction(charge, -1)
	import_usage([(offering.name, CUSTOMER, "2026-02-05", "Nos", 10)])
	set_dispute_window(5)
	published = published_run("2026-02-01")
	submitted["Charging Run"] = published.name
	disputed = next(
		row for row in charges_of(published) if row.service_offering == offering.name and row.quantity
	)
	import_usage([(offering.name, CUSTOMER, "2026-03-05", "Nos", 10)])
	return [
		policy,
		_last("Charging Tier", charging_policy=policy.name),
		mapping,
		imported,
		_last("Service Usage", usage_import=imported.name),
		_last("Usage Claim", usage_import=imported.name),
		calculated_run("2026-03-01"),
		frappe.get_doc("Service Charge", charge.name),
		_last("Charge Posting", charging_run=posted.name),
		make_dispute(disputed),
		correction,
	]


def _costs(service, submitted: dict) -> list:
	"""A month's cost of the service and a pool, allocated."""
	book(100, service.name)
	book(50)
	driver = make_driver()
	value = count_units(driver, service.name, 3)
	pool = make_pool(basis="Driver", cost_driver=driver.name, receivers=[{"it_service": service.name}])
	run = calculated_allocation(MONTH)
	run.submit()
	submitted["Cost Allocation Run"] = run.name
	draft = calculated_allocation("2027-06-01")
	return [
		_new("Cost Element", element_name=unique("EL")),
		driver,
		value,
		pool,
		draft,
		_last("Cost Allocation Input", allocation_run=run.name),
		_last("Service Cost", allocation_run=run.name, it_service=service.name),
	]


def _budgets(service, submitted: dict) -> list:
	"""Budget, ceiling, transfer, forecast and reservation of the service."""
	budget = make_budget(service, {OFFICE: 1200})
	third = make_service()
	make_budget(third, {OFFICE: 1200})
	transfers = []
	for _number in range(2):
		transfers.append(
			_new(
				"Budget Transfer",
				company=COMPANY,
				fiscal_year=YEAR,
				amount=100,
				from_service=third.name,
				from_account=OFFICE,
				to_service=service.name,
				to_account=OFFICE,
				reason="Needed",
			)
		)
	transfers[1].submit()
	submitted.update({"Service Budget": budget.name, "Budget Transfer": transfers[1].name})
	reserve_funds(COMPANY, FundingLine(service.name), {YEAR: Decimal(5)}, ("IT Service", service.name))
	snapshot = _new(
		"Forecast Snapshot",
		it_service=service.name,
		company=COMPANY,
		fiscal_year="2027",
		method="Manual",
		months=[{"month": "2027-12-01", "amount": 5}],
	)
	return [
		make_budget(service, {OFFICE: 12}, submit=False, fiscal_year="2027"),
		make_ceiling(1_000_000, it_service=service.name),
		transfers[0],
		snapshot,
		_last("Fund Reservation", reference_name=service.name),
	]


def _relationship(service, _submitted: dict) -> list:
	"""Needs in conflict, a change, a review, a promise and a complaint."""
	topic = make_topic(unique("Topic"))
	needs = [
		make_need(service, "Assessed", wishes=[(topic, "Must")]),
		make_need(service, "Assessed", wishes=[(topic, "Won't")], customer=OTHER_CUSTOMER),
	]
	return [
		make_need(service),
		frappe.get_doc("Requirement Topic", topic),
		mediations_of(*needs)[0],
		_new(
			"Environment Change",
			change_title=unique("Change"),
			kind="Technology",
			watch_date="2027-01-01",
			impacts=[{"customer_need": needs[0].name, "effect_on_cost": "Rises"}],
		),
		_new("Relationship Review", customer=CUSTOMER, review_date="2027-01-01"),
		_new(
			"Service Commitment",
			customer=CUSTOMER,
			service_offering=make_offering(service, practical_capacity=100).name,
			units_per_month=40,
			valid_from=get_first_day(today()),
		),
		make_feedback(customer=CUSTOMER, it_service=service.name),
	]


def _surveys(service, _submitted: dict) -> list:
	"""A survey that asks about the service, an invitation that is open and one that was answered."""
	survey = make_survey(services=[service.name])
	return [
		make_survey(activate=False, services=[service.name]),
		make_invitation(survey, CUSTOMER, service.name),
		respond(survey, 9, 4, CUSTOMER, service.name),
	]


def _cases(service, _submitted: dict) -> list:
	"""A case with a measurement, a round and a scenario."""
	case = make_case(service)
	year = frappe.db.get_value("Fiscal Year", {"year_start_date": f"{today()[:4]}-01-01"})
	return [
		case,
		_new(
			"Benefit Measurement",
			business_case=approve(make_case(service)).name,
			kind="Benefit",
			item="Savings",
			period=1,
			amount=5,
			evidence="Counted",
		),
		_new(
			"Investment Round",
			round_title=unique("Round"),
			company=COMPANY,
			budgets=[{"fiscal_year": year, "amount": 10}],
		),
		make_scenario(change(RETIRE, service.name)),
	]


def _attach(doctype: str, name: str) -> str:
	"""A private file at the record; answers the name of the file."""
	return (
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{unique('secret')}.txt",
				"content": unique("content"),
				"is_private": 1,
				"attached_to_doctype": doctype,
				"attached_to_name": name,
			}
		)
		.insert()
		.name
	)
