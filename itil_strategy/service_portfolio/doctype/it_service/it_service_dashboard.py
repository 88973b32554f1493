from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "it_service",
		"non_standard_fieldnames": {"Budget Transfer": "from_service"},
		"transactions": [
			{"label": _("Decisions"), "items": ["Portfolio Decision", "Service Retirement"]},
			{"label": _("Offer"), "items": ["Service Offering", "Charging Policy"]},
			{"label": _("Relationship"), "items": ["Customer Need", "Service Commitment"]},
			{"label": _("Money"), "items": ["Business Case", "Service Charge", "Service Cost"]},
			{
				"label": _("Budget"),
				"items": ["Service Budget", "Budget Ceiling", "Budget Transfer", "Forecast Snapshot"],
			},
		],
	}
