"""What waits for a process owner, once a week by e-mail: the number cards of the dashboards, as their reader would see them."""

import json
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import is_email_notifications_enabled
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
		for user, email, roles in _readers():
			frappe.set_user(user)
			frappe.local.lang = get_user_lang(user)
			parts = waiting(roles)
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


def waiting(roles: list[str]) -> list[dict]:
	"""By dashboard of the roles: cards that count more than nothing for the session's user, with a link to the list."""
	parts = []
	for role, dashboard in DASHBOARDS.items():
		if role in roles and frappe.db.exists("Dashboard", dashboard):
			lines = [line for card in _cards(dashboard) if (line := _line(card))]
			if lines:
				parts.append({"title": _(dashboard), "lines": lines})
	return parts


def _readers() -> list[tuple[str, str, list[str]]]:
	"""Users with a role of a process owner who have not switched it off: name, address, roles."""
	held: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Has Role", {"role": ("in", list(DASHBOARDS)), "parenttype": "User"}, ["parent", "role"], limit=0
	):
		held.setdefault(row.parent, []).append(row.role)
	off = set(frappe.get_all("Notification Settings", {SWITCH: 0}, pluck="name", limit=0))
	users = frappe.get_all(
		"User",
		{"name": ("in", [*held, ""]), "enabled": 1, "user_type": "System User"},
		["name", "email"],
		order_by="name asc",
		limit=0,
	)
	return [
		(row.name, row.email, held[row.name])
		for row in users
		if row.email and row.name not in off and is_email_notifications_enabled(row.name)
	]


def _cards(dashboard: str) -> list[frappe._dict]:
	names = frappe.get_all("Number Card Link", {"parent": dashboard}, pluck="card", order_by="idx asc")
	cards = {
		row.name: row
		for row in frappe.get_all(
			"Number Card",
			{"name": ("in", [*names, ""]), "type": "Document Type", "function": "Count"},
			["name", "label", "document_type", "filters_json", "dynamic_filters_json"],
		)
	}
	return [cards[name] for name in names if name in cards]


def _line(card: frappe._dict) -> dict | None:
	if not frappe.has_permission(card.document_type, "read"):
		return None
	filters = json.loads(card.filters_json or "[]")
	for doctype, fieldname, operator, value, *_rest in json.loads(card.dynamic_filters_json or "[]"):
		if value not in DYNAMIC:
			return None
		filters.append([doctype, fieldname, operator, str(DYNAMIC[value]())])
	count = len(frappe.get_list(card.document_type, filters=filters, pluck="name", limit=0))
	if not count:
		return None
	query = urlencode(
		{fieldname: json.dumps([operator, value]) for _dt, fieldname, operator, value, *_r in filters}
	)
	return {"label": _(card.label), "count": count, "link": f"{get_url_to_list(card.document_type)}?{query}"}
