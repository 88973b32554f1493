"""The check for names that a version of Frappe and ERPNext has not, on the installed one (docs/version-16.md)."""

from pathlib import Path

import frappe

from scripts.upstream_api import Upstream, find_missing, used

APPS = Path(frappe.get_app_path("frappe")).parents[1]


def test_everything_that_is_used_is_there(frappe_site):
	count, missing = find_missing(APPS)
	assert missing == {}
	assert count > 250


def test_what_is_not_there_is_found(frappe_site, tmp_path):
	path = tmp_path / "ours.py"
	path.write_text(
		"""
import F
from F.utils import getdate, not_there_either
from E.accounts.no_module import anything
F.gone_function()
F.db.gone_method(1)
F.db.get_value("User", "Guest")
F.session.whatever
HOOK = "E.accounts.utils.no_such_function"
try:
	from F.new_place import Thing
except ImportError:
	from F.utils import cint as Thing
""".replace("F", "frappe").replace("E.", "erpnext.")
	)
	upstream = Upstream(APPS)
	missing = sorted(name for name, _line in used(path) if not upstream.has(name))
	assert [name.partition(".")[2] for name in missing] == [
		"accounts.no_module.anything",
		"accounts.utils.no_such_function",
		"db.gone_method",
		"gone_function",
		"utils.not_there_either",
	]
