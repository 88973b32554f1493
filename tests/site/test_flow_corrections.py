"""Two runs at once: a correction and a disputed charge are taken by one of them."""

import frappe

from itil_strategy.it_finance.charging.calculation import run_calculation
from itil_strategy.it_finance.charging.posting import run_posting
from itil_strategy.it_finance.usage.importer import run_import
from itil_strategy.tests.charging import set_dispute_window
from itil_strategy.tests.factories import own_csv
from tests.site import cloud, processes
from tests.site.cloud import press


def charged_run():
	"""A posted run of two charges of 10.00, one of them held by a dispute that was rejected."""
	window = frappe.db.get_single_value("Service Strategy Settings", "dispute_window_days")
	set_dispute_window(5)
	payers = [cloud.make_payer(name) for name in ("Faulty Unit", "Other Unit")]
	offering = cloud.make_cloud_offering(uom="Nos")
	doc = cloud.make_cloud_import(
		own_csv([(offering.name, payer, "2024-10-05", "Nos", 10) for payer in payers])
	)
	press(doc.start_import)
	run_import(doc.name, "Administrator")
	run = cloud.make_cloud_run("2024-10-01", "2024-10-31")
	press(run.calculate)
	run_calculation(run.name, "Administrator")
	run.reload()
	run.submit()
	set_dispute_window(window)
	first, second = frappe.get_all(
		"Service Charge", {"charging_run": run.name}, pluck="name", order_by="name"
	)
	dispute = frappe.get_doc(
		{"doctype": "Charge Dispute", "service_charge": str(second), "reason": "x"}
	).insert()
	dispute.decide("Rejected", "The count is right")
	run.db_set("dispute_until", None)
	frappe.db.commit()
	press(run.reload().post)
	run_posting(run.name, "Administrator")
	correction = frappe.get_doc(
		{"doctype": "Charge Correction", "service_charge": str(first), "price_amount": -4, "reason": "x"}
	).insert()
	frappe.db.commit()
	return run, correction, second


def test_two_runs_at_once_charge_a_correction_and_post_a_disputed_charge_once():
	with cloud.cleaned_up():
		_run, correction, held = charged_run()
		runs = [cloud.make_cloud_run(f"2024-{month}-01", f"2024-{month}-30") for month in ("11",)]
		runs.append(cloud.make_cloud_run("2024-12-01", "2024-12-31"))
		for run in runs:
			press(run.calculate)
		jobs = [
			processes.start(
				f"""
				from itil_strategy.it_finance.charging.calculation import run_calculation
				run_calculation("{run.name}", "Administrator")
				"""
			)
			for run in runs
		]
		for job in jobs:
			job.communicate(timeout=300)
		frappe.db.rollback()
		names = [run.name for run in runs]
		counters = frappe.get_all(
			"Service Charge",
			{"charging_run": ("in", names), "kind": "Correction"},
			["charging_run", "amount"],
		)
		assert [row.amount for row in counters] == [-4]
		correction.reload()
		assert (correction.status, correction.charging_run) == ("Charged", counters[0].charging_run)
		assert frappe.db.get_value("Service Charge", held, "posting_run") in names
		states = {frappe.db.get_value("Charging Run", name, "status") for name in names}
		assert states <= {"Calculated", "Failed"} and "Calculated" in states
