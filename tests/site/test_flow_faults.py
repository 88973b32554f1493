"""Jobs that are killed, and two people at once: the ledger is that of an undisturbed run."""

import time

import frappe

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging import vouchers
from itil_strategy.it_finance.charging.calculation import run_calculation
from itil_strategy.it_finance.charging.posting import run_posting
from itil_strategy.it_finance.usage.importer import run_import
from itil_strategy.setup.accounts import get_company_accounts
from itil_strategy.tests.factories import make_user, own_csv
from itil_strategy.tests.setup import OTHER_COMPANY
from itil_strategy.utils.jobs import is_working, mark_stalled_runs
from tests.site import cloud, processes
from tests.site.cloud import press

BATCHES = 5
KILLED_BY_SIGKILL = -9


def make_published_run(month: str = "2025-03") -> "frappe.model.document.Document":
	"""A published run of five batches: five services of 10.00 each, two ledger rows a batch."""
	frappe.db.set_single_value("Service Strategy Settings", "posting_batch_lines", 2)
	payer = cloud.make_payer("Faulty Unit")
	rows = [
		(cloud.make_cloud_offering(uom="Nos").name, payer, f"{month}-05", "Nos", 10)
		for _number in range(BATCHES)
	]
	doc = cloud.make_cloud_import(own_csv(rows))
	press(doc.start_import)
	run_import(doc.name, "Administrator")
	run = cloud.make_cloud_run(f"{month}-01", f"{month}-31")
	press(run.calculate)
	run_calculation(run.name, "Administrator")
	run.reload()
	assert run.status == "Calculated", run.obstacles
	run.submit()
	frappe.db.commit()
	frappe.db.set_single_value("Service Strategy Settings", "posting_batch_lines", 500)
	frappe.db.commit()
	return run


def ledger_of(run: str) -> list[tuple]:
	"""Live ledger rows of the run's vouchers, without names and times."""
	vouchers = frappe.get_all("Journal Entry", {"it_charging_run": run}, pluck="name")
	rows = frappe.get_all(
		"GL Entry",
		{"voucher_no": ("in", vouchers), "is_cancelled": 0},
		["account", "cost_center", "it_service", "debit", "credit"],
		limit=0,
	)
	return sorted((row.account, row.cost_center, row.it_service, row.debit, row.credit) for row in rows)


def expected_ledger(run: str) -> list[tuple]:
	"""Five debits of 10.00 at the payer, five credits at the provider, by hand."""
	accounts = get_company_accounts(OTHER_COMPANY)
	services = {
		row.it_service for row in frappe.get_all("Service Charge", {"charging_run": run}, ["it_service"])
	}
	assert len(services) == BATCHES
	return sorted(
		row
		for service in services
		for row in (
			(accounts.charges_account, cloud.cost_center(), service, 10.0, 0.0),
			(accounts.recovery_account, cloud.cost_center(), service, 0.0, 10.0),
		)
	)


def wait_until_free(doc) -> None:
	"""MariaDB frees the locks of a killed process when it notices that the connection is gone."""
	give_up_at = time.monotonic() + 20
	while is_working(doc.doctype, doc.name):
		assert time.monotonic() < give_up_at, f"{doc.name} is locked after its worker died"
		time.sleep(0.05)


def test_posting_that_is_killed_in_the_third_batch_resumes_to_the_same_ledger():
	with cloud.cleaned_up():
		run = make_published_run()
		press(run.post)
		killed = processes.run(
			f"""
			from itil_strategy.it_finance.charging import posting, vouchers
			real = vouchers._record_posting
			def die_in_third_batch(run, batch_no, *rest):
				if batch_no == 3:
					# the voucher of batch 3 is inserted and submitted, not committed
					os.kill(os.getpid(), signal.SIGKILL)
				real(run, batch_no, *rest)
			vouchers._record_posting = die_in_third_batch
			posting.run_posting("{run.name}", "Administrator")
			"""
		)
		assert killed.returncode == KILLED_BY_SIGKILL, killed.stderr
		frappe.db.rollback()
		run.reload()
		assert (run.status, run.batches) == ("Posting", f"2 / {BATCHES}")
		assert len(ledger_of(run.name)) == 2 * 2
		wait_until_free(run)
		run.post()
		frappe.db.commit()
		processes.run_worker()
		frappe.db.rollback()
		run.reload()
		assert (run.status, run.posted_amount) == ("Posted", 50.0)
		assert ledger_of(run.name) == expected_ledger(run.name)


