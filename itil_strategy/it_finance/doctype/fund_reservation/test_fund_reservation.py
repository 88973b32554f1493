# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and Contributors
# See license.txt

# import frappe
from frappe.tests.utils import FrappeTestCase


class TestFundReservation(FrappeTestCase):
	pass
