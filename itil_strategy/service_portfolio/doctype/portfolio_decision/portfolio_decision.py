# Copyright (c) 2026, ITIL Service Strategy for ERPNext contributors and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class PortfolioDecision(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from itil_strategy.service_portfolio.doctype.portfolio_gate_result.portfolio_gate_result import PortfolioGateResult
		from itil_strategy.service_portfolio.doctype.portfolio_waiver.portfolio_waiver import PortfolioWaiver

		amended_from: DF.Link | None
		analysis_class: DF.Literal["", "Invest", "Migrate", "Tolerate", "Eliminate"]
		analysis_company: DF.Link | None
		analysis_evidence: DF.JSON | None
		decided_by: DF.Link | None
		decision_date: DF.Date | None
		deviation_reason: DF.SmallText | None
		deviations: DF.SmallText | None
		from_stage: DF.Link | None
		gate_results: DF.Table[PortfolioGateResult]
		it_service: DF.Link
		naming_series: DF.Literal["PD-.YYYY.-.#####"]
		new_service_code: DF.Data | None
		new_service_name: DF.Data | None
		outcome: DF.Literal["Proceed", "Hold", "Reject", "Back", "Retain", "Replace", "Rationalise", "Refactor", "Renew", "Retire"]
		rationale: DF.SmallText
		review_date: DF.Date | None
		review_notes: DF.SmallText | None
		review_result: DF.Literal["", "As expected", "Better than expected", "Worse than expected", "Reversed"]
		reviewed_on: DF.Date | None
		service_name: DF.Data | None
		successor: DF.Link | None
		to_stage: DF.Link | None
		waivers: DF.Table[PortfolioWaiver]
	# end: auto-generated types
	pass
