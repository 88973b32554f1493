# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class ServiceRetirement(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from itil_strategy.service_portfolio.doctype.retirement_contract.retirement_contract import RetirementContract
		from itil_strategy.service_portfolio.doctype.retirement_task.retirement_task import RetirementTask

		amended_from: DF.Link | None
		checklist: DF.Table[RetirementTask]
		company: DF.Link | None
		contracts: DF.Table[RetirementContract]
		customers_informed: DF.Check
		data_owner: DF.Link | None
		data_retention: DF.SmallText | None
		exit_cost: DF.Currency
		it_service: DF.Link
		last_day: DF.Date | None
		loss_accepted: DF.Check
		loss_reason: DF.SmallText | None
		naming_series: DF.Literal["SR-.YYYY.-.#####"]
		notice_given_on: DF.Date | None
		retention_until: DF.Date | None
		service_name: DF.Data | None
		status: DF.Literal["Draft", "Notice Given", "Last Day Passed", "Withdrawn"]
		successor: DF.Link | None
	# end: auto-generated types
	pass
