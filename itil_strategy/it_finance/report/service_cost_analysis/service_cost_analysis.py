# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe


def execute(filters=None):
	columns, data = [], []
	return columns, data
