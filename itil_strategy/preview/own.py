"""A user's own files: usage and policies are needed, everything else has a default that fits a cloud bill."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from itil_strategy.domain.charging import ServiceTerms
from itil_strategy.domain.errors import UsageFileError
from itil_strategy.domain.periods import Period, month_start, next_month
from itil_strategy.domain.usage_file import check_file
from itil_strategy.domain.usage_layout import UsageLayout, ValueSource, focus_layout, own_layout
from itil_strategy.preview import organisation as tables
from itil_strategy.preview.job import Run
from itil_strategy.preview.organisation import Organisation
from itil_strategy.preview.policies import read_policies
from itil_strategy.preview.tables import PreviewError, Problems
from itil_strategy.preview.usage import Delivery, describe_file_error, is_focus

COMPANY = "Your company"
COST_CENTER = "IT"


def load_own(options: Namespace, period: Period | None) -> tuple[Organisation, list[Run]]:
	"""The organisation and the one run that the options describe; PreviewError lists every problem."""
	organisation = _load_organisation(options)
	deliveries = [_delivery(path, options, organisation) for path in options.usage]
	period = period or _period_of(deliveries)
	return organisation, [Run(period, tuple(deliveries), options.mode)]


def _load_organisation(options: Namespace) -> Organisation:
	problems = Problems()
	policies = read_policies(options.policies, options.tiers, options.currency, problems)
	currencies = sorted({policy.currency for policy in policies if policy.currency})
	if len(currencies) > 1 and not options.currency:
		problems.add(
			f"The policies are in {' and '.join(currencies)}. Say with --currency which one the statement is in."
		)
	currency = options.currency or (currencies[0] if currencies else "")
	organisation = Organisation(COMPANY, currency, policies=policies)
	if options.customers:
		organisation.customers, organisation.payers = tables.read_customers(options.customers, problems)
	if options.offerings:
		organisation.offerings = tables.read_offerings(options.offerings, problems)
	if options.rates:
		organisation.rates = tables.read_rates(options.rates, currency, problems)
	if options.costs:
		organisation.costs = tables.read_costs(options.costs, problems)
	services = {policy.service for policy in policies} | {
		terms.service for terms in organisation.offerings.values()
	}
	organisation.services = {
		service: ServiceTerms(service, provider_cost_center=COST_CENTER) for service in services
	}
	problems.raise_if_any()
	return organisation


def _delivery(path: Path, options: Namespace, organisation: Organisation) -> Delivery:
	try:
		focus = is_focus(path)
	except UsageFileError as error:
		raise PreviewError(describe_file_error(path, error)) from error
	return Delivery(path, _layout(options, organisation, focus))


def _layout(options: Namespace, organisation: Organisation, focus: bool) -> UsageLayout:
	"""FOCUS files are charged by sub-account; one offering in the policies is the one of all rows."""
	arguments = {
		"number_repeated_keys": focus or options.number_repeated_keys,
		"accept_negative": options.accept_negative,
	}
	if customer := _source(options.customer, options.customer_column, options.customer_tag):
		arguments["customer"] = customer
	offering = _source(options.offering, options.offering_column, options.offering_tag)
	if not offering and focus:
		named = sorted({policy.offering or policy.service for policy in organisation.policies})
		offering = ValueSource("Fixed", named[0]) if len(named) == 1 else None
	if offering:
		arguments["offering"] = offering
	if focus:
		return focus_layout(quantity=options.quantity or "BilledCost", **arguments)
	return own_layout(**arguments)


def _source(fixed: str | None, column: str | None, tag: str | None) -> ValueSource | None:
	for kind, name in (("Fixed", fixed), ("Column", column), ("Tag", tag)):
		if name:
			return ValueSource(kind, name)
	return None


def _period_of(deliveries: Sequence[Delivery]) -> Period:
	"""From the first to the last month of the files, so that nothing in them is late."""
	days: list[date] = []
	for delivery in deliveries:
		try:
			summary = check_file(delivery.path, delivery.layout)
		except UsageFileError as error:
			raise PreviewError(describe_file_error(delivery.path, error)) from error
		days += [summary.first_date, summary.last_date]
	return Period(month_start(min(days)), next_month(max(days)))
