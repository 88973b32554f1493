app_name = "itil_strategy"
app_title = "ITIL Service Strategy"
app_publisher = "ITIL Service Strategy for ERPNext contributors"
app_description = "Service portfolio, business relationships and IT finance on ERPNext's own ledger"
app_email = "maintainers@users.noreply.github.com"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]

export_python_type_annotations = True
require_type_annotated_api_methods = True

before_install = "itil_strategy.install.before_install"
after_install = "itil_strategy.install.after_install"
after_migrate = "itil_strategy.install.after_migrate"
before_uninstall = "itil_strategy.uninstall.before_uninstall"
after_uninstall = "itil_strategy.uninstall.after_uninstall"
before_tests = "itil_strategy.tests.setup.before_tests"

doctype_js = {
	"Customer": ["public/js/customer_mode.js"],
	"Business Case": ["public/js/business_case_pictures.js"],
	"IT Service": [
		"public/js/portfolio.js",
		"public/js/dependency_picture.js",
		"public/js/service_assets.js",
	],
	"Portfolio Decision": [
		"public/js/portfolio.js",
		"public/js/gate_results.js",
		"public/js/decision_evidence.js",
	],
	"Service Retirement": ["public/js/portfolio.js"],
}
page_js = {"service-board": ["public/js/portfolio.js", "public/js/card_menu.js"]}

jinja = {
	"methods": [
		"itil_strategy.business_relationship.customer_page.pack.get_customer_pack",
		"itil_strategy.it_finance.charging.statement_print.get_charging_statements",
		"itil_strategy.service_portfolio.papers.get_decision_evidence",
		"itil_strategy.service_portfolio.papers.get_service_sheet",
	]
}

# Frappe drops menu items without a doctype.
standard_portal_menu_items = [
	{
		"title": "IT Service Catalogue",
		"route": "/it-services",
		"reference_doctype": "IT Service",
		"role": "Customer",
	},
	{
		"title": "IT Needs",
		"route": "/it-services/needs",
		"reference_doctype": "Customer Need",
		"role": "Customer",
	},
	{
		"title": "IT Charges",
		"route": "/it-services/charges",
		"reference_doctype": "Service Charge",
		"role": "Customer",
	},
	{
		"title": "IT Feedback",
		"route": "/it-services/feedback",
		"reference_doctype": "Service Feedback",
		"role": "Customer",
	},
]

PORTFOLIO_ROWS = (
	"Portfolio Gate Result",
	"Portfolio Waiver",
	"Retirement Contract",
	"Retirement Task",
	"Service Company",
	"Service Condition",
	"Service Dependency",
	"Service Entitlement",
	"Service Fit Assessment",
	"Service Outcome",
	"Service Stage Log",
	"Service Stage Plan",
)
RELATIONSHIP_ROWS = (
	"Environment Impact",
	"Feedback Action",
	"Feedback Hold",
	"Mediation Option",
	"Mediation Party",
	"Mediation Score",
	"Need Requirement",
	"Relationship Action",
	"Survey Answer",
	"Survey Contact",
	"Survey Customer",
	"Survey Question",
	"Survey Service",
	"Survey Wave",
)
BUDGET_ROWS = ("Budget Transfer Month", "Forecast Snapshot Month", "Service Budget Line")
CASE_ROWS = (
	"Business Case Assumption",
	"Business Case Condition",
	"Business Case Effort",
	"Business Case Flow",
	"Business Case Impact",
	"Business Case Option",
	"Business Case Risk",
	"Business Case Spend",
	"Business Case Version",
	"Investment Budget",
	"Investment Capacity",
	"Investment Rule",
	"Scenario Change",
)
OTHER_ROWS = (
	"Business Case Approval Limit",
	"Charging Run Customer",
	"Cost Element Account",
	"Cost Pool Account",
	"Cost Pool Cost Center",
	"Cost Pool Receiver",
	"Customer IT Charging",
	"Feedback Target",
	"Retirement Indicator",
	"Service Strategy Company",
	"Stage Requirement",
	"Usage Mapping Value",
	"Working Window",
)

# Written in bulk by a run or an import.
BULK_RECORDS = (
	"Charge Posting",
	"Cost Allocation Input",
	"Service Charge",
	"Service Cost",
	"Service Usage",
	"Usage Claim",
)

BUDGET_RECORDS = (
	"Budget Ceiling",
	"Budget Transfer",
	"Forecast Snapshot",
	"Fund Reservation",
	"Service Budget",
)

