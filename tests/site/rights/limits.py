"""User permissions on customers, companies and cost centers: what names another one is shut, to managers as well."""

from collections.abc import Iterable

import frappe

from tests.site.portfolio_doors import DOORS, as_user
from tests.site.portfolio_matrix import MATRIX as PORTFOLIO_MATRIX
from tests.site.portfolio_world import limit
from tests.site.rights.matrix import FINANCE, MATRIX, RELATIONSHIP, SYSTEM, VIEWERS
from tests.site.rights.measure import CLOSED, OPEN, Tally, try_door
from tests.site.rights.world import Everything

KINDS = ("Customer", "Company", "Cost Center")
LIMITED = (SYSTEM, FINANCE, RELATIONSHIP)
# Services are limited by their tables, and what is about them with them (test_portfolio_user_permissions).
DOCTYPES = tuple(doctype for doctype in MATRIX if doctype not in PORTFOLIO_MATRIX)
# Shut by a customer in a row of theirs, or by the case that they measure.
BY_OTHERS = ("Requirement Mediation", "Charging Run", "Benefit Measurement")
# Not a way to one record: what counts or groups answers with a number of others as well.
READ_DOORS = {door: enter for door, enter in DOORS["read"].items() if door != "search past user permissions"}


def is_outside(doctype: str, name: str, kind: str, value: str) -> bool:
	"""True where the record names another one in a field that user permissions look at."""
	doc = frappe.get_doc(doctype, name)
	fields = [
		field.fieldname
		for field in doc.meta.get_link_fields()
		if field.options == kind and not field.ignore_user_permissions
	]
	return any(doc.get(field) and doc.get(field) != value for field in fields)


def measure_limits(
	everything: Everything, kind: str, value: str, tally: Tally, doctypes: Iterable[str] = DOCTYPES
) -> int:
	"""A user of each role, limited to the value; answers how many records were shut by that."""
	from itil_strategy.tests.factories import make_user

	shut = 0
	for viewer in LIMITED:
		limit(user := make_user(VIEWERS[viewer]), kind, value)
		for doctype in doctypes:
			if "read" not in MATRIX[doctype][viewer]:
				continue
			name = everything.names[doctype]
			outside = is_outside(doctype, name, kind, value)
			shut += outside
			tally.rights += 1
			as_user(user)
			for door, enter in READ_DOORS.items():
				answer = try_door(enter, doctype, name)
				tally.doors[answer] += 1
				if outside and answer == OPEN:
					tally.wrong.append(f"{viewer} of another {kind}: read {doctype} through {door}: open")
				elif not outside and answer == CLOSED and door == "document" and doctype not in BY_OTHERS:
					tally.wrong.append(
						f"{viewer} of another {kind}: read {doctype}: closed, which names none"
					)
			as_user("Administrator")
	return shut
