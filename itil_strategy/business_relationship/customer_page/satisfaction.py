"""How satisfied a customer is: NPS, score and response rate per service, quarter by quarter (BR-7)."""

from fractions import Fraction

import frappe
from frappe import _

from itil_strategy.business_relationship.customer_page.names import service_names
from itil_strategy.business_relationship.customer_page.view import Row, Section, View
from itil_strategy.domain.satisfaction import Tally, add_up, period_label, period_start, segments
from itil_strategy.utils.permissions import restricted_to_services
from itil_strategy.utils.relationship_permissions import READ_SURVEYS
from itil_strategy.utils.report_parts import card
from itil_strategy.utils.satisfaction import fetch_tallies

PERIOD = "Quarter"
DECIMALS = 1
NPS_COLOR, SCORE_COLOR = "#2490EF", "#2F9D58"


def satisfaction(view: View) -> Section | None:
	"""By the month in which the customer was asked; who may not read surveys does not see it."""
	if not frappe.has_permission("Survey Response", "read"):
		return None
	tallies = fetch_tallies(
		view.months[0],
		view.months[-1],
		("it_service",),
		{"customer": view.customer},
		restricted_to_services(frappe.session.user, READ_SURVEYS),
	)
	services = segments(tallies.items(), lambda key: key[1] or "")
	names = service_names(services)
	rows = []
	for service in sorted(services, key=lambda service: (not service, names.get(service, service), service)):
		quarters = segments(
			((key, tally) for key, tally in tallies.items() if (key[1] or "") == service),
			lambda key: period_start(key[0], PERIOD),
		)
		rows.append(
			{
				**_row(names.get(service) or service or _("Without service"), services[service]),
				"it_service": service or None,
				"children": [
					_row(period_label(start, PERIOD), quarters[start]) for start in sorted(quarters)
				],
			}
		)
	return Section(_("Satisfaction"), rows, _cards(add_up(tallies.values())), chart=_trend(tallies))


def _row(label: str, tally: Tally) -> Row:
	return {
		"label": label,
		"nps": _number(tally.nps),
		"csat": _number(tally.csat),
		"response_rate": _number(tally.response_rate),
		"details": _("{0} of {1} answered").format(tally.answered, tally.delivered),
	}


def _cards(whole: Tally) -> list[dict]:
	"""Cards of what was asked; a customer whom nobody asked has none."""
	return [
		card(label, f"{round(float(value), DECIMALS):g}", color)
		for label, value, color in (
			(_("NPS"), whole.nps, "Blue"),
			(_("Score (of 100)"), whole.csat, "Green"),
			(_("Response Rate (%)"), whole.response_rate, "Grey"),
		)
		if value is not None
	]


def _trend(tallies: dict) -> dict | None:
	quarters = segments(tallies.items(), lambda key: period_start(key[0], PERIOD))
	answered = [start for start in sorted(quarters) if quarters[start].answered]
	if not answered:
		return None
	return {
		"data": {
			"labels": [period_label(start, PERIOD) for start in answered],
			"datasets": [
				{"name": label, "values": [_number(getattr(quarters[start], figure)) for start in answered]}
				for label, figure in ((_("NPS"), "nps"), (_("Score"), "csat"))
			],
		},
		"type": "line" if len(answered) > 1 else "bar",
		"fieldtype": "Float",
		"colors": [NPS_COLOR, SCORE_COLOR],
		"lineOptions": {"regionFill": 0},
	}


def _number(value: Fraction | None) -> float | None:
	return None if value is None else round(float(value), DECIMALS)
