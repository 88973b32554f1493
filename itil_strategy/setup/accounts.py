"""The three accounts per company that charging posts to (FM-11)."""

import frappe
from frappe import _

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.setup.cost_elements import ensure_depreciation_element
from itil_strategy.setup.dimension import ensure_company_row
from itil_strategy.utils.text import bold

# settings field: (account name, root type)
ACCOUNTS = {
	"charges_account": ("IT Charges", "Expense"),
	"recovery_account": ("IT Recovery", "Expense"),
	"income_account": ("IT Service Income", "Income"),
}


def set_up_company(company: str) -> dict[str, str]:
	"""Create the missing accounts of the company, note them in the settings, and answer them by field.

	Its depreciation is booked on services, as a cost element of its own.

	Accounts that a user chose before stay. Raises LedgerSetupError where the chart of accounts has no
	group to put an account under.
	"""
	settings = frappe.get_single("Service Strategy Settings")
	row = next((row for row in settings.companies if row.company == company), None)
	row = row or settings.append("companies", {"company": company})
	for fieldname, (account_name, root_type) in ACCOUNTS.items():
		if not row.get(fieldname):
			row.set(fieldname, _ensure_account(company, account_name, root_type))
	settings.save(ignore_permissions=True)
	ensure_company_row(company)
	ensure_depreciation_element(company)
	return {fieldname: row.get(fieldname) for fieldname in ACCOUNTS}


def get_company_accounts(company: str) -> frappe._dict:
	"""The accounts of the company by settings field; LedgerSetupError names what is missing."""
	settings = frappe.get_cached_doc("Service Strategy Settings")
	row = next((row for row in settings.companies if row.company == company), None)
	missing = [name for field, (name, _root) in ACCOUNTS.items() if not (row and row.get(field))]
	if missing:
		frappe.throw(
			_(
				"{0} has no account for {1}. Open Service Strategy Settings and choose Set Up Accounts."
			).format(bold(company), ", ".join(missing)),
			LedgerSetupError,
			title=_("Accounts Missing"),
		)
	return frappe._dict({field: row.get(field) for field in ACCOUNTS})


def delete_unused_accounts() -> None:
	"""Delete the accounts that carry our names and no ledger row; chosen accounts of other names stay."""
	for row in frappe.get_all(
		"Service Strategy Company", {"parenttype": "Service Strategy Settings"}, list(ACCOUNTS), limit=0
	):
		for fieldname, (account_name, _root_type) in ACCOUNTS.items():
			account = row[fieldname]
			if not account or frappe.db.exists("GL Entry", {"account": account}):
				continue
			if frappe.db.get_value("Account", account, "account_name") == account_name:
				frappe.delete_doc("Account", account, ignore_permissions=True, force=True)


def _ensure_account(company: str, account_name: str, root_type: str) -> str:
	existing = frappe.db.get_value(
		"Account", {"company": company, "account_name": account_name, "root_type": root_type, "is_group": 0}
	)
	if existing:
		return existing
	account = frappe.get_doc(
		{
			"doctype": "Account",
			"account_name": account_name,
			"company": company,
			"parent_account": _parent_group(company, root_type),
			"root_type": root_type,
			"report_type": "Profit and Loss",
			"is_group": 0,
		}
	)
	account.insert(ignore_permissions=True)
	return account.name


def _parent_group(company: str, root_type: str) -> str:
	"""The indirect group where the chart has one, else the first group below the root."""
	groups = frappe.get_all(
		"Account",
		{"company": company, "root_type": root_type, "is_group": 1},
		["name", "account_name", "parent_account"],
		order_by="lft",
	)
	if not groups:
		frappe.throw(
			_(
				"The chart of accounts of {0} has no {1} group. Create one, then set up the accounts again."
			).format(bold(company), _(root_type)),
			LedgerSetupError,
			title=_("Chart of Accounts"),
		)
	indirect = [row.name for row in groups if row.account_name.startswith("Indirect")]
	below_root = [row.name for row in groups if row.parent_account]
	return (indirect or below_root or [groups[0].name])[0]
