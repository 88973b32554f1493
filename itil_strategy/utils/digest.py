"""What waits for a process owner, once a week by e-mail: the number cards of the dashboards, as their reader would see them."""

import json
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.translate import get_user_lang
from frappe.utils import get_url_to_list, now_datetime

from itil_strategy.setup.roles import FINANCIAL_MANAGER, PORTFOLIO_MANAGER, RELATIONSHIP_MANAGER

# The dashboard that a role works from.
DASHBOARDS = {
	PORTFOLIO_MANAGER: "Service Portfolio",
	RELATIONSHIP_MANAGER: "Business Relationship",
	FINANCIAL_MANAGER: "IT Finance",
}
# On Notification Settings, which each user sets for themself.
SWITCH = "it_service_digest"
# What the desk works out in the browser.
DYNAMIC = {"frappe.datetime.now_datetime()": now_datetime, "frappe.datetime.get_today()": frappe.utils.today}


def send_digests() -> list[str]:
	"""Mail every process owner who wants it and for whom something waits; answers the addresses."""
	if not EmailAccount.find_outgoing(match_by_doctype="Notification Settings"):
		return []
	sender, language = frappe.session.user, frappe.local.lang
	sent = []
	try:
		cards = load_cards()
		for user, email, roles in _readers():
			frappe.set_user(user)
			frappe.local.lang = get_user_lang(user)
			parts = waiting(roles, cards)
			if parts:
				frappe.sendmail(
					recipients=[email],
					subject=_("IT services: what waits for you"),
					template="waiting_digest",
					args={"parts": parts, "settings": get_url_to_list("Notification Settings")},
				)
				sent.append(email)
	finally:
		frappe.set_user(sender)
		frappe.local.lang = language
	return sent


def waiting(roles: list[str], cards: dict[str, list[frappe._dict]]) -> list[dict]:
	"""By dashboard of the roles: cards that count more than nothing for the session's user, with a link to the list."""
	parts = []
	for role, dashboard in DASHBOARDS.items():
		if role in roles:
			lines = [line for card in cards[dashboard] if (line := _line(card))]
			if lines:
				parts.append({"title": _(dashboard), "lines": lines})
	return parts


def load_cards() -> dict[str, list[frappe._dict]]:
	"""Cards that count records by dashboard, in its order; none of a dashboard that somebody deleted. Two queries."""
	links = frappe.get_all(
		"Number Card Link",
		{"parent": ("in", list(DASHBOARDS.values())), "parenttype": "Dashboard"},
		["parent", "card"],
		order_by="idx asc",
	)
	counting = {
		row.name: row
		for row in frappe.get_all(
			"Number Card",
			{
				"name": ("in", [*(link.card for link in links), ""]),
				"type": "Document Type",
				"function": "Count",
			},
			[
				*("name", "label", "document_type", "parent_document_type"),
				*("function", "filters_json", "dynamic_filters_json"),
			],
		)
	}
	return {
		dashboard: [
			counting[link.card] for link in links if link.parent == dashboard and link.card in counting
		]
		for dashboard in DASHBOARDS.values()
	}


def _readers() -> list[tuple[str, str, list[str]]]:
	"""Users with a role of a process owner who have not switched it off: name, address, roles."""
	held: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Has Role", {"role": ("in", list(DASHBOARDS)), "parenttype": "User"}, ["parent", "role"], limit=0
	):
		held.setdefault(row.parent, []).append(row.role)
	off = set(
		frappe.get_all(
			"Notification Settings",
			or_filters={SWITCH: 0, "enable_email_notifications": 0},
			pluck="name",
			limit=0,
		)
	)
	users = frappe.get_all(
		"User",
		{"name": ("in", [*held, ""]), "enabled": 1, "user_type": "System User"},
		["name", "email"],
		order_by="name asc",
		limit=0,
	)
	return [(row.name, row.email, held[row.name]) for row in users if row.email and row.name not in off]


def _line(card: frappe._dict) -> dict | None:
	if not frappe.has_permission(card.document_type, "read"):
		return None
	filters = json.loads(card.filters_json or "[]")
	for doctype, fieldname, operator, value, *_rest in json.loads(card.dynamic_filters_json or "[]"):
		if value not in DYNAMIC:
			return None
		filters.append([doctype, fieldname, operator, str(DYNAMIC[value]())])
	count = int(get_result(card, filters))
	if not count:
		return None
	query = urlencode(
		{fieldname: json.dumps([operator, value]) for _dt, fieldname, operator, value, *_r in filters}
	)
	return {"label": _(card.label), "count": count, "link": f"{get_url_to_list(card.document_type)}?{query}"}
