"""How answers to a crowd are judged; docs/concurrency.md. Kills and crowds themselves run in `test_trust`."""

import json

import pytest

from tests.faults.crowd import ASKED, DONE, REFUSED, UNEXPLAINED, judge


@pytest.mark.parametrize(
	("status", "answer", "kind"),
	[
		(200, {"message": "CR-1"}, DONE),
		(417, {"exc_type": "RunStateError", "_server_messages": '["{\\"message\\": \\"Wait.\\"}"]'}, REFUSED),
		(500, {"exception": "frappe.exceptions.QueryDeadlockError: (1213, 'Deadlock found')"}, ASKED),
		(417, {"exc_type": "ValidationError"}, UNEXPLAINED),
		(
			417,
			{
				"exc_type": "UniqueValidationError",
				"_server_messages": '["{\\"message\\": \\"Live Key must be unique\\"}"]',
			},
			UNEXPLAINED,
		),
		(500, {"exception": "KeyError: 'a'", "exc_type": "KeyError"}, UNEXPLAINED),
	],
)
def test_an_answer_without_a_sentence_for_people_is_unexplained(status, answer, kind):
	assert judge(status, json.dumps(answer))[0] == kind


def test_a_page_instead_of_an_answer_is_unexplained():
	assert judge(502, "<html>Bad Gateway</html>")[0] == judge(0, "connection refused")[0] == UNEXPLAINED
