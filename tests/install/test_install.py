"""Install, uninstall and install again on a site of its own: nothing of ours stays, nothing else goes.

The site is named by ITIL_INSTALL_SITE; it has ERPNext and not this app.
"""

import json
import re

import pytest

from tests.install.site import APP, bench, on_site

# What may stay (design: uninstall): columns that ERPNext leaves behind for a deleted dimension.
LEFT_COLUMN = "it_service"

SNAPSHOT = """
import json
tables = {row[0] for row in frappe.db.sql("select table_name from information_schema.tables where table_schema = database()")}
columns = {f"{t}.{c}" for t, c in frappe.db.sql("select table_name, column_name from information_schema.columns where table_schema = database()")}
indexes = {f"{t}.{i}" for t, i in frappe.db.sql("select distinct table_name, index_name from information_schema.statistics where table_schema = database()")}
names = {}
for doctype in ("DocType", "Module Def", "Role", "Custom Field", "Property Setter", "Report", "Workspace", "Account", "Customer",
		"Accounting Dimension", "Scheduled Job Type", "Has Role", "Custom DocPerm", "Page", "Number Card", "Dashboard Chart", "Price List",
		"Assignment Rule", "ToDo", "DocShare", "Email Unsubscribe", "Notification Log", "Tag Link", "View Log",
		"Budget", "Monthly Distribution", "Workflow", "Workflow State", "Workflow Action Master", "Workflow Action",
		"Print Format", "Dashboard", "Dashboard Chart Source", "Module Onboarding", "Onboarding Step", "Form Tour"):
	if doctype == "DocShare":
		# Frappe shares each user with themself.
		names[doctype] = set(frappe.get_all(doctype, {"share_doctype": ("!=", "User")}, pluck="name", limit=0))
	elif doctype == "Has Role":
		names[doctype] = {f"{p}.{r}" for p, r in frappe.db.sql("select parent, role from `tabHas Role`")}
	else:
		names[doctype] = set(frappe.get_all(doctype, pluck="name", limit=0))
names["Patch Log"] = set(frappe.get_all("Patch Log", pluck="patch", limit=0))
names["Series"] = {row[0] for row in frappe.db.sql("select name from tabSeries")}
names["Singles"] = {row[0] for row in frappe.db.sql("select distinct doctype from tabSingles")}
names["Budget options"] = set((frappe.db.get_value("Property Setter", "Budget-budget_against-options", "value") or "").split())
result = {"tables": tables, "columns": columns, "indexes": indexes, **names}
print("SNAPSHOT" + json.dumps({key: sorted(value) for key, value in result.items()}))
"""


def snapshot() -> dict[str, set[str]]:
	out = on_site(SNAPSHOT)
	return {key: set(value) for key, value in json.loads(out.split("SNAPSHOT")[1]).items()}


@pytest.fixture(scope="module")
def before() -> dict[str, set[str]]:
	"""The site with a company and a customer, before the app knows it."""
	on_site(
		"""
frappe.flags.in_test = True
from itil_strategy.setup.company import complete_setup_wizard
if not frappe.db.a_row_exists("Company"):
	complete_setup_wizard("Test IT Services", "TIS", "EUR", "Germany", "2026-01-01", "2026-12-31")
if not frappe.db.exists("Customer", "Kept Customer"):
	frappe.get_doc({"doctype": "Customer", "customer_name": "Kept Customer", "customer_type": "Company",
		"customer_group": "Commercial", "territory": "All Territories"}).insert()
# Series and settings of others that begin like ours.
for name in ("CR-PAY-", "UI-DESIGN-", "IT-CHG-EXTRA-"):
	frappe.db.sql("insert ignore into tabSeries (name, current) values (%s, 41)", name)
frappe.db.sql("insert into tabSingles (doctype, field, value) values ('Other App Settings', 'kept', '1')")
frappe.db.commit()
"""
	)
	return snapshot()


