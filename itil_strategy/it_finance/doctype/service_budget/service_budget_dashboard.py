from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "service_budget",
		"non_standard_fieldnames": {"Budget Transfer": "from_budget", "Service Budget": "revision_of"},
		"transactions": [
			{"label": _("Published"), "items": ["Budget"]},
			{"label": _("Changes"), "items": ["Budget Transfer", "Service Budget"]},
		],
	}
