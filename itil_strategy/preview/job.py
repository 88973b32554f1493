"""Charging runs on plain files: each run takes the usage that arrived and is not charged yet, as a site does."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal

from itil_strategy.domain.charging import (
	Charge,
	ChargedBefore,
	ChargingRequest,
	Obstacle,
	OfferingTerms,
	UsageGroup,
	calculate,
)
from itil_strategy.domain.errors import UsageFileError
from itil_strategy.domain.periods import Period, month_start
from itil_strategy.domain.statement import Statement, make_statement
from itil_strategy.preview.organisation import Organisation, offerings_of_policies
from itil_strategy.preview.tables import Problems, count
from itil_strategy.preview.usage import Delivery, KnownRows, UsageSums, describe_file_error, read_usage

EXACT = Context(prec=60)
MonthKey = tuple[str, str, date]  # customer, offering, month
DaySums = dict[date, Decimal]


@dataclass(frozen=True, slots=True)
class Run:
	"""A charging run of whole months and the files that arrive before it."""

	period: Period
	deliveries: tuple[Delivery, ...] = ()
	mode: str = "Chargeback"


@dataclass(slots=True)
class PreviewResult:
	"""What was read, what is charged per run, and what stands in the way."""

	organisation: Organisation
	files: list[UsageSums] = field(default_factory=list)
	charges: list[tuple[Run, Charge]] = field(default_factory=list)
	obstacles: list[Obstacle] = field(default_factory=list)
	later: dict[date, int] = field(default_factory=dict)

	def statement(self, period: Period | None = None) -> Statement:
		"""The statement of all runs, or of those within `period`."""
		return make_statement(
			charge
			for run, charge in self.charges
			if period is None or (period.start <= run.period.start and run.period.end <= period.end)
		)


def run_job(organisation: Organisation, runs: Sequence[Run]) -> PreviewResult:
	"""Read all files, then calculate the runs in order; a run with obstacles is the last one.

	Raises PreviewError with every bad row of every file.
	"""
	result = PreviewResult(organisation)
	usage_of = _read_files(runs)
	result.files = [usage for usages in usage_of for usage in usages]
	book = _Book(organisation, result)
	for run, usages in zip(runs, usage_of, strict=True):
		for usage in usages:
			book.take_in(usage)
		book.charge(run)
		if result.obstacles:
			break
	result.later = book.open_months()
	return result


def _read_files(runs: Sequence[Run]) -> list[list[UsageSums]]:
	problems = Problems()
	known = KnownRows() if sum(len(run.deliveries) for run in runs) > 1 else None
	usage_of: list[list[UsageSums]] = []
	for run in runs:
		usage_of.append([])
		for delivery in run.deliveries:
			try:
				usage_of[-1].append(read_usage(delivery, known))
			except UsageFileError as error:
				for message in describe_file_error(delivery.path, error):
					problems.add(message)
			except OSError as error:
				problems.add(f"{delivery.path} cannot be read: {error.strerror or error}. Check the path.")
	problems.raise_if_any()
	return usage_of


class _Book:
	"""Usage that is open and charged, and charges so far."""

	def __init__(self, organisation: Organisation, result: PreviewResult):
		self.organisation = organisation
		self.result = result
		self.open: dict[MonthKey, DaySums] = defaultdict(dict)
		self.charged: dict[MonthKey, DaySums] = defaultdict(dict)
		self.sums: dict[tuple[str, str, date, str], Decimal] = defaultdict(Decimal)
		self.units: dict[str, str] = {}

	def take_in(self, usage: UsageSums) -> None:
		for (customer, offering, unit, day), quantity in sorted(usage.sums.items()):
			self._check_unit(usage.file, offering, unit)
			days = self.open[(customer, offering, month_start(day))]
			days[day] = EXACT.add(days.get(day, Decimal(0)), quantity)
		if usage.unmapped_rows:
			amounts = ", ".join(
				f"{total.normalize():f} {unit}".strip() for unit, total in sorted(usage.unmapped.items())
			)
			self._add_obstacle(
				"Usage",
				usage.file,
				f"{usage.file}: {count(usage.unmapped_rows, 'row')} ({amounts}) without customer or offering."
				" Fill them in, or choose another column or tag.",
			)

	def charge(self, run: Run) -> None:
		due = {key: days for key, days in self.open.items() if key[2] < run.period.end}
		answer = calculate(self._request(run, due))
		self.result.charges.extend((run, charge) for charge in answer.charges)
		self.result.obstacles.extend(
			obstacle for obstacle in answer.obstacles if obstacle not in self.result.obstacles
		)
		for charge in answer.charges:
			self.sums[(charge.customer, charge.offering, charge.month, charge.policy)] += charge.price_amount
		for key, days in due.items():
			del self.open[key]
			for day, quantity in days.items():
				self.charged[key][day] = EXACT.add(self.charged[key].get(day, Decimal(0)), quantity)

	def open_months(self) -> dict[date, int]:
		"""Months with usage that no run took, and how many customers and offerings it is for."""
		months: dict[date, int] = defaultdict(int)
		for _customer, _offering, month in self.open:
			months[month] += 1
		return dict(sorted(months.items()))

	def _request(self, run: Run, due: dict[MonthKey, DaySums]) -> ChargingRequest:
		organisation = self.organisation
		offerings = self._offerings(key[1] for key in due)
		service_of = {terms.offering: terms for terms in offerings}
		currencies = {policy.currency for policy in organisation.policies} | {organisation.currency}
		last_day = run.period.end - timedelta(days=1)
		return ChargingRequest(
			period=run.period,
			run_mode=run.mode,
			company_currency=organisation.currency,
			precisions=dict.fromkeys(currencies, organisation.precision),
			rates={**organisation.rates.get(last_day, {}), organisation.currency: Decimal(1)},
			groups=tuple(
				UsageGroup(
					customer=customer,
					service=service_of[offering].service if offering in service_of else "",
					offering=offering,
					uom=self.units.get(offering, ""),
					month=month,
					quantity=_total(days),
					by_day=tuple(sorted(days.items())),
					is_late=month < run.period.start,
				)
				for (customer, offering, month), days in sorted(due.items())
			),
			prior_usage={
				key: (_total(days), tuple(sorted(days.items()))) for key, days in self.charged.items()
			},
			charged_before=tuple(
				ChargedBefore(*key, Decimal(0), amount) for key, amount in sorted(self.sums.items())
			),
			policies=tuple(organisation.policies),
			payers=organisation.payers,
			services=organisation.services,
			offerings=offerings,
			costs=organisation.costs,
		)

	def _offerings(self, used: Iterable[str]) -> tuple[OfferingTerms, ...]:
		"""The known offerings, or, where no table lists them, those that policies and usage name."""
		known = self.organisation.offerings
		if known:
			return tuple(known.values())
		named = offerings_of_policies(self.organisation.policies)
		general = {policy.service for policy in self.organisation.policies if not policy.offering}
		for offering in used:
			if offering not in named:
				named[offering] = general.copy().pop() if len(general) == 1 else offering
		return tuple(
			OfferingTerms(offering, service, self.units.get(offering, ""))
			for offering, service in sorted(named.items())
		)

	def _check_unit(self, file: str, offering: str, unit: str) -> None:
		terms = self.organisation.offerings.get(offering)
		expected = terms.uom if terms else self.units.get(offering, unit)
		self.units[offering] = expected or unit
		if unit and expected and unit != expected:
			first, second = sorted((unit, expected))
			self._add_obstacle(
				"Usage",
				file,
				f"{file}: {offering} is counted in {first} and in {second}."
				" Split the offering by unit or convert the usage.",
			)

	def _add_obstacle(self, kind: str, subject: str, message: str) -> None:
		obstacle = Obstacle(kind, subject, message)
		if obstacle not in self.result.obstacles:
			self.result.obstacles.append(obstacle)


def _total(days: DaySums) -> Decimal:
	total = Decimal(0)
	for quantity in days.values():
		total = EXACT.add(total, quantity)
	return total
