"""What a customer was charged."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from frappe import _

from itil_strategy.business_relationship.customer_page.names import service_names
from itil_strategy.business_relationship.customer_page.view import Section, View
from itil_strategy.utils.charges import charged_to_customer
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.report_parts import bar_chart, card
from itil_strategy.utils.report_scope import allowed_values


def charges(view: View) -> Section:
	"""What was charged and shown in the window per service and company, in the company's currency."""
	companies = allowed_values({"Company"}, "Service Charge").get("Company")
	amounts: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
	by_month: dict[date, Decimal] = defaultdict(Decimal)
	for service, company, month, mode, amount in charged_to_customer(
		view.customer, view.months[0], view.months[-1]
	):
		if (companies is None or company in companies) and view.sees([service]):
			measure = "shown" if mode == "Showback" else "charged"
			amounts[service, company][measure] += amount
			if measure == "charged":
				by_month[month] += amount
	names = service_names({service for service, _company in amounts})
	rows = [
		{
			"label": names.get(service, service),
			"it_service": service,
			"charged": float(amounts[service, company]["charged"]),
			"shown": float(amounts[service, company]["shown"]),
			"currency": company_currency(company),
			"details": company,
		}
		for service, company in sorted(amounts)
	]
	currencies = sorted({row["currency"] for row in rows})
	cards = [
		card(label, sum(row[key] for row in rows if row["currency"] == currency), color, currency)
		for currency in currencies
		for key, label, color in (("charged", _("Charged"), "Purple"), ("shown", _("Shown Only"), "Blue"))
	]
	section = Section(_("Charges"), rows, cards)
	if len(currencies) == 1:
		# Amounts in several currencies have no sum.
		section.measures = ("charged", "shown")
	if len(currencies) == 1 and any(by_month.values()):
		section.chart = bar_chart(
			[f"{month:%Y-%m}" for month in view.months],
			{_("Charged"): [float(by_month[month]) for month in view.months]},
			["#743EE2"],
			currencies[0],
		)
	return section