def leftovers(before: dict, after: dict) -> dict[str, set[str]]:
	"""What was not there before, without what may stay."""
	new = {key: after[key] - before[key] for key in before}
	new["columns"] = {name for name in new["columns"] if not name.endswith(f".{LEFT_COLUMN}")}
	# Frappe adds this index the first time it alters a table, whoever asks for it.
	new["indexes"] = {name for name in new["indexes"] if not name.endswith(".creation")}
	# ERPNext keeps this setter, with its own options, once any dimension existed.
	new["Property Setter"] -= {"Budget-budget_against-options"}
	new["Budget options"] -= {"Cost", "Center", "Project"}
	return {key: names for key, names in new.items() if names}


def lost(before: dict, after: dict) -> dict[str, set[str]]:
	gone = {key: before[key] - after[key] for key in before}
	return {key: names for key, names in gone.items() if names}


def test_names_that_are_in_use_are_refused_and_nothing_is_written(before):
	on_site(
		"""
frappe.get_doc({"doctype": "DocType", "name": "Cost Pool", "module": "Custom", "custom": 1,
	"fields": [{"fieldname": "kept", "fieldtype": "Data", "label": "Kept"}], "permissions": []}).insert()
frappe.get_doc({"doctype": "Custom Field", "dt": "Sales Invoice", "fieldname": "it_service", "fieldtype": "Data",
	"label": "IT Service"}).insert()
frappe.get_doc({"doctype": "Custom Field", "dt": "Issue", "fieldname": "it_service", "fieldtype": "Small Text",
	"label": "IT Service"}).insert()
frappe.db.commit()
"""
	)
	with_theirs = snapshot()
	done = bench("install-app", APP)
	said = done.stdout + done.stderr
	assert done.returncode != 0
	for words in ("Cost Pool", "Sales Invoice", "Issue", "Small Text"):
		assert words in said
	assert snapshot() == with_theirs
	assert APP not in bench("list-apps").stdout
	on_site(
		"""
frappe.delete_doc("DocType", "Cost Pool", force=True)
frappe.db.sql_ddl("drop table if exists `tabCost Pool`")
for name in ("Sales Invoice-it_service", "Issue-it_service"):
	frappe.delete_doc("Custom Field", name)
for doctype in ("Sales Invoice", "Issue"):
	frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column if exists it_service")
frappe.db.commit()
"""
	)


def test_install_is_complete_without_a_worker(before):
	done = bench("install-app", APP)
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	problems = on_site(
		"from itil_strategy.setup.dimension import find_problems\nprint('PROBLEMS', find_problems())"
	)
	assert "PROBLEMS []" in problems
	after = snapshot()
	assert {"GL Entry.it_service", "Budget.it_service", "Journal Entry Account.it_service"} <= {
		name.removeprefix("tab") for name in after["columns"]
	}
	assert "tabGL Entry.it_service_cost" in after["indexes"]
	assert {"Service Portfolio Manager", "IT Financial Manager"} <= after["Role"]
	assert lost(before, after) == {}


def test_second_set_up_changes_nothing(before):
	first = snapshot()
	on_site("from itil_strategy.install import set_up\nset_up()\nfrappe.db.commit()")
	assert snapshot() == first


def test_a_broken_dimension_is_repaired_on_migrate(before):
	on_site(
		'frappe.db.delete("Custom Field", {"dt": "Budget", "fieldname": "it_service"})\nfrappe.db.commit()'
	)
	on_site("from itil_strategy.install import after_migrate\nafter_migrate()\nfrappe.db.commit()")
	assert "Budget-it_service" in snapshot()["Custom Field"]


