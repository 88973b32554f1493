"""Which service serves which strategic objective, how much, and the gaps both ways (SP-9)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Objective:
	"""A strategic objective; weights of the active ones should total 100."""

	name: str
	weight: Decimal
	is_active: bool = True


@dataclass(frozen=True, slots=True)
class Contribution:
	"""How many percent a service contributes to an objective."""

	service: str
	objective: str
	percent: Decimal


@dataclass(frozen=True, slots=True)
class Cell:
	"""A contribution with its value, in points of 100."""

	service: str
	percent: Decimal
	value: Decimal


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
	"""An active objective with the services that serve it, the largest contribution first."""

	objective: Objective
	cells: tuple[Cell, ...]

	@property
	def value(self) -> Decimal:
		return sum((cell.value for cell in self.cells), ZERO)

	@property
	def is_gap(self) -> bool:
		return not self.cells


@dataclass(frozen=True, slots=True)
class Alignment:
	"""The matrix line by line, and the services that serve no active objective."""

	lines: tuple[ObjectiveLine, ...]
	idle_services: tuple[str, ...]
	total_weight: Decimal

	@property
	def unserved(self) -> tuple[str, ...]:
		return tuple(line.objective.name for line in self.lines if line.is_gap)

	@property
	def weights_are_complete(self) -> bool:
		return round(self.total_weight, 2) == HUNDRED

	def value_per_service(self) -> dict[str, Decimal]:
		"""Σ contribution × weight ÷ 100 of each service that serves an objective."""
		values: dict[str, Decimal] = defaultdict(Decimal)
		for line in self.lines:
			for cell in line.cells:
				values[cell.service] += cell.value
		return dict(values)


def align(
	objectives: Iterable[Objective], services: Sequence[str], contributions: Iterable[Contribution]
) -> Alignment:
	"""The active objectives against the services given; other contributions and those of 0 % do not count."""
	known = set(services)
	active = [objective for objective in objectives if objective.is_active]
	weights = {objective.name: objective.weight for objective in active}
	cells: dict[str, list[Cell]] = defaultdict(list)
	serving = set()
	for item in contributions:
		if item.service in known and item.objective in weights and item.percent > 0:
			value = item.percent * weights[item.objective] / HUNDRED
			cells[item.objective].append(Cell(item.service, item.percent, value))
			serving.add(item.service)
	lines = tuple(
		ObjectiveLine(
			objective,
			tuple(sorted(cells[objective.name], key=lambda cell: (-cell.percent, cell.service))),
		)
		for objective in sorted(active, key=lambda item: (-item.weight, item.name))
	)
	return Alignment(
		lines,
		tuple(service for service in services if service not in serving),
		sum(weights.values(), ZERO),
	)
