from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "it_service",
		"transactions": [
			{"label": _("Decisions"), "items": ["Portfolio Decision", "Service Retirement"]},
			{"label": _("Offer"), "items": ["Service Offering", "Charging Policy"]},
			{"label": _("Relationship"), "items": ["Customer Need", "Service Commitment"]},
			{"label": _("Charging"), "items": ["Service Charge", "Service Cost"]},
		],
	}