def test_former_indexes_are_replaced_on_migrate(before):
	after = snapshot()["indexes"]
	on_site(
		"""
for table, name, former, fields in (
	("GL Entry", "it_service_cost", "it_service_period", ["company", "it_service", "posting_date"]),
	("Usage Claim", "claimed_usage", "claimed_month", ["company", "usage_month"]),
):
	frappe.db.add_index(table, fields, former)
	frappe.db.sql_ddl(f"ALTER TABLE `tab{table}` DROP INDEX `{name}`")
frappe.db.commit()
"""
	)
	assert {"tabGL Entry.it_service_period", "tabUsage Claim.claimed_month"} <= snapshot()["indexes"]
	on_site(
		"""
from itil_strategy.install import after_migrate
from itil_strategy.patches import index_claimed_usage
index_claimed_usage.execute()
after_migrate()
frappe.db.commit()
"""
	)
	assert snapshot()["indexes"] == after


def test_uninstall_refuses_while_a_run_is_submitted(before):
	on_site(
		"""
frappe.flags.in_test = True
from itil_strategy.tests.setup import ensure_masters
from itil_strategy.tests.factories import import_usage, make_offering, make_policy, published_run
ensure_masters()
offering = make_offering()
make_policy(offering, unit_price=1)
import_usage([(offering.name, "Sales Unit", "2026-01-05", "Nos", 1)])
published_run()
from itil_strategy.tests.budgets import make_budget
make_budget(frappe.get_doc("IT Service", offering.it_service), monthly_action="Warn")
# Feedback leaves assignments and shares on records of the desk.
frappe.flags.mute_emails = True
from itil_strategy.tests.feedback import make_case
make_case(named_person="Administrator", nature="Compliment")
from itil_strategy.tests.surveys import make_survey
survey = make_survey(customers=["Sales Unit"])
frappe.get_doc({"doctype": "Email Unsubscribe", "email": "left@example.com",
	"reference_doctype": survey.doctype, "reference_name": survey.name}).insert()
frappe.db.commit()
"""
	)
	done = bench("uninstall-app", APP, "--yes", "--no-backup")
	assert done.returncode != 0
	assert "1 submitted charging runs" in done.stdout + done.stderr
	assert "1 service budgets in force" in done.stdout + done.stderr
	assert APP in bench("list-apps").stdout


def test_uninstall_leaves_nothing_of_ours_and_takes_nothing_else(before):
	on_site(
		"""
for name in frappe.get_all("Charging Run", {"docstatus": 1}, pluck="name"):
	frappe.get_doc("Charging Run", name).cancel()
for name in frappe.get_all("Service Budget", {"docstatus": 1}, pluck="name"):
	frappe.get_doc("Service Budget", name).cancel()
frappe.db.commit()
"""
	)
	masters = snapshot()
	done = bench("uninstall-app", APP, "--yes", "--no-backup")
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	after = snapshot()
	new = leftovers(before, after)
	# Masters that the test made itself and that are not ours: they stay.
	for key in ("Account", "Customer", "Series", "Singles", "Has Role"):
		new.pop(key, None)
	assert new == {}
	assert lost(before, after) == {}
	assert {
		name for name in after["Account"] if name.startswith(("IT Charges", "IT Recovery", "IT Service"))
	} == set()
	assert after["Customer"] == masters["Customer"]
	assert not {
		name
		for name in after["Series"]
		if re.fullmatch(r"(UI|CR|CA|CC|CD|IT-CHG|PD|SR|CN|RM|EC|RR|SC|FB|SS|SB|BT|CL|FR|FS|BC)-\d{4}-", name)
	}
	kept = on_site(
		"""print("KEPT", sorted(frappe.db.sql("select name, current from tabSeries where current = 41")),
	frappe.db.sql("select value from tabSingles where doctype = 'Other App Settings'")[0][0])"""
	)
	assert "KEPT [('CR-PAY-', 41), ('IT-CHG-EXTRA-', 41), ('UI-DESIGN-', 41)] 1" in kept
	assert not {
		name for name in after["Has Role"] if name.endswith(("IT Financial Manager", "Service Owner"))
	}


def test_installing_again_works(before):
	done = bench("install-app", APP)
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
	stages = on_site('print("STAGES", frappe.db.count("Service Pipeline Stage"))')
	assert "STAGES 10" in stages
	assert bench("uninstall-app", APP, "--yes", "--no-backup").returncode == 0
