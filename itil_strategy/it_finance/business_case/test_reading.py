"""Figures are stored in English and shown in the reader's language and the site's number format."""

from unittest.mock import patch

import frappe
from frappe.www.printview import get_rendered_template

from itil_strategy.it_finance.business_case.reading import figure, reader_view
from itil_strategy.tests.business_cases import NOTHING, FigureTestCase, flow, make_case

GERMAN = {
	"none": "keine",
	"never": "nie",
	"{0} years": "{0} Jahre",
	"There are {0} internal rates of return; none of them decides alone.": "Es gibt {0} interne Zinsfüße.",
}


def case_with_notes():
	"""Costs 101 and 132, benefit 230 between: 10 % and 20 %, and doing nothing ends earlier."""
	return make_case(
		discount_rate=0,
		flows=[
			flow(item="a", amount=101),
			flow(item="b", kind="Benefit", first_period=1, amount=230),
			flow(item="c", first_period=2, amount=132),
			flow(NOTHING, item="d", amount=1),
		],
	)


class TestReading(FigureTestCase):
	number_format = "#.###,##"

	def setUp(self):
		super().setUp()
		# Of its own, because the app's translations may not be compiled on this bench yet.
		for source, german in GERMAN.items():
			frappe.get_doc(
				{"doctype": "Translation", "language": "de", "source_text": source, "translated_text": german}
			).insert()
		self.enterContext(patch.object(frappe.local, "lang", "de"))

	def test_numbers_and_words(self):
		for stored, shown in (
			("1,234.50 %", "1.234,50 %"),
			("10.00 %; -20.00 %", "10,00 %; -20,00 %"),
			("2.50 years", "2,50 Jahre"),
			("-12,345 / 0 / 1,000,000", "-12.345 / 0 / 1.000.000"),
			("none", "keine"),
			("never", "nie"),
			("", ""),
			(None, ""),
		):
			with self.subTest(stored=stored):
				self.assertEqual(figure(stored), shown)

	def test_the_record_stays_english_and_its_reader_reads_german(self):
		case = case_with_notes()
		self.assertEqual(case.internal_rates, "10.00 %; 20.00 %")
		self.assertIn("There are 2 internal rates of return", case.figure_notes)
		view = reader_view(case)
		self.assertEqual(view["texts"]["10.00 %; 20.00 %"], "10,00 %; 20,00 %")
		self.assertIn("Es gibt 2 interne Zinsfüße.", view["notes"])
		self.assertEqual(len(view["notes"].splitlines()), len(case.figure_notes.splitlines()))

	def test_the_paper_for_the_board(self):
		case = case_with_notes()
		page = get_rendered_template(
			case, print_format=frappe.get_doc("Print Format", "Business Case for the Board"), meta=case.meta
		)
		self.assertIn("10,00 %; 20,00 %", page)
		self.assertNotIn("10.00 %", page)
		self.assertNotIn("There are 2", page)

	def test_notes_of_an_older_version_are_shown_as_stored(self):
		case = case_with_notes()
		figures = frappe.parse_json(case.figures)
		del figures["notes"]
		case.figures = frappe.as_json(figures)
		self.assertEqual(reader_view(case)["notes"], case.figure_notes)
