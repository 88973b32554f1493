"""The link of an invitation: who has it may answer, once, without a login.

Its token is made from the site's secret and the name of the invitation, so a reminder carries the same link
although only a hash of the token is stored. Without the secret, neither the database nor a hash gives a link away.
"""

import hashlib
import hmac

import frappe
from frappe import _
from frappe.utils import get_url
from frappe.utils.password import get_encryption_key

from itil_strategy.exceptions import SurveyLinkError

PURPOSE = "itil_strategy survey invitation"
FIELDS = (
	"name",
	"survey",
	"status",
	"customer",
	"contact",
	"it_service",
	"sent_month",
	"expires_on",
	"token_hash",
)


def make_token(invitation: str) -> str:
	"""The secret part of the link."""
	message = f"{PURPOSE}|{invitation}".encode()
	return hmac.new(get_encryption_key().encode(), message, hashlib.sha256).hexdigest()


def hash_token(token: str) -> str:
	"""What is stored of it."""
	return hashlib.sha256(token.encode()).hexdigest()


def make_link(invitation: str) -> str:
	"""The address that is sent."""
	return get_url(f"/survey?invitation={invitation}&token={make_token(invitation)}")


def find_invitation(invitation: str, token: str, for_update: bool = False) -> frappe._dict:
	"""The invitation of a genuine link; SurveyLinkError for any other."""
	row = frappe.db.get_value(
		"Survey Invitation", str(invitation or ""), FIELDS, as_dict=True, for_update=for_update
	)
	# Compared even when there is no such invitation: the time it takes tells nothing.
	is_genuine = hmac.compare_digest(hash_token(str(token or "")), (row and row.token_hash) or hash_token(""))
	if not row or not is_genuine:
		frappe.throw(
			_("This link is not valid. Open the link in the e-mail again, without changes."), SurveyLinkError
		)
	return row