# A closed accounting period can close charging as well.
period_closing_doctypes = ["Charging Run"]

doc_events = {
	(*PORTFOLIO_ROWS, *RELATIONSHIP_ROWS, *BUDGET_ROWS, *CASE_ROWS, *OTHER_ROWS): {
		"validate": "itil_strategy.utils.guard.refuse_row_by_itself",
		"on_trash": "itil_strategy.utils.guard.refuse_row_by_itself",
	},
	BULK_RECORDS: {
		"validate": "itil_strategy.utils.guard.refuse_change_of_bulk",
		"on_trash": "itil_strategy.utils.guard.refuse_change_of_bulk",
	},
	"DocShare": {"validate": "itil_strategy.overrides.doc_share.refuse_more_than_own_rights"},
	"Budget": {
		"before_insert": "itil_strategy.utils.erpnext_budget.refuse_false_source",
		"before_cancel": "itil_strategy.utils.erpnext_budget.refuse_change_by_hand",
		"on_cancel": "itil_strategy.it_finance.business_case.lapse.judge_after_cut",
		"on_trash": "itil_strategy.utils.erpnext_budget.refuse_change_by_hand",
	},
	("Material Request", "Purchase Invoice", "Purchase Order"): {
		"on_submit": "itil_strategy.it_finance.budgeting.control.check_submitted",
	},
	"Purchase Order": {
		"on_update_after_submit": "itil_strategy.it_finance.budgeting.control.check_changed_order",
	},
	"Charging Run": {
		"validate": "erpnext.accounts.doctype.accounting_period.accounting_period.validate_accounting_period_on_doc_save",
	},
	"Communication": {"after_insert": "itil_strategy.business_relationship.feedback.answers.read_reply"},
	"Customer": {
		"validate": "itil_strategy.overrides.customer.validate",
		"before_rename": "itil_strategy.overrides.customer.before_rename",
	},
	"Journal Entry": {
		"on_submit": "itil_strategy.it_finance.budgeting.control.check_submitted",
		"before_cancel": "itil_strategy.overrides.ledger_voucher.refuse_cancel_outside_run",
		"on_trash": "itil_strategy.overrides.ledger_voucher.refuse_delete_of_posted",
	},
	"Sales Invoice": {
		"before_cancel": "itil_strategy.overrides.ledger_voucher.refuse_cancel_outside_run",
		"on_trash": "itil_strategy.overrides.ledger_voucher.refuse_delete_of_posted",
	},
}

permission_query_conditions = {
	"Charge Correction": "itil_strategy.utils.permissions.charge_correction_query",
	"Charge Dispute": "itil_strategy.utils.permissions.charge_dispute_query",
	"Benefit Measurement": "itil_strategy.utils.case_permissions.benefit_measurement_query",
	"Business Case": "itil_strategy.utils.case_permissions.business_case_query",
	"Charging Policy": "itil_strategy.utils.permissions.charging_policy_query",
	"Charging Run": "itil_strategy.utils.permissions.charging_run_query",
	"Charging Tier": "itil_strategy.utils.permissions.charging_tier_query",
	"Cost Driver Value": "itil_strategy.utils.permissions.cost_driver_value_query",
	"Customer Need": "itil_strategy.utils.relationship_permissions.customer_need_query",
	"Environment Change": "itil_strategy.utils.relationship_permissions.environment_change_query",
	"IT Service": "itil_strategy.utils.permissions.it_service_query",
	"Portfolio Decision": "itil_strategy.utils.permissions.portfolio_decision_query",
	"Prepared Report": "itil_strategy.overrides.prepared_report.list_condition",
	"Requirement Mediation": "itil_strategy.utils.relationship_permissions.requirement_mediation_query",
	"Satisfaction Survey": "itil_strategy.utils.relationship_permissions.satisfaction_survey_query",
	"Service Charge": "itil_strategy.utils.permissions.service_charge_query",
	"Service Cost": "itil_strategy.utils.permissions.service_cost_query",
	"Service Feedback": "itil_strategy.utils.relationship_permissions.service_feedback_query",
	"Service Commitment": "itil_strategy.utils.relationship_permissions.service_commitment_query",
	"Service Offering": "itil_strategy.utils.permissions.service_offering_query",
	"Service Retirement": "itil_strategy.utils.permissions.service_retirement_query",
	"Service Usage": "itil_strategy.utils.permissions.service_usage_query",
	"Survey Invitation": "itil_strategy.utils.relationship_permissions.survey_invitation_query",
	"Survey Response": "itil_strategy.utils.relationship_permissions.survey_response_query",
	**{
		doctype: "itil_strategy.utils.permissions.child_rows_query"
		for doctype in (*PORTFOLIO_ROWS, *RELATIONSHIP_ROWS, *BUDGET_ROWS, *CASE_ROWS)
	},
	**{doctype: "itil_strategy.utils.budget_permissions.list_condition" for doctype in BUDGET_RECORDS},
}

