"""Install and migrate: order the steps of `setup`, nothing else."""

import frappe
from frappe import _

from itil_strategy.exceptions import LedgerSetupError
from itil_strategy.setup.assignment_rules import create_assignment_rules
from itil_strategy.setup.conflicts import find_conflicts
from itil_strategy.setup.custom_fields import make_custom_fields
from itil_strategy.setup.defaults import create_defaults
from itil_strategy.setup.dimension import ensure_dimension
from itil_strategy.setup.roles import create_roles
from itil_strategy.setup.server_scripts import create_server_scripts
from itil_strategy.setup.workflows import create_workflows

TESTED_MAJOR_VERSIONS = (15, 16)


def before_install() -> None:
	"""Refuse versions of ERPNext that the ledger code was not written for, and sites that use our names otherwise."""
	import erpnext

	major = int(erpnext.__version__.split(".")[0])
	if major not in TESTED_MAJOR_VERSIONS:
		frappe.throw(
			_("ITIL Service Strategy needs ERPNext 15 or 16; this site has {0}.").format(erpnext.__version__),
			LedgerSetupError,
		)
	if conflicts := find_conflicts():
		frappe.throw("<br>".join(conflicts), LedgerSetupError, title=_("Names in Use"))


def after_install() -> None:
	"""Everything the app needs beside its own records; safe to repeat."""
	set_up()
	create_server_scripts()
	create_assignment_rules()
	create_workflows()


def after_migrate() -> None:
	"""Check what install made and repair what is missing."""
	set_up()


def set_up() -> None:
	"""Roles, custom fields, accounting dimension with its index, default records."""
	create_roles()
	make_custom_fields()
	ensure_dimension()
	create_defaults()
