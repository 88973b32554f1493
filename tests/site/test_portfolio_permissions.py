"""Each right of each role on each record of the portfolio, through every door (`portfolio_matrix`)."""

import pytest

import frappe

from tests.site.portfolio_doors import CREATE, DOORS, as_user, is_allowed
from tests.site.portfolio_matrix import CASES, MATRIX, RIGHTS, SUBMITTABLE
from tests.site.portfolio_world import World


def open_doors(world: World, doctype: str, viewer: str, right: str) -> dict[str, bool]:
	"""Door by door whether it lets the viewer do it."""
	records = world.records(viewer)
	if right == "create":
		return {door: is_allowed(enter, doctype, records) for door, enter in CREATE.items()}
	name = (records.submitted if right == "cancel" else records.names)[doctype]
	return {door: is_allowed(enter, doctype, name) for door, enter in DOORS[right].items()}


@pytest.mark.parametrize(("doctype", "viewer"), CASES)
def test_matrix(world, doctype, viewer):
	as_user(world.users[viewer])
	wrong = {}
	for right in RIGHTS:
		if right in ("submit", "cancel") and doctype not in SUBMITTABLE:
			continue
		expected = right in MATRIX[doctype][viewer]
		doors = open_doors(world, doctype, viewer, right)
		if bad := [door for door, is_open in doors.items() if is_open != expected]:
			wrong[right] = f"{'closed' if expected else 'open'}: {bad}"
	assert not wrong


@pytest.mark.parametrize("doctype", SUBMITTABLE)
def test_what_is_submitted_is_deleted_by_nobody(world, doctype):
	for user in world.users.values():
		as_user(user)
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			frappe.delete_doc(doctype, world.owned.submitted[doctype])