def test_a_deadlock_in_the_third_batch_is_done_again(monkeypatch):
	"""MariaDB undoes the whole batch of the one it chooses; no batch is posted twice, in the name of the same user."""
	tried = []
	real = vouchers._record_posting

	def deadlock_once(run, batch_no, *rest):
		tried.append(batch_no)
		real(run, batch_no, *rest)
		if tried.count(3) == 1 and batch_no == 3:
			raise frappe.QueryDeadlockError

	with cloud.cleaned_up():
		run = make_published_run("2025-08")
		poster = make_user("IT Financial Manager")
		frappe.set_user(poster)
		press(run.post)
		monkeypatch.setattr(vouchers, "_record_posting", deadlock_once)
		run_posting(run.name, poster)
		assert tried == [1, 2, 3, 3, 4, 5]
		assert frappe.session.user == poster
		frappe.set_user("Administrator")
		run.reload()
		assert (run.status, run.posted_amount) == ("Posted", 50.0)
		assert ledger_of(run.name) == expected_ledger(run.name)
		posted = frappe.get_all("Journal Entry", {"it_charging_run": run.name}, pluck="owner")
		assert posted == [poster] * BATCHES


def test_import_that_is_killed_leaves_nothing_and_starts_again():
	with cloud.cleaned_up():
		offering = cloud.make_cloud_offering(uom="Nos")
		payer = cloud.make_payer("Faulty Unit")
		doc = cloud.make_cloud_import(own_csv([(offering.name, payer, "2025-04-05", "Nos", 1)] * 50))
		press(doc.start_import)
		killed = processes.run(
			f"""
			from itil_strategy.it_finance.usage import importer
			importer._record_result = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
			importer.run_import("{doc.name}", "Administrator")
			"""
		)
		assert killed.returncode == KILLED_BY_SIGKILL, killed.stderr
		frappe.db.rollback()
		doc.reload()
		assert doc.status == "Importing"
		assert frappe.db.count("Service Usage", {"usage_import": doc.name}) == 0
		wait_until_free(doc)
		press(doc.start_import)
		run_import(doc.name, "Administrator")
		doc.reload()
		assert (doc.status, doc.rows_imported) == ("Completed", 50)


def test_the_hourly_check_shows_a_dead_run_as_failed():
	with cloud.cleaned_up():
		run = make_published_run("2025-05")
		frappe.db.set_value("Charging Run", run.name, "status", "Posting")
		frappe.db.commit()
		assert not is_working("Charging Run", run.name)
		mark_stalled_runs()
		run.reload()
		assert run.status == "Failed"
		assert "Start it again" in run.error_message


def test_two_people_who_press_post_at_once_get_one_set_of_vouchers():
	with cloud.cleaned_up():
		run = make_published_run("2025-07")
		press_post = f"""
			from itil_strategy.exceptions import RunStateError
			from itil_strategy.it_finance.charging import posting
			run = frappe.get_doc("Charging Run", "{run.name}")
			try:
				run.post()
				frappe.db.commit()
				print("queued")
			except RunStateError:
				frappe.db.rollback()
				print("refused")
			posting.run_posting(run.name, "Administrator")
		"""
		people = [processes.start(press_post) for _person in range(2)]
		outputs = [person.communicate(timeout=300) for person in people]
		processes.run_worker()
		frappe.db.rollback()
		run.reload()
		answers = sorted(out.split()[-1] for out, _err in outputs)
		assert "queued" in answers, outputs
		assert (run.status, run.posted_amount) == ("Posted", 50.0)
		assert ledger_of(run.name) == expected_ledger(run.name)


def test_a_second_press_is_refused_while_the_job_waits():
	with cloud.cleaned_up():
		run = make_published_run("2025-08")
		run.post()
		frappe.db.commit()
		second = frappe.get_doc("Charging Run", run.name)
		try:
			second.post()
			refused = False
		except RunStateError as error:
			refused = "Somebody else may have started it" in str(error)
		frappe.db.rollback()
		processes.run_worker()
		frappe.db.rollback()
		run.reload()
		assert refused
		assert run.status == "Posted"


def test_two_imports_of_one_file_at_once_store_it_once():
	with cloud.cleaned_up():
		offering = cloud.make_cloud_offering(uom="Nos")
		payer = cloud.make_payer("Faulty Unit")
		content = own_csv([(offering.name, payer, "2025-09-05", "Nos", number) for number in range(1, 2001)])
		docs = [cloud.make_cloud_import(content) for _copy in range(2)]
		for doc in docs:
			press(doc.start_import)
		jobs = [
			processes.start(
				f"""
				from itil_strategy.it_finance.usage.importer import run_import
				run_import("{doc.name}", "Administrator")
				"""
			)
			for doc in docs
		]
		for job in jobs:
			job.communicate(timeout=300)
		frappe.db.rollback()
		stored = sum(frappe.db.count("Service Usage", {"usage_import": doc.name}) for doc in docs)
		assert stored == 2000
		states = sorted(frappe.db.get_value("Usage Import", doc.name, "status") for doc in docs)
		assert states in (["Completed", "Completed"], ["Completed", "Failed"])
