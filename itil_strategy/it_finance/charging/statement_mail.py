"""Mail each customer its statement as PDF once a run is published (a setting), each one once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.model.document import Document
from frappe.utils import cint, now_datetime, validate_email_address

from itil_strategy.exceptions import RunStateError
from itil_strategy.it_finance.charging.statement_print import PRINT_FORMAT, get_charging_statements
from itil_strategy.utils import jobs
from itil_strategy.utils.locks import named_lock
from itil_strategy.utils.text import as_html, bold

DOCTYPE, ROW = "Charging Run", "Charging Run Customer"
TEMPLATE = "charging_statement"
SETTINGS = "Service Strategy Settings"


def queue_on_publishing(run: Document) -> None:
	"""Send once the publishing is committed, if the settings say so."""
	if cint(frappe.db.get_single_value(SETTINGS, "mail_statements")):
		queue(run.name)


def queue(run: str) -> None:
	frappe.enqueue(
		"itil_strategy.it_finance.charging.statement_mail.run_sending",
		queue="long",
		timeout=jobs.JOB_TIMEOUT_SECONDS,
		enqueue_after_commit=True,
		name=run,
		user=frappe.session.user,
	)


@frappe.whitelist(methods=["POST"])
def send_statements(charging_run: str) -> None:
	"""Queue the statements that were not sent yet."""
	run = frappe.get_doc(DOCTYPE, charging_run)
	run.check_permission("submit")
	if run.status == "Reversed":
		frappe.throw(
			_("{0} is {1}: nothing of it is charged. Send the statements of another run.").format(
				bold(run.name), _(run.status)
			),
			RunStateError,
			title=_("Taken Back"),
		)
	if run.docstatus != 1:
		frappe.throw(
			_("{0} is {1}. Publish it first.").format(bold(run.name), _(run.status)),
			RunStateError,
			title=_("Not Published"),
		)
	if not EmailAccount.find_outgoing(match_by_doctype=DOCTYPE):
		frappe.throw(
			_("This site has no outgoing e-mail account. Set one up as default, then send again."),
			RunStateError,
			title=_("E-Mail"),
		)
	queue(run.name)


def run_sending(name: str, user: str) -> None:
	"""Background job: one mail, one transaction. A job that dies goes on where it was when started again."""
	frappe.set_user(user)
	with named_lock(f"{jobs.job_key(DOCTYPE, name)}|mail") as got:
		run = frappe.db.get_value(DOCTYPE, name, ["docstatus", "status"], as_dict=True)
		if not got or not run or run.docstatus != 1 or run.status == "Reversed":
			return
		rows = frappe.get_all(
			ROW,
			{"parent": name, "parenttype": DOCTYPE, "statement_sent_on": ("is", "not set")},
			["name", "customer"],
			order_by="idx",
			limit=0,
		)
		addresses = mail_addresses(row.customer for row in rows)
		sent, without, failed = [], [], []
		for row in rows:
			recipients = addresses.get(row.customer)
			if not recipients:
				without.append(row.customer)
				continue
			with complete_statements():
				is_sent = _send_one(name, row, recipients)
			if is_sent is not None:
				(sent if is_sent else failed).append(row.customer)
		_tell(name, sent, without, failed)
		frappe.db.commit()  # nosemgrep: the job ends here


def mail_addresses(customers: Iterable[str]) -> dict[str, list[str]]:
	"""Per customer the addresses of its billing contacts, else of all its contacts; one query."""
	names = list(customers)
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	rows = (
		frappe.qb.from_(contact)
		.inner_join(link)
		.on((link.parent == contact.name) & (link.parenttype == "Contact"))
		.select(link.link_name, contact.email_id, contact.is_billing_contact)
		.where(
			(link.link_doctype == "Customer")
			& link.link_name.isin([*names, ""])
			& contact.email_id.isnotnull()
			& (contact.unsubscribed == 0)
		)
		.orderby(link.link_name, contact.name)
	).run()
	found: dict[str, dict[bool, list[str]]] = defaultdict(lambda: defaultdict(list))
	for customer, email, is_billing in rows:
		if validate_email_address(email):
			found[customer][bool(is_billing)].append(email)
	return {
		customer: list(dict.fromkeys(kinds.get(True) or kinds[False])) for customer, kinds in found.items()
	}


def make_pdf(run: str, customer: str) -> bytes:
	"""The print format of the run, for one customer only."""
	before = frappe.form_dict.get("customer")
	frappe.form_dict.customer = customer
	try:
		return frappe.get_print(DOCTYPE, run, PRINT_FORMAT, as_pdf=True)
	finally:
		frappe.form_dict.customer = before


@contextmanager
def complete_statements() -> Iterator[None]:
	"""What goes to a customer is complete, whatever the publisher's user permissions hide."""
	frappe.flags.mails_charging_statements = True
	try:
		yield
	finally:
		frappe.flags.mails_charging_statements = False


def _send_one(run: str, row: frappe._dict, recipients: list[str]) -> bool | None:
	"""True when the mail is in the queue, None when there is nothing to state.

	What went wrong is in the Error Log, and the next one is tried.
	"""
	try:
		statements = get_charging_statements(run, row.customer)
		if not statements:
			return None
		(statement,) = statements
		frappe.sendmail(
			recipients=recipients,
			subject=_("IT charges of {0}, {1}").format(statement["company"], statement["period"]),
			template=TEMPLATE,
			args={"statement": statement},
			attachments=[{"fname": f"{run}.pdf", "fcontent": make_pdf(run, row.customer)}],
			reference_doctype=DOCTYPE,
			reference_name=run,
		)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(_("Statement of {0} for {1}").format(run, row.customer))
		frappe.db.commit()  # nosemgrep: the reason must outlive the rollback
		return False
	frappe.db.set_value(ROW, row.name, "statement_sent_on", now_datetime())
	frappe.db.commit()  # nosemgrep: one mail, one transaction: none is sent twice
	return True


def _tell(run: str, sent: list[str], without: list[str], failed: list[str]) -> None:
	"""What became of them, as a comment on the run."""
	lines = [_("Statements sent: {0}.").format(len(sent))]
	if without:
		lines.append(
			_("No contact with an e-mail address: {0}.").format(", ".join(as_html(name) for name in without))
		)
	if failed:
		lines.append(
			_("Not sent, see the Error Log: {0}.").format(", ".join(as_html(name) for name in failed))
		)
	frappe.get_doc(DOCTYPE, run).add_comment("Info", "<br>".join(lines))