# Frappe's own search leaves out every condition when the client says so.
standard_queries = {
	doctype: "itil_strategy.utils.search.search_permitted"
	for doctype in (
		"Charge Correction",
		"Charge Dispute",
		"Benefit Measurement",
		"Business Case",
		"Charging Policy",
		"Charging Run",
		"Charging Tier",
		"Cost Driver Value",
		"Customer Need",
		"Environment Change",
		"IT Service",
		"Portfolio Decision",
		"Requirement Mediation",
		"Satisfaction Survey",
		"Service Charge",
		"Service Cost",
		"Service Feedback",
		"Service Commitment",
		"Service Offering",
		"Service Retirement",
		"Service Usage",
		"Survey Invitation",
		"Survey Response",
		*BUDGET_RECORDS,
	)
}

has_permission = {
	"Benefit Measurement": "itil_strategy.utils.case_permissions.benefit_measurement_permission",
	"Business Case": "itil_strategy.utils.case_permissions.business_case_permission",
	"IT Service": "itil_strategy.utils.permissions.it_service_permission",
	"Service Offering": "itil_strategy.utils.permissions.service_offering_permission",
	"Charge Correction": "itil_strategy.utils.permissions.charge_correction_permission",
	"Charge Dispute": "itil_strategy.utils.permissions.charge_dispute_permission",
	"Charging Policy": "itil_strategy.utils.permissions.charging_policy_permission",
	"Charging Run": "itil_strategy.utils.permissions.charging_run_permission",
	"Charging Tier": "itil_strategy.utils.permissions.charging_tier_permission",
	"Cost Driver Value": "itil_strategy.utils.permissions.cost_driver_value_permission",
	"Customer Need": "itil_strategy.utils.relationship_permissions.customer_need_permission",
	"Environment Change": "itil_strategy.utils.relationship_permissions.environment_change_permission",
	"Portfolio Decision": "itil_strategy.utils.permissions.portfolio_decision_permission",
	"Prepared Report": "itil_strategy.overrides.prepared_report.document_check",
	"Requirement Mediation": "itil_strategy.utils.relationship_permissions.requirement_mediation_permission",
	"Satisfaction Survey": "itil_strategy.utils.relationship_permissions.satisfaction_survey_permission",
	"Service Charge": "itil_strategy.utils.permissions.service_charge_permission",
	"Service Cost": "itil_strategy.utils.permissions.service_cost_permission",
	"Service Feedback": "itil_strategy.utils.relationship_permissions.service_feedback_permission",
	"Service Commitment": "itil_strategy.utils.relationship_permissions.service_commitment_permission",
	"Service Retirement": "itil_strategy.utils.permissions.service_retirement_permission",
	"Service Usage": "itil_strategy.utils.permissions.service_usage_permission",
	"Survey Invitation": "itil_strategy.utils.relationship_permissions.survey_invitation_permission",
	"Survey Response": "itil_strategy.utils.relationship_permissions.survey_response_permission",
	**{doctype: "itil_strategy.utils.budget_permissions.document_check" for doctype in BUDGET_RECORDS},
}

scheduler_events = {
	"daily": [
		"itil_strategy.service_portfolio.retirement.last_day.apply_last_days",
		"itil_strategy.business_relationship.doctype.service_commitment.service_commitment.end_commitments",
		"itil_strategy.business_relationship.conflicts.mediate_all",
		"itil_strategy.business_relationship.reminders.remind",
		"itil_strategy.business_relationship.surveys.daily.run_daily",
		"itil_strategy.it_finance.business_case.lapse.lapse_cases",
	],
	"hourly": [
		"itil_strategy.utils.jobs.mark_stalled_runs",
		"itil_strategy.business_relationship.feedback.watch.check_deadlines",
	],
	"weekly_long": ["itil_strategy.utils.digest.send_digests"],
	"monthly_long": ["itil_strategy.utils.health.notice.run_monthly"],
}

# Charges and claims point at vouchers and runs; cancelling a run takes them along itself.
auto_cancel_exempted_doctypes = ["Charging Run", "Cost Allocation Run"]
