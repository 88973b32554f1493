from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "business_case",
		"transactions": [{"label": _("Realisation"), "items": ["Benefit Measurement"]}],
	}
