"""Hostile values at the doors of a site: paths as attachments, markup in texts that are shown, tickets and tokens that were made up."""

import random

import pytest

import frappe
from frappe.www.printview import get_html_and_style

from itil_strategy.business_relationship.feedback.answers import answer_by_link
from itil_strategy.business_relationship.surveys.answers import submit
from itil_strategy.business_relationship.surveys.page import build_page
from itil_strategy.exceptions import FeedbackReplyError, SurveyLinkError, UsageImportError
from itil_strategy.it_finance.usage.importer import get_file_path, import_file
from itil_strategy.tests.factories import make_file, make_import, make_user, own_csv
from itil_strategy.tests.setup import COMPANY
from tests.fuzz.generate import MARKUP, PATHS, SQL, text

TRICKS = (
	"/private/files/../../site_config.json.csv",
	"/private/files/..%2f..%2fsite_config.json.csv",
	"file:///etc/passwd.csv",
	"/etc/passwd.csv",
	"\\\\server\\share\\u.csv",
	"/private/files/\0.csv",
	"https://elsewhere.example.com/u.csv",
)


@pytest.mark.parametrize("url", TRICKS)
def test_a_usage_file_is_an_attachment_of_the_site_and_nothing_else(frappe_site, url):
	doc = frappe.new_doc("Usage Import", company=COMPANY, usage_file=url)
	doc.flags.ignore_links = True
	with pytest.raises((frappe.ValidationError, UsageImportError)):
		get_file_path(doc)


@pytest.mark.parametrize("name", ["u.zip", "u.csv.gz", "u.xlsx", "u.csv/../u.sh", "u"])
def test_other_kinds_of_files_are_refused(frappe_site, name):
	doc = frappe.new_doc("Usage Import", company=COMPANY, usage_file=f"/private/files/{name}")
	with pytest.raises(UsageImportError, match="neither CSV nor Parquet"):
		doc.insert()


def test_a_file_that_one_may_not_read_is_not_imported(frappe_site):
	url = make_file(own_csv([("X", "Y", "2026-01-05", "Nos", 1)]))
	doc = make_import(own_csv([("X", "Y", "2026-01-05", "Nos", 1)]))
	doc.db_set("usage_file", url)
	frappe.set_user(make_user("IT Financial Manager"))
	with pytest.raises(frappe.PermissionError):
		import_file(doc)


@pytest.mark.parametrize("seed", range(40))
def test_a_ticket_or_token_that_was_made_up_opens_nothing(frappe_site, seed):
	draw = random.Random(seed)
	values = [
		draw.choice((*MARKUP, *SQL, *PATHS, text(draw, 60))).replace("\ud7ff", "") for _number in range(3)
	]
	frappe.set_user("Guest")
	with pytest.raises(FeedbackReplyError, match="not valid any more"):
		answer_by_link(f"feedback={values[0]}&answer=accept&key={values[1]}&_signature={values[2]}")
	with pytest.raises(SurveyLinkError, match="This link is not valid"):
		submit(values[0], values[1], {})
	page = build_page({"invitation": values[0], "token": values[1]}, False)
	assert "This link is not valid" in page["refusal"] and "questions" not in page


@pytest.mark.parametrize("markup", [value for value in MARKUP if "<" in value])
def test_markup_in_a_text_is_shown_not_run(everything, markup):
	"""Stored by REST or a form, printed as Frappe prints it."""
	for doctype, fieldname in (
		("Customer Need", "need_title"),
		("Service Feedback", "subject"),
		("Service Feedback", "what_happened"),
		("IT Service", "service_name"),
		("Business Case", "case_title"),
	):
		doc = frappe.get_doc(doctype, everything.names[doctype])
		doc.set(fieldname, f"Harmless {markup}")
		doc.save()
		html = get_html_and_style(doctype, doc.name)["html"]
		for live in ("<script>alert", "onerror=alert(1)>", "<svg/onload=alert"):
			assert live not in html, (doctype, fieldname)
