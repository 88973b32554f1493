"""Masters of the sample organisation: ERPNext's own, then ours. Existing records are left alone."""

from itertools import groupby

import frappe
from frappe.utils import add_days, flt, today

from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.service_portfolio.takeover import take_over_services
from itil_strategy.setup.accounts import set_up_company
from itil_strategy.setup.company import complete_setup_wizard
from itil_strategy.setup.demo.allocation import load_allocation
from itil_strategy.setup.demo.files import SampleFiles
from itil_strategy.setup.demo.people import make_user
from itil_strategy.setup.demo.portfolio import PAPER, WAIVED_DAYS, load_portfolio

ITEM_GROUP = "Services"
TAKEN_OVER = "In use before services were recorded here"


def ensure(doctype: str, name: str, **values) -> str:
	"""Insert the record unless there is one of that name; answers the name."""
	if not frappe.db.exists(doctype, name):
		return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True).name
	return name


def load_masters(files: SampleFiles) -> None:
	"""Everything that usage and charges of the sample refer to."""
	load_company(files)
	load_cost_centers(files)
	load_accounts(files)
	load_rates(files)
	load_staff(files)
	load_services(files)
	load_portfolio(files)
	load_offerings(files)
	load_customers(files)
	load_policies(files)
	take_over(files)
	load_mappings(files)
	load_allocation(files)
	set_up_company(files.company["company"])


def load_company(files: SampleFiles) -> None:
	company, year = files.company, files.company["fiscal_year"]
	if not frappe.db.a_row_exists("Company"):
		complete_setup_wizard(
			company["company"],
			company["abbr"],
			company["currency"],
			company["country"],
			year["start"],
			year["end"],
			company["time_zone"],
		)
		# Frappe hides the seconds with its own fork of the date picker; where a mirror serves the plain one instead, every
		# form with a time breaks.
		settings = frappe.get_single("System Settings")
		settings.time_format = "HH:mm:ss"
		settings.save(ignore_permissions=True)
	ensure(
		"Company",
		company["company"],
		company_name=company["company"],
		abbr=company["abbr"],
		default_currency=company["currency"],
		country=company["country"],
		chart_of_accounts="Standard",
	)
	if not frappe.db.exists("Fiscal Year", {"year_start_date": year["start"]}):
		ensure(
			"Fiscal Year",
			year["name"],
			year=year["name"],
			year_start_date=year["start"],
			year_end_date=year["end"],
		)


def load_cost_centers(files: SampleFiles) -> None:
	company = files.company["company"]
	for name in files.company["cost_centers"]:
		ensure(
			"Cost Center",
			files.with_abbr(name),
			cost_center_name=name,
			parent_cost_center=files.with_abbr(company),
			company=company,
			is_group=0,
		)


def load_accounts(files: SampleFiles) -> None:
	company = files.company["company"]
	for name in files.company["expense_accounts"]:
		ensure(
			"Account",
			files.with_abbr(name),
			account_name=name,
			parent_account=files.with_abbr("Indirect Expenses"),
			company=company,
			is_group=0,
		)


def load_rates(files: SampleFiles) -> None:
	for row in files.table("rates"):
		key = {
			"date": row["date"],
			"from_currency": row["from_currency"],
			"to_currency": row["to_currency"],
		}
		if not frappe.db.exists("Currency Exchange", key):
			frappe.get_doc({"doctype": "Currency Exchange", **key, "exchange_rate": flt(row["rate"])}).insert(
				ignore_permissions=True
			)


def load_staff(files: SampleFiles) -> None:
	for person in files.company["staff"]:
		make_user(person, "System User", person["roles"])


def load_services(files: SampleFiles) -> None:
	"""New to the app, with the people who own them; `take_over` brings them to the stage where they are."""
	for row in files.table("services"):
		if frappe.db.exists("IT Service", row["service"]):
			continue
		ensure("IT Service Category", row["category"], category_name=row["category"])
		frappe.get_doc(
			{
				"doctype": "IT Service",
				"service_code": row["service"],
				"service_name": row["name"],
				"service_type": row["type"],
				"category": row["category"],
				"investment_class": row["investment_class"],
				"description": row["description"],
				"service_owner": files.company["owners"][row["provider_cost_center"]],
				"last_day": row["last_day"] or None,
				"companies": [
					{
						"company": files.company["company"],
						"provider_cost_center": files.with_abbr(row["provider_cost_center"]),
					}
				],
			}
		).insert(ignore_permissions=True)


