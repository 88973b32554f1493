"""Every whitelisted function, found by scanning the code (`rights.functions`)."""

import inspect

import frappe

from tests.site.rights.functions import FOR_GUESTS, FOR_USERS, READS, measure_functions, scan
from tests.site.rights.measure import Tally


def test_who_may_not_call_it_is_refused(everything):
	tally = Tally()
	assert measure_functions(everything, tally) > 100
	assert not tally.wrong, "\n".join(tally.wrong)
	assert tally.rights > 400


def test_only_what_has_a_reason_is_open_to_guests():
	functions = {function.path: function for function in scan()}
	open_to_guests = {path for path, found in functions.items() if found.function in frappe.guest_methods}
	assert open_to_guests == set(FOR_GUESTS)
	assert set(FOR_USERS) <= set(functions)
	for path in FOR_GUESTS:
		assert functions[path].is_post_only
		assert "rate_limit" in inspect.getsource(functions[path].function), path


def test_what_writes_is_reached_by_post_only():
	for function in scan():
		assert function.is_post_only or function.name.startswith(READS), function.path


def test_all_arguments_are_annotated():
	"""Frappe then checks what a client sends against the type."""
	for function in scan():
		parameters = list(inspect.signature(function.function).parameters.values())
		named = [row for row in parameters if row.name != "self" and row.kind is not row.VAR_KEYWORD]
		bare = [row.name for row in named if row.annotation is row.empty]
		assert not bare, (function.path, bare)
