"""Uninstall: refuse while money hangs on our records, else leave nothing of ours behind."""

import frappe
from frappe import _

from itil_strategy.business_relationship.feedback.service_level import delete_service_levels
from itil_strategy.exceptions import UninstallRefusedError
from itil_strategy.setup.accounts import delete_unused_accounts
from itil_strategy.setup.assignment_rules import delete_assignment_rules
from itil_strategy.setup.custom_fields import delete_custom_fields
from itil_strategy.setup.defaults import delete_leftovers
from itil_strategy.setup.dimension import FIELDNAME, delete_dimension
from itil_strategy.setup.onboarding import delete_onboarding_steps
from itil_strategy.setup.pointers import delete_pointers
from itil_strategy.setup.price_list import delete_unused_price_lists
from itil_strategy.setup.roles import delete_roles
from itil_strategy.setup.server_scripts import delete_server_scripts
from itil_strategy.setup.workflows import delete_workflows
from itil_strategy.utils.erpnext_budget import delete_published

DROP_DATA_FLAG = "itil_strategy_drop_data"
AUTOINCREMENT_DOCTYPES = (
	"Service Usage",
	"Usage Claim",
	"Service Charge",
	"Charge Posting",
	"Service Cost",
	"Cost Allocation Input",
)


def before_uninstall() -> None:
	"""Refuse with counts, unless the site config says that the data may go; then delete our fields."""
	if not frappe.conf.get(DROP_DATA_FLAG):
		refuse_while_data_exists()
	delete_unused_accounts()
	delete_unused_price_lists()
	delete_published()
	delete_custom_fields()
	delete_dimension()
	delete_server_scripts()
	delete_assignment_rules()
	delete_pointers()
	delete_service_levels()
	delete_workflows()
	delete_onboarding_steps()


def after_uninstall() -> None:
	"""Frappe has dropped our doctypes; delete what points at nothing now."""
	delete_leftovers()
	delete_sequences()
	delete_roles()
	frappe.clear_cache()
	frappe.db.commit()  # nosemgrep: the uninstaller commits before this hook and not after it


def delete_sequences() -> None:
	"""Drop the number sequences of our bulk tables, which Frappe leaves when it drops a doctype."""
	for doctype in AUTOINCREMENT_DOCTYPES:
		frappe.db.sql_ddl(f"DROP SEQUENCE IF EXISTS `{frappe.scrub(doctype + '_id_seq')}`")


def refuse_while_data_exists() -> None:
	"""Raise UninstallRefusedError naming what would be orphaned."""
	counts = {
		_("ledger entries that carry an IT Service"): _count_ledger_entries(),
		_("submitted charging runs"): frappe.db.count("Charging Run", {"docstatus": 1}),
		_("submitted cost allocation runs"): frappe.db.count("Cost Allocation Run", {"docstatus": 1}),
		_("submitted portfolio decisions"): frappe.db.count("Portfolio Decision", {"docstatus": 1}),
		_("approved business cases"): frappe.db.count("Business Case", {"docstatus": 1}),
		_("service budgets in force"): frappe.db.count("Service Budget", {"docstatus": 1}),
		_("submitted service retirements"): frappe.db.count("Service Retirement", {"docstatus": 1}),
	}
	found = [f"{count} {label}" for label, count in counts.items() if count]
	if found:
		frappe.throw(
			_(
				"Uninstall would orphan {0}. Cancel the runs first, or, where records cannot be cancelled, set {1} to 1 in the site config to drop the data knowingly."
			).format(", ".join(found), DROP_DATA_FLAG),
			UninstallRefusedError,
			title=_("Data Would Be Lost"),
		)


def _count_ledger_entries() -> int:
	if not frappe.db.has_column("GL Entry", FIELDNAME):
		return 0
	return frappe.db.count("GL Entry", {FIELDNAME: ("is", "set")})
