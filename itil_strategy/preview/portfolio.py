"""What the sample says about its services beside charging: objectives, outcomes, dependencies, fit."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from itil_strategy.domain.retirement_measures import Contribution
from itil_strategy.preview.tables import Problems, Row, read_table

FULL = 100
FIT_KINDS = ("Technical", "Functional")
FIT_SCORES = ("1", "2", "3", "4")


@dataclass(slots=True)
class Portfolio:
	"""Names of services and what the retirement analysis judges them by."""

	names: dict[str, str] = field(default_factory=dict)
	successors: dict[str, str] = field(default_factory=dict)
	objectives: dict[str, Decimal] = field(default_factory=dict)
	contributions: dict[str, list[Contribution]] = field(default_factory=lambda: defaultdict(list))
	dependents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
	fits: dict[tuple[str, str], int] = field(default_factory=dict)


def read_portfolio(folder: Path, problems: Problems) -> Portfolio:
	"""services.csv again, objectives.csv, outcomes.csv, dependencies.csv and fits.csv."""
	portfolio = Portfolio()
	_read_names(folder / "services.csv", portfolio, problems)
	_read_objectives(folder / "objectives.csv", portfolio, problems)
	_read_outcomes(folder / "outcomes.csv", portfolio, problems)
	_read_dependencies(folder / "dependencies.csv", portfolio, problems)
	_read_fits(folder / "fits.csv", portfolio, problems)
	return portfolio


def _read_names(path: Path, portfolio: Portfolio, problems: Problems) -> None:
	optional = (
		"name",
		"type",
		"category",
		"investment_class",
		"provider_cost_center",
		"operational_from",
		"last_day",
		"successor",
		"description",
	)
	for row in read_table(path, ("service",), optional, problems):
		service = row.text("service")
		portfolio.names[service] = row.text("name", service)
		if successor := row.text("successor"):
			portfolio.successors[service] = successor
	for service, successor in portfolio.successors.items():
		if successor not in portfolio.names:
			problems.add(f"{path.name}: successor {successor} of {service} is no service. Correct the name.")


def _read_objectives(path: Path, portfolio: Portfolio, problems: Problems) -> None:
	for row in read_table(path, ("objective", "weight"), ("horizon",), problems):
		portfolio.objectives[row.needed("objective")] = row.number_in("weight")
	total = sum(map(Fraction, portfolio.objectives.values()))
	if portfolio.objectives and total != FULL:
		problems.add(
			f"{path.name}: the weights total {float(total):g}. Change them so that they total {FULL}."
		)


def _read_outcomes(path: Path, portfolio: Portfolio, problems: Problems) -> None:
	for row in read_table(path, ("service", "objective", "contribution"), ("evidence",), problems):
		service, objective = _known(row, "service", portfolio.names), row.needed("objective")
		contribution = row.number_in("contribution")
		if contribution > FULL:
			row.refuse("contribution", f"{contribution} is more than {FULL} %. Enter 0 to {FULL}.")
		if objective not in portfolio.objectives:
			row.refuse("objective", f"{objective} is not in objectives.csv. Add it or correct the name.")
			continue
		portfolio.contributions[service].append(
			Contribution(objective, contribution, portfolio.objectives[objective])
		)


def _read_dependencies(path: Path, portfolio: Portfolio, problems: Problems) -> None:
	for row in read_table(path, ("service", "depends_on"), ("share", "critical"), problems):
		service, provider = (_known(row, column, portfolio.names) for column in ("service", "depends_on"))
		row.number_in("share")
		row.choice("critical", ("yes", "no"), "yes")
		portfolio.dependents[provider].add(service)


def _read_fits(path: Path, portfolio: Portfolio, problems: Problems) -> None:
	"""The latest assessment of each kind counts; of two on one day the later row."""
	latest: dict[tuple[str, str], date] = {}
	for row in read_table(path, ("service", "kind", "score", "assessed_on"), ("comment",), problems):
		key = (_known(row, "service", portfolio.names), row.choice("kind", FIT_KINDS))
		score, day = row.choice("score", FIT_SCORES), row.day("assessed_on")
		if day and day >= latest.get(key, date.min):
			latest[key], portfolio.fits[key] = day, int(score)


def _known(row: Row, column: str, services: dict[str, str]) -> str:
	service = row.needed(column)
	if service and service not in services:
		row.refuse(column, f"{service} is not in services.csv. Add it or correct the name.")
	return service
