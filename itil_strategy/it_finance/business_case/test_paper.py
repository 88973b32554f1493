"""The print format for a board: all sections, pictures, and nothing of what was typed becomes markup."""

import frappe
from frappe.www.printview import get_rendered_template

from itil_strategy.tests.business_cases import FigureTestCase, make_case

FORMAT = "Business Case for the Board"


def paper(case) -> str:
	return get_rendered_template(case, print_format=frappe.get_doc("Print Format", FORMAT), meta=case.meta)


class TestPaper(FigureTestCase):
	def test_all_sections_tables_and_pictures(self):
		case = make_case(
			risks=[{"risk": "Delay", "probability": 20, "impact": 100, "period": 1, "reserve": 40}],
			non_financial=[{"impact": "Less waiting", "concerns": "Sales"}],
			conditions=[{"condition": "Two people are hired"}],
		)
		page = paper(case)
		for text in (
			"1. Introduction",
			"2. Methods and Assumptions",
			"3. Business Impacts",
			"4. Risks and Contingencies",
			"5. Recommendations",
			"Schedule",
			"33.64 %",
			"0.909091",
			"users * 10",
			"Less waiting",
			"Two people are hired",
			"Delay",
		):
			self.assertIn(text, page)
		self.assertEqual(page.count("<svg xmlns"), 3)

	def test_an_empty_draft_prints(self):
		case = make_case(assumptions=[], options=[], flows=[], recommended_option="")
		page = paper(case)
		self.assertIn(case.case_title, page)
		self.assertNotIn("<svg xmlns", page)

	def test_what_was_typed_stays_text(self):
		case = make_case(insert=False)
		evil = "5 <b>bold</b> & more"
		case.options[0].option_title = case.recommended_option = evil
		for row in case.flows[:3]:
			row.option_title, row.item = evil, f"{row.item} {evil}"
		case.assumptions[0].assumption = case.case_title = evil
		case.append("risks", {"risk": evil, "probability": 5})
		page = paper(case.insert())
		self.assertNotIn("5 <b>bold", page)
		self.assertGreater(page.count("5 &lt;b&gt;bold"), 8)
