"""Who may decide a mediation: nobody who is a party to it (BR-3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from itil_strategy.domain.text import Text, _


@dataclass(frozen=True, slots=True)
class Party:
	"""A need in the mediation with the people on its side."""

	need: str
	customer: str
	raised_by: str | None = None
	contact_users: frozenset[str] = field(default_factory=frozenset)
	account_manager: str | None = None


def find_partiality(user: str, parties: Sequence[Party]) -> Text | None:
	"""Why the user is a party, or None.

	An account manager of every customer concerned stands between them; of one side alone on that side.
	"""
	for party in parties:
		if user == party.raised_by:
			return Text(_("{0} raised the need {1}."), (user, party.need))
		if user in party.contact_users:
			return Text(_("{0} is a contact of {1}."), (user, party.customer))
	managed = {party.customer for party in parties if party.account_manager == user}
	if managed and managed != {party.customer for party in parties}:
		return Text(_("{0} is the account manager of {1} alone."), (user, ", ".join(sorted(managed))))
	return None
