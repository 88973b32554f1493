"""What the sample organisation shares: cost elements, pools and counted drivers. Existing records are left alone."""

from collections import defaultdict

import frappe
from frappe.utils import cint, flt

from itil_strategy.setup.demo.files import SampleFiles


def load_allocation(files: SampleFiles) -> None:
	"""Everything that an allocation of the sample needs."""
	_load_elements(files)
	_load_drivers(files)
	for row in files.table("pools"):
		_load_pool(files, row)


def _load_elements(files: SampleFiles) -> None:
	accounts: dict[str, list[str]] = defaultdict(list)
	for row in files.table("cost_elements"):
		accounts[row["element"]].append(files.with_abbr(row["account"]))
	for element, names in sorted(accounts.items()):
		doc = (
			frappe.get_doc("Cost Element", element)
			if frappe.db.exists("Cost Element", element)
			else frappe.get_doc({"doctype": "Cost Element", "element_name": element})
		)
		known = {row.account for row in doc.accounts}
		missing = [{"account": name} for name in names if name not in known]
		if missing:
			doc.extend("accounts", missing)
			doc.save(ignore_permissions=True)


def _load_drivers(files: SampleFiles) -> None:
	for row in files.table("drivers"):
		if not frappe.db.exists("Cost Driver", row["driver"]):
			frappe.get_doc({"doctype": "Cost Driver", "driver_name": row["driver"], "unit": "Nos"}).insert(
				ignore_permissions=True
			)
		key = {
			"cost_driver": row["driver"],
			"company": files.company["company"],
			"it_service": row["service"],
			"month": f"{row['month']}-01",
		}
		if not frappe.db.exists("Cost Driver Value", key):
			frappe.get_doc({"doctype": "Cost Driver Value", **key, "value": flt(row["value"])}).insert(
				ignore_permissions=True
			)


def _load_pool(files: SampleFiles, row: dict[str, str]) -> None:
	if frappe.db.exists("Cost Pool", row["pool"]):
		return

	def rows(column: str, field: str) -> list[dict]:
		names = filter(None, (name.strip() for name in row[column].split(";")))
		return [{field: files.with_abbr(name)} for name in names]

	receivers = [entry.strip().rpartition(" ") for entry in row["services"].split(";") if entry.strip()]
	frappe.get_doc(
		{
			"doctype": "Cost Pool",
			"pool_name": row["pool"],
			"company": files.company["company"],
			"pool_order": cint(row["order"]),
			"accounts": rows("accounts", "account"),
			"cost_centers": rows("cost_centers", "cost_center"),
			"basis": row["basis"],
			"cost_driver": row["driver"] or None,
			"idle_capacity": "Own Line" if row["capacity"] else "Spread",
			"practical_capacity": flt(row["capacity"]),
			"receivers": [
				{"it_service": service, "share": flt(share)} for service, _space, share in receivers
			],
		}
	).insert(ignore_permissions=True)
