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

# A closed accounting period can close charging as well.
period_closing_doctypes = ["Charging Run"]

doc_events = {
	"Charging Run": {
		"validate": "erpnext.accounts.doctype.accounting_period.accounting_period.validate_accounting_period_on_doc_save",
	},
	"Customer": {
		"validate": "itil_strategy.overrides.customer.validate",
		"before_rename": "itil_strategy.overrides.customer.before_rename",
	},
	"Journal Entry": {
		"before_cancel": "itil_strategy.overrides.ledger_voucher.refuse_cancel_outside_run",
		"on_trash": "itil_strategy.overrides.ledger_voucher.refuse_delete_of_posted",
	},
	"Sales Invoice": {
		"before_cancel": "itil_strategy.overrides.ledger_voucher.refuse_cancel_outside_run",
		"on_trash": "itil_strategy.overrides.ledger_voucher.refuse_delete_of_posted",
	},
}

permission_query_conditions = {
	"Charging Policy": "itil_strategy.utils.permissions.charging_policy_query",
	"Charging Run": "itil_strategy.utils.permissions.charging_run_query",
	"Portfolio Decision": "itil_strategy.utils.permissions.portfolio_decision_query",
	"Satisfaction Survey": "itil_strategy.utils.permissions.satisfaction_survey_query",
	"Service Charge": "itil_strategy.utils.permissions.service_charge_query",
	"Service Retirement": "itil_strategy.utils.permissions.service_retirement_query",
	"Service Usage": "itil_strategy.utils.permissions.service_usage_query",
	"Survey Invitation": "itil_strategy.utils.permissions.survey_invitation_query",
	"Survey Response": "itil_strategy.utils.permissions.survey_response_query",
}

has_permission = {
	"IT Service": "itil_strategy.utils.permissions.it_service_permission",
	"Service Offering": "itil_strategy.utils.permissions.service_offering_permission",
	"Charging Policy": "itil_strategy.utils.permissions.charging_policy_permission",
	"Charging Run": "itil_strategy.utils.permissions.charging_run_permission",
	"Portfolio Decision": "itil_strategy.utils.permissions.portfolio_decision_permission",
	"Satisfaction Survey": "itil_strategy.utils.permissions.satisfaction_survey_permission",
	"Service Charge": "itil_strategy.utils.permissions.service_charge_permission",
	"Service Retirement": "itil_strategy.utils.permissions.service_retirement_permission",
	"Service Usage": "itil_strategy.utils.permissions.service_usage_permission",
	"Survey Invitation": "itil_strategy.utils.permissions.survey_invitation_permission",
	"Survey Response": "itil_strategy.utils.permissions.survey_response_permission",
}

scheduler_events = {
	"daily": [
		"itil_strategy.service_portfolio.retirement.last_day.apply_last_days",
		"itil_strategy.business_relationship.surveys.daily.run_daily",
	],
	"hourly": ["itil_strategy.utils.jobs.mark_stalled_runs"],
}

# Charges and claims point at vouchers and runs; cancelling a run takes them along itself.
auto_cancel_exempted_doctypes = ["Charging Run"]
