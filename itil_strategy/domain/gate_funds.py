"""Whether the funds of a service's business case are secured (SP-3, FM-6)."""

from collections.abc import Iterable
from decimal import Decimal

from itil_strategy.domain.gate_facts import FundingFacts, ServiceFacts, Verdict
from itil_strategy.domain.text import Text, _


def judge_funding(facts: ServiceFacts) -> Verdict:
	"""One approved case is enough whose planned spend is reserved and covered in every fiscal year."""
	secured = next((found for found in facts.funding if found.is_secured), None)
	if secured:
		return Verdict(True, _reserved(secured))
	if not facts.funding:
		return Verdict(
			False,
			Text(_("No Business Case of the service is approved and valid, so no funds are reserved.")),
			Text(_("Have a Business Case of this service approved: the approval reserves its funds.")),
		)
	first = facts.funding[0]
	if first.unreserved:
		return Verdict(
			False,
			Text(_("Nothing is reserved for {0} in {1}."), (first.case, ", ".join(first.unreserved))),
			Text(_("Withdraw the approval, renew the case and have it approved: that reserves its funds.")),
		)
	if first.expired:
		return Verdict(
			False,
			Text(
				_("The year is over in which this was reserved for {0} and not spent: {1}."),
				(first.case, _by_year(first.expired)),
			),
			Text(_("Withdraw the approval, renew the case and have it approved: that reserves its funds.")),
		)
	return Verdict(
		False,
		Text(_("The budget no longer covers {0}; missing in {1}."), (first.case, _by_year(first.missing))),
		Text(_("Raise the budget or transfer money to it.")),
	)


def _reserved(found: FundingFacts) -> Text:
	if not found.reserved:
		return Text(_("{0} plans no spending, so it needs no funds."), (found.case,))
	return Text(_("Reserved for {0}, by fiscal year: {1}."), (found.case, _by_year(found.reserved)))


def _by_year(amounts: Iterable[tuple[str, Decimal]]) -> str:
	return "; ".join(f"{year}: {amount:,.2f}" for year, amount in amounts)
