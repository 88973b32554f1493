"""The retirement analysis of the sample organisation (SP-7), from the same figures as its statement."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from itil_strategy.domain.periods import month_start, months_between
from itil_strategy.domain.retirement import RETIRE, Analysis, AxisResult, analyse
from itil_strategy.domain.retirement_measures import (
	OfferingFacts,
	ServiceFacts,
	service_months,
)
from itil_strategy.domain.retirement_settings import DEFAULT_SETTINGS, INDICATORS
from itil_strategy.preview.job import PreviewResult, Run

COLUMNS = ("Service", "Value", "of", "Fitness", "of", "Class", "Outcome", "Cost", "Charged", "Recovery")
NUMBERS = frozenset(("Value", "of", "Fitness", "Cost", "Charged", "Recovery"))
NONE = "-"


def analyse_sample(result: PreviewResult, runs: Sequence[Run]) -> list[Analysis]:
	"""Every service over the months of the runs; empty without the portfolio's files or with obstacles."""
	if not result.organisation.portfolio or result.obstacles:
		return []
	window = tuple(months_between(runs[0].period.start, runs[-1].period.end))
	ledger = _Ledger(result, window)
	return [
		analyse(ledger.facts(service), window, DEFAULT_SETTINGS)
		for service in sorted(result.organisation.services)
	]


class _Ledger:
	"""Usage and charges of the window by service and offering."""

	def __init__(self, result: PreviewResult, window: tuple[date, ...]):
		self.organisation, self.window = result.organisation, window
		self.quantities: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
		self.customers: dict[str, set[str]] = defaultdict(set)
		self.amounts: dict[str, Decimal] = defaultdict(Decimal)
		self.charged: dict[str, Decimal] = {}
		self.shown: dict[str, Decimal] = defaultdict(Decimal)
		self.external: dict[str, Decimal] = defaultdict(Decimal)
		for usage in result.files:
			for (customer, offering, _unit, day), quantity in usage.sums.items():
				self._add_usage(customer, offering, month_start(day), quantity)
		for _run, charge in result.charges:
			if charge.month in window:
				self._add_charge(charge)

	def _add_usage(self, customer: str, offering: str, month: date, quantity: Decimal) -> None:
		if month in self.window:
			self.quantities[offering][month] += quantity
			self.customers[self.organisation.offerings[offering].service].add(customer)

	def _add_charge(self, charge) -> None:
		self.amounts[charge.offering] += charge.amount
		if charge.mode == "Showback":
			self.shown[charge.service] += charge.amount
			return
		self.charged[charge.service] = self.charged.get(charge.service, Decimal(0)) + charge.amount
		if charge.customer not in self.organisation.payers:
			self.external[charge.service] += charge.amount

	def facts(self, service: str) -> ServiceFacts:
		organisation, portfolio = self.organisation, self.organisation.portfolio
		terms = organisation.services[service]
		return ServiceFacts(
			service=service,
			months=service_months(self.window, terms.operational_from, terms.last_day),
			offerings=tuple(
				OfferingFacts(name, offering.uom, self.quantities[name], self.amounts[name])
				for name, offering in sorted(organisation.offerings.items())
				if offering.service == service
			),
			active_customers=len(self.customers[service]),
			costs={month: organisation.costs.get((service, month), Decimal(0)) for month in self.window},
			charged=self.charged.get(service),
			shown=self.shown[service],
			external_income=self.external[service],
			contributions=tuple(portfolio.contributions[service]) if portfolio.objectives else None,
			technical_fit=portfolio.fits.get((service, "Technical")),
			functional_fit=portfolio.fits.get((service, "Functional")),
			dependents=tuple(sorted(portfolio.dependents[service])),
			successor=portfolio.successors.get(service),
		)


def describe_window(analyses: Sequence[Analysis]) -> str:
	"""The heading: months, and what cost means here."""
	window = analyses[0].window
	return f"Retirement analysis {window[0]:%Y-%m} to {window[-1]:%Y-%m} (cost: direct cost)"


def analysis_rows(
	analyses: Sequence[Analysis], names: dict[str, str], precision: int
) -> list[tuple[str, ...]]:
	"""Name, both axes with their coverage, class, recommended outcome, cost, charged, recovery."""
	return [
		(
			names[analysis.service],
			*_axis(analysis.value),
			*_axis(analysis.fitness),
			analysis.service_class or NONE,
			analysis.recommended or NONE,
			f"{analysis.money.full_cost:,.{precision}f}",
			f"{analysis.money.charged:,.{precision}f}",
			NONE if analysis.money.recovery is None else f"{analysis.money.recovery:.1f} %",
		)
		for analysis in analyses
	]


def analysis_notes(analyses: Sequence[Analysis], names: dict[str, str]) -> list[str]:
	"""One line per service without class, and per service to retire that others need."""
	notes = []
	for analysis in analyses:
		name = names[analysis.service]
		if axes := analysis.missing_axes:
			covered = " and ".join(
				f"{axis.axis.lower()} covers {axis.coverage.normalize():f} of 100" for axis in axes
			)
			lacking = ", ".join(
				INDICATORS[row.key].label.lower() for axis in axes for row in analysis.missing(axis.axis)
			)
			needed = f"{analysis.minimum_coverage.normalize():f} needed"
			notes.append(f"{name} has no class: {covered}, {needed}. Without a figure: {lacking}.")
		if analysis.recommended == RETIRE and analysis.dependents:
			users = ", ".join(names[service] for service in analysis.dependents)
			notes.append(f"{name} cannot retire yet: needed by {users}.")
	return notes


def _axis(axis: AxisResult) -> tuple[str, str]:
	score = NONE if axis.score is None else f"{axis.score:.2f}"
	return score, f"{axis.coverage.normalize():f}"
