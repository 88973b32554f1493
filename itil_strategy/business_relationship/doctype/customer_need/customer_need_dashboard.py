from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "customer_need",
		"transactions": [{"label": _("What Comes of It"), "items": ["Business Case", "Service Commitment"]}],
	}
