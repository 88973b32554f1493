"""Customer View: one customer on one page (BR-10, BR-12). What is on it: `customer_page.sections`."""

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.business_relationship.customer_page.sections import SECTIONS
from itil_strategy.business_relationship.customer_page.view import Section, View
from itil_strategy.domain.periods import last_complete_months, months_between
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import column
from itil_strategy.utils.report_scope import allowed_values, fold_hidden_rows, readable_columns
from itil_strategy.utils.service_scope import permitted_services

REPORT_DOCTYPE = "Service Commitment"
LINKS = {"it_service": "IT Service"}
MONTHS = 12


def execute(filters: dict | None = None):
	return CustomerView(plain_filters(filters)).run()


class CustomerView:
	"""Asks each section for its rows; counts and cards are those of all rows, whoever looks."""

	def __init__(self, filters: frappe._dict):
		self.customer = filters.customer
		self.validate_customer()
		today = getdate()
		window = last_complete_months(today, MONTHS)
		own = restricted_to_services(frappe.session.user, READ_CHARGES)
		self.view = View(
			customer=self.customer,
			today=today,
			months=tuple(months_between(window.start, window.end)),
			services=None if own is None else frozenset(own),
		)

	def validate_customer(self) -> None:
		if not self.customer or not frappe.db.exists("Customer", self.customer):
			frappe.throw(_("Choose a customer."), ServiceStrategyError, title=_("Customer Missing"))
		allowed = allowed_values({"Customer"}, REPORT_DOCTYPE).get("Customer")
		if allowed is not None and self.customer not in allowed:
			frappe.throw(
				_("You are not permitted to see {0}. Choose a customer of yours.").format(
					frappe.bold(frappe.utils.escape_html(self.customer))
				),
				frappe.PermissionError,
				title=_("Customer Not Permitted"),
			)

	def run(self):
		self.permitted = permitted_services()
		sections = [section for build in SECTIONS if (section := build(self.view))]
		return (
			readable_columns(self.columns()),
			[row for section in sections for row in self.make_rows(section)],
			self.message(),
			# The report draws one: charges, else satisfaction.
			next((section.chart for section in reversed(sections) if section.chart), None),
			[card for section in sections for card in section.cards],
			True,
		)

	def make_rows(self, section: Section) -> list[dict]:
		title = _("{0} ({1})").format(section.title, len(section.rows))
		rows = [{"label": title, "indent": 0, "is_section": 1}]
		currency = next((row["currency"] for row in section.rows if row.get("currency")), None)
		for row in fold_hidden_rows(
			section.rows, LINKS, section.measures, "label", REPORT_DOCTYPE, self.permitted
		):
			row = {"currency": currency, **row, "indent": 1}
			children = row.pop("children", ())
			rows.append(row)
			rows += [{**child, "indent": 2} for child in children]
		return rows

	def columns(self) -> list[dict]:
		return [
			column("label", _("Subject"), width=300),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
			column("status", _("Status"), width=120),
			column("date", _("Date"), "Date", 100),
			column("details", _("Details"), width=400),
			column("promised", _("Promised"), "Float", 110, precision=2),
			column("measured", _("Measured"), "Float", 110, precision=2),
			column("unit", _("Unit"), width=80),
			column("attainment", _("Measured of Promised"), "Percent", 120),
			column("score", _("WSJF"), "Float", 80, precision=2),
			column("nps", _("NPS"), "Float", 80, precision=1),
			column("csat", _("Score (of 100)"), "Float", 110, precision=1),
			column("response_rate", _("Response Rate"), "Percent", 120, precision=1),
			column("charged", _("Charged"), "Currency", 120, "currency"),
			column("shown", _("Shown Only"), "Currency", 120, "currency"),
		]

	def message(self) -> str:
		months = self.view.months
		sentences = [
			_("Promised, measured, asked and charged are those of {0} to {1}.").format(
				f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}"
			)
		]
		if self.view.services is not None:
			sentences.append(_("You see the services that you own."))
		return " ".join(sentences)