def take_over(files: SampleFiles) -> None:
	"""Services were in use before they were recorded here: a decision each says so, as for anybody's (SP-1)."""
	first = frappe.get_all("Service Pipeline Stage", pluck="name", order_by="stage_order asc", limit=1)[0]
	days = {row["service"]: row["operational_from"] for row in files.table("services")}
	waiting = frappe.get_all("IT Service", {"name": ("in", [*days, ""]), "stage": first}, pluck="name")
	for day, group in groupby(sorted(waiting, key=days.get), key=days.get):
		result = take_over_services(
			list(group),
			"Operational",
			TAKEN_OVER,
			operational_from=day,
			waive_until=add_days(today(), WAIVED_DAYS),
			waiver_reason=PAPER,
		)
		if result["failed"]:
			frappe.throw(result["failed"][0]["message"], ServiceStrategyError)


def load_offerings(files: SampleFiles) -> None:
	for row in files.table("offerings"):
		ensure("UOM", row["unit"], uom_name=row["unit"])
		ensure(
			"Item",
			row["offering"],
			item_code=row["offering"],
			item_name=row["name"],
			item_group=ITEM_GROUP,
			stock_uom="Nos",
			is_stock_item=0,
		)
		ensure(
			"Service Offering",
			row["offering"],
			offering_code=row["offering"],
			offering_name=row["name"],
			it_service=row["service"],
			uom=row["unit"],
			item=row["offering"],
			practical_capacity=flt(row["practical_capacity"]),
		)


def load_customers(files: SampleFiles) -> None:
	for row in files.table("customers"):
		charging = []
		if row["kind"] == "Business Unit":
			charging = [
				{
					"company": files.company["company"],
					"cost_center": files.with_abbr(row["cost_center"]),
					"mode": row["mode"],
					"chargeback_from": row["chargeback_from"] or None,
				}
			]
		ensure(
			"Customer",
			row["customer"],
			customer_name=row["customer"],
			customer_type="Company",
			customer_group="Commercial",
			territory="All Territories",
			it_charging=charging,
		)


def load_policies(files: SampleFiles) -> None:
	tiers: dict[str, list[dict]] = {}
	for row in files.table("tiers"):
		tiers.setdefault(row["policy"], []).append(
			{field: flt(row[field], 9) for field in ("from_quantity", "to_quantity", "unit_price")}
		)
	for row in files.table("policies"):
		name = row["policy"]
		if frappe.db.exists("Charging Policy", name):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "Charging Policy",
				"policy_name": name,
				"it_service": row["service"],
				"service_offering": row["offering"] or None,
				"customer": row["customer"] or None,
				"method": row["method"],
				"formula": row["formula"] or None,
				"currency": row["currency"],
				"valid_from": row["valid_from"],
				"valid_to": row["valid_to"] or None,
				"rounding_precision": f"{row['rounding_precision']} decimals"
				if row["rounding_precision"]
				else None,
				**{
					field: flt(row[field], 9)
					for field in ("unit_price", "package_size", "fixed_fee", "markup_percent", "minimum")
				},
			}
		).insert(ignore_permissions=True)
		if name in tiers:
			doc.replace_tiers(tiers[name])


def load_mappings(files: SampleFiles) -> None:
	for row in files.company["mappings"]:
		fixed_offering = row["offering_source"] == "Fixed"
		ensure(
			"Usage Mapping",
			row["name"],
			mapping_name=row["name"],
			file_layout=row["file_layout"],
			quantity_source=row["quantity"],
			number_repeated_keys=int(row.get("number_repeated_keys", False)),
			accept_negative=int(row.get("accept_negative", False)),
			offering_source=row["offering_source"],
			fixed_offering=row["offering"] if fixed_offering else None,
			offering_column=None if fixed_offering else row["offering"],
			customer_source=row["customer_source"],
			customer_column=row["customer"],
			mapped_values=[
				{"value_for": "Customer", "file_value": value, "customer": customer}
				for value, customer in row.get("customer_values", {}).items()
			]
			+ [
				{"value_for": "Offering", "file_value": value, "service_offering": offering}
				for value, offering in row.get("offering_values", {}).items()
			],
		)
