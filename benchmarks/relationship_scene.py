"""What customers of the report scene ask for and say: needs, mediations, feedback, issues and surveys of two years.

Bulk-loaded like the rest of the scene; at a million rows 10,000 needs, 100,000 feedbacks, 20,000 issues, and
1,000,000 survey answers: 250,000 responses to four questions each, half of the 500,000 who were asked.
"""

import frappe

from benchmarks.report_scene import CODE, ReportScene, chance, insert_select, pair_columns
from benchmarks.site import REPORT_TABLES, empty_named

FIRST, MONTHS = "2024-01-01", 24
SURVEY = f"{CODE}-Survey"
ANSWERS = 4  # of a response
ASKED = 2  # invitations for each response
TOPICS = 400
ROWS_PER_NEED, ROWS_PER_FEEDBACK, ROWS_PER_ISSUE = 100, 10, 50


def add_relationship(scene: ReportScene, rows: int) -> None:
	"""Put what belongs to so many ledger rows in the place of what was there. Commits."""
	for doctype in REPORT_TABLES:
		empty_named(doctype)
	_add_needs(scene, rows // ROWS_PER_NEED)
	_add_feedback(scene, rows // ROWS_PER_FEEDBACK)
	_add_issues(scene, rows // ROWS_PER_ISSUE)
	_add_surveys(scene, rows // ANSWERS)
	frappe.db.commit()
	for doctype in REPORT_TABLES:
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}`")


def _add_needs(scene: ReportScene, count: int) -> None:
	"""Ten needs of a service, most of them open and assessed; each wants two topics of its service's four."""
	customer, offering, service = pair_columns(scene, f"seq % {scene.pairs}")
	insert_select(
		"Customer Need",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"need_title": "CONCAT('Need ', seq)",
			"customer": customer,
			"it_service": service,
			"service_offering": offering,
			"status": "ELT(1 + seq % 7, 'Submitted', 'Assessed', 'Assessed', 'Accepted', 'In Delivery', 'Confirmed', 'Declined')",
			"units_per_month": "1",
			"needed_from": f"'{FIRST}'",
			"value": "1 + seq % 90",
			"time_criticality": "1 + seq % 40",
			"risk_reduction": "1 + seq % 30",
			"size": "IF(seq % 7 = 0, 0, 1 + seq % 20)",
			"submitted_on": _day("seq", count),
			"confirmed_on": f"IF(seq % 7 = 5, {_day('seq', count)} + INTERVAL 20 DAY, NULL)",
			"declined_on": f"IF(seq % 7 = 6, {_day('seq', count)} + INTERVAL 5 DAY, NULL)",
			"days_to_confirmation": "IF(seq % 7 = 5, 20, 0)",
		},
		range(count),
	)
	insert_select(
		"Need Requirement",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"parent": f"CONCAT('{CODE}-', seq DIV 2)",
			"parenttype": "'Customer Need'",
			"parentfield": "'requirements'",
			"idx": "1 + seq % 2",
			"topic": f"CONCAT('{CODE} Topic ', FLOOR({chance('topic')} * {TOPICS}))",
			"moscow": "ELT(1 + seq % 5, 'Must', 'Should', 'Could', 'Could', 'Should')",
			"stakeholder": "ELT(1 + seq % 3, 'Sales', 'Legal', NULL)",
		},
		range(2 * count),
	)
	mediations = range(max(count // 50, 1))
	insert_select(
		"Requirement Mediation",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"mediation_title": "CONCAT('Mediation ', seq)",
			"kind": "'Function'",
			"status": "IF(seq % 2, 'Open', 'Closed')",
			"conflict_key": f"CONCAT('{CODE}-', seq)",
		},
		mediations,
	)
	insert_select(
		"Mediation Party",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"parent": f"CONCAT('{CODE}-', seq DIV 2)",
			"parenttype": "'Requirement Mediation'",
			"parentfield": "'parties'",
			"idx": "1 + seq % 2",
			"customer_need": f"CONCAT('{CODE}-', seq)",
		},
		range(2 * len(mediations)),
	)


def _add_feedback(scene: ReportScene, count: int) -> None:
	"""Six of ten are complaints, one in twenty of them is breached; what came in the last weeks is open."""
	customer, offering, service = pair_columns(scene, f"seq % {scene.pairs}")
	received = f"({_day('seq', count)} + INTERVAL FLOOR({chance('hour')} * 86400) SECOND)"
	is_open = f"seq >= {count * 49 // 50}"
	nature = "ELT(1 + seq % 10, 'Complaint', 'Compliment', 'Complaint', 'Suggestion', 'Complaint', 'Complaint', 'Compliment', 'Complaint', 'Compliment', 'Complaint')"
	insert_select(
		"Service Feedback",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"subject": "CONCAT('Feedback ', seq)",
			"what_happened": "REPEAT('It was slow again. ', 20)",
			"nature": nature,
			"status": f"IF({is_open}, ELT(1 + seq % 3, 'New', 'In Progress', 'Responded'), 'Closed')",
			"severity": "ELT(1 + seq % 4, 'Critical', 'High', 'Medium', 'Low')",
			"received_on": received,
			"customer": customer,
			"it_service": f"IF(seq % 50 = 0, NULL, {service})",
			"service_offering": offering,
			"due_by": f"{received} + INTERVAL 3 DAY",
			"breach_count": f"IF({chance('breach')} < 0.05, 1, 0)",
			"reopen_count": f"IF({chance('reopen')} < 0.1, 1, 0)",
			"responded_on": f"IF({is_open} AND seq % 3 < 2, NULL, {received} + INTERVAL 1 DAY)",
			"in_time": f"IF({is_open} AND seq % 3 < 2, 0, {chance('time')} < 0.9)",
			"hours_to_response": f"IF({is_open} AND seq % 3 < 2, 0, ROUND({chance('hours')} * 40, 3))",
			"remedy": "IF(seq % 100 = 0, 'Credit', 'None')",
			"credit_status": "IF(seq % 100 = 0, 'Requested', NULL)",
			"credit_amount": "IF(seq % 100 = 0, 50, 0)",
			"credit_currency": "IF(seq % 100 = 0, 'EUR', NULL)",
		},
		range(count),
	)


def _add_issues(scene: ReportScene, count: int) -> None:
	customer, _offering, service = pair_columns(scene, f"seq % {scene.pairs}")
	insert_select(
		"Issue",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"subject": "CONCAT('Issue ', seq)",
			"customer": customer,
			"it_service": service,
			"status": "IF(seq % 10, 'Closed', 'Open')",
			"opening_date": f"DATE({_day('seq', count)})",
			"service_level_agreement": f"'{CODE}'",
			"agreement_status": "IF(seq % 8, 'Fulfilled', 'Failed')",
		},
		range(count),
	)


def _add_surveys(scene: ReportScene, responses: int) -> None:
	"""Everybody who is asked about a pair's service in a month answers for every second time."""
	asked = responses * ASKED
	customer, _offering, service = pair_columns(scene, f"(seq DIV {ASKED}) % {scene.pairs}")
	common = {
		"survey": f"'{SURVEY}'",
		"customer": customer,
		"it_service": service,
		"sent_month": f"'{FIRST}' + INTERVAL (seq * {MONTHS} DIV {asked}) MONTH",
	}
	day = common["sent_month"]
	insert_select(
		"Survey Invitation",
		{
			**common,
			"name": f"CONCAT('{CODE}-', seq)",
			"wave": day,
			"status": f"IF(seq % {ASKED}, 'Expired', 'Answered')",
			"is_undelivered": "IF(seq % 50 = 1, 1, 0)",
			"email": "CONCAT(seq, '@benchmark.example.com')",
			"sent_on": day,
			"expires_on": f"{day} + INTERVAL 14 DAY",
			"last_mail_on": day,
		},
		range(asked),
	)
	answered = {key: value.replace("seq", f"(seq * {ASKED})") for key, value in common.items()}
	mark = f"FLOOR({chance('nps')} * 11)"
	insert_select(
		"Survey Response",
		{
			**answered,
			"name": f"CONCAT('{CODE}-', seq * {ASKED})",
			"invitation": f"CONCAT('{CODE}-', seq * {ASKED})",
			"responded_on": f"{answered['sent_month']} + INTERVAL 3 DAY",
			"nps": mark,
			"nps_group": f"CASE WHEN {mark} >= 9 THEN 'Promoter' WHEN {mark} <= 6 THEN 'Detractor' ELSE 'Passive' END",
			"is_scored": "1",
			"score": f"ROUND({chance('score')} * 100, 6)",
		},
		range(responses),
	)
	insert_select(
		"Survey Answer",
		{
			"name": f"CONCAT('{CODE}-', seq)",
			"parent": f"CONCAT('{CODE}-', seq DIV {ANSWERS} * {ASKED})",
			"parenttype": "'Survey Response'",
			"parentfield": "'answers'",
			"idx": f"1 + seq % {ANSWERS}",
			"question": "'How quick is it?'",
			"raw_value": f"FLOOR({chance('answer')} * 11)",
			"is_scored": "1",
			"score": f"ROUND({chance('answer')} * 100, 6)",
			"question_key": f"CONCAT('question', seq % {ANSWERS})",
		},
		range(responses * ANSWERS),
	)


def _day(number: str, count: int) -> str:
	"""Evenly over the two years, in the order of the numbers."""
	return f"(TIMESTAMP('{FIRST}') + INTERVAL ({number} * 731 DIV {max(count, 1)}) DAY)"
