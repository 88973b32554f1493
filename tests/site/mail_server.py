"""A real mail server on this machine, and the site's mail queue flushed to it."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

import frappe
from frappe.email.queue import flush

REFUSED = "550 no such user"


@dataclass
class Mailbox:
	"""Takes every mail but those to addresses that it refuses."""

	port: int = 0
	refused: set[str] = field(default_factory=set)
	mails: list = field(default_factory=list)

	async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
		if address.lower() in self.refused:
			return REFUSED
		envelope.rcpt_tos.append(address)
		return "250 OK"

	async def handle_DATA(self, server, session, envelope):
		mail = message_from_bytes(envelope.content, policy=policy.default)
		self.mails.append((envelope.rcpt_tos[0].lower(), mail))
		return "250 OK"

	def to(self, address: str) -> list:
		return [mail for receiver, mail in self.mails if receiver == address]


def text_of(mail, kind: str = "html") -> str:
	"""The body of a mail."""
	return mail.get_body((kind,)).get_content()


def link_in(mail) -> tuple[str, str]:
	"""Invitation and token of the link in a mail."""
	address = re.search(r'href="([^"]*/survey\?[^"]*)"', text_of(mail)).group(1).replace("&amp;", "&")
	query = parse_qs(urlsplit(address).query)
	return query["invitation"][0], query["token"][0]


def free_port() -> int:
	with socket.socket() as sock:
		sock.bind(("127.0.0.1", 0))
		return sock.getsockname()[1]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
	"""Run the server for the block."""
	mailbox = Mailbox(free_port())
	controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
	controller.start()
	try:
		yield mailbox
	finally:
		controller.stop()


def flush_queue() -> None:
	"""Send what is queued, for real; Frappe commits while it does."""
	muted, testing = frappe.flags.mute_emails, frappe.flags.testing_email
	frappe.flags.mute_emails, frappe.flags.testing_email = False, True
	try:
		flush()
	finally:
		frappe.flags.mute_emails, frappe.flags.testing_email = muted, testing
