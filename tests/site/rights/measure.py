"""Each right of each viewer on each record, through every door, held against the table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

from tests.site.portfolio_doors import CREATE, DOORS, as_user
from tests.site.rights.doors import MORE_DOORS
from tests.site.rights.matrix import MATRIX, RIGHTS, SUBMITTABLE, SYSTEM
from tests.site.rights.world import Everything

OPEN, CLOSED, RULE = "open", "closed", "refused by a rule"


@dataclass
class Tally:
	"""Doors tried by what they answered, and those that answered wrongly, in words."""

	doors: Counter = field(default_factory=Counter)
	rights: int = 0
	wrong: list[str] = field(default_factory=list)


def try_door(door, *args) -> str:
	"""Go through and undo it. A rule that refuses comes after the permission, or instead of it: nothing is done."""
	frappe.db.savepoint("door")
	try:
		return CLOSED if door(*args) is False else OPEN
	except frappe.PermissionError:
		return CLOSED
	except (frappe.ValidationError, frappe.DuplicateEntryError):
		return RULE
	finally:
		frappe.db.rollback(save_point="door")
		frappe.db.value_cache.clear()
		frappe.local.message_log = []


def doors_of(everything: Everything, doctype: str, viewer: str, right: str) -> dict[str, str]:
	"""Door by door what it answers the user who is logged in."""
	if right == "create":
		return {door: try_door(enter, doctype, everything) for door, enter in CREATE.items()}
	name = everything.name(doctype, viewer, right)
	answers = {door: try_door(enter, doctype, name) for door, enter in DOORS[right].items()}
	for door, enter in MORE_DOORS.get(right, {}).items():
		answers[door] = try_door(enter, everything, doctype, name)
	return answers


def measure(everything: Everything, doctype: str, viewer: str, tally: Tally) -> None:
	"""All rights of a viewer on the records of a kind."""
	as_user(everything.users[viewer])
	for right in RIGHTS:
		if right in ("submit", "cancel") and doctype not in SUBMITTABLE:
			continue
		if right == "cancel" and doctype not in everything.submitted:
			continue
		expected = right in MATRIX[doctype][viewer]
		if right == "export" and viewer == SYSTEM and not expected:
			continue  # Frappe lets a system manager export whatever may be read
		tally.rights += 1
		for door, answer in doors_of(everything, doctype, viewer, right).items():
			tally.doors[answer] += 1
			# Frappe shows the print view to whoever may read, without the fields that one may not.
			expected = (right if door != "print view" else "read") in MATRIX[doctype][viewer]
			# Where the right is given, a rule may still say no; the document itself answers for the right alone.
			is_right = answer != CLOSED if expected and door != "document" else (answer == OPEN) == expected
			if not is_right:
				tally.wrong.append(
					f"{viewer}: {right} {doctype} through {door}: {answer}, expected {OPEN if expected else CLOSED}"
				)
	frappe.set_user("Administrator")


def measure_all(everything: Everything, doctypes: Iterable[str] = tuple(MATRIX)) -> Tally:
	tally = Tally()
	for doctype in doctypes:
		for viewer in MATRIX[doctype]:
			measure(everything, doctype, viewer, tally)
	return tally
