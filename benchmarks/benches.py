"""The benchmarks: prepare the site, measure ours and the floor in turn, compare. Each yields its lines."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median

import frappe

from benchmarks import conflicts, data, figures, report_scene
from benchmarks.desk import bench_desk
from benchmarks.relationship_scene import ROWS_PER_NEED, add_relationship
from benchmarks.report_checks import checked_services
from benchmarks.reports import REPORTS
from benchmarks.result import Result, exponent
from benchmarks.site import COMPANY, make_twin, remove_masters, reset
from benchmarks.worker import Measurement, measure
from itil_strategy.it_finance.charging.calculation import delete_charges
from itil_strategy.setup.accounts import get_company_accounts

EARLIER_SHARE = 10  # one earlier row for ten new ones
KNOWN_EVERY = 100  # one row in a hundred is known from an earlier file
MONTH = data.MONTHS[0]
GROWTH_SHARES = (0.25, 0.5, 1, 2)
REPORT_SHARES = (0.25, 0.5, 1)
ALLOCATED_SERVICES = 10_000
EXPONENT_BAR = 1.15
MEMORY_BAR = 1.25


@dataclass(frozen=True, slots=True)
class Options:
	"""Sizes of a run."""

	rows: int
	charges: int
	repeat: int
	sample: int
	cases: int


def bench_import(options: Options) -> Iterator[Result]:
	"""Usage files beside executemany of the same finished rows."""
	scene = data.flat_scene(options.charges)
	yield _import_line("own layout", data.write_own, scene, None, options)
	yield _import_line("FOCUS", data.write_focus, scene, data.focus_mapping(scene), options)


def bench_calculate(options: Options) -> Iterator[Result]:
	"""Charges of a month beside INSERT ... SELECT of the same groups."""
	cases = (("one price per unit", data.flat_scene, 3.0), ("tiers, two currencies", data.tiered_scene, 8.0))
	for label, make_scene, bar in cases:
		reset()
		scene = make_scene(options.charges)
		_import(data.write_own(scene, MONTH, range(options.rows)))
		run = data.draft_run(MONTH)
		ours, floors = [], []
		for _round in range(options.repeat):
			ours.append(_calculate(run, min(scene.groups, options.rows)))
			floors.append(measure("aggregate"))
			_expect(floors[-1], charges=ours[-1].facts["charges"])
			_forget_charges(run)
		work = f"{options.rows:,} rows to {ours[0].facts['charges']:,} charges, {label}"
		yield Result("calculate", work, _seconds(ours), _seconds(floors), bar, peak_mb=_peak(ours))


def bench_post(options: Options) -> Iterator[Result]:
	"""Ledger entries of a run beside one Journal Entry per charge."""
	cases = (
		("each a debit row of its own", data.flat_scene, 5.0),
		("four to a debit row", data.tiered_scene, 15.0),
	)
	for label, make_scene, bar in cases:
		reset()
		scene = make_scene(options.charges)
		ours, floors = [], []
		for month in data.MONTHS[: options.repeat]:
			_import(data.write_own(scene, month, range(scene.groups)))
			run = data.draft_run(month)
			_calculate(run, scene.groups)
			_publish(run)
			ours.append(measure("post", run=run))
			assert_equal_to_ledger(run, scene.groups)
			floors.append(measure("post_one_by_one", run=run, sample=options.sample))
		work = f"{scene.groups:,} charges, {label} (floor: median of {floors[0].facts['sample']} entries)"
		floor = _seconds(floors) * scene.groups
		yield Result("post", work, _seconds(ours), floor, bar, "faster", peak_mb=_peak(ours))


def bench_allocate(options: Options) -> Iterator[Result]:
	"""A reciprocal allocation beside scipy's solution alone, and how it grows."""
	sizes = [int(ALLOCATED_SERVICES * share) for share in GROWTH_SHARES]
	measured = [
		[
			_expect(measure("allocate", services=size), solved=True, balanced=True, exact=True)
			for _round in range(options.repeat)
		]
		for size in sizes
	]
	rounds = measured[sizes.index(ALLOCATED_SERVICES)]
	floor = median(of_round.facts["floor"] for of_round in rounds)
	work = f"{ALLOCATED_SERVICES:,} services, {rounds[0].facts['edges']:,} dependencies, reciprocal"
	yield Result("allocate", work, _seconds(rounds), floor, 10.0, peak_mb=_peak(rounds))
	span = f"{sizes[0]:,} to {sizes[-1]:,} services"
	yield _exponent("allocate", span, sizes, [_seconds(of_size) for of_size in measured])


def bench_growth(options: Options) -> Iterator[Result]:
	"""Import and calculation from a quarter to twice the rows: exponent of time, peak memory."""
	scene = data.flat_scene(options.charges)
	imports, calculations = [], []
	sizes = [int(options.rows * share) for share in GROWTH_SHARES]
	for rows in sizes:
		reset()
		imports.append([_import(data.write_own(scene, MONTH, range(rows)))])
		run = data.draft_run(MONTH)
		rounds = []
		for _round in range(options.repeat):
			rounds.append(_calculate(run, min(scene.groups, rows)))
			_forget_charges(run)
		calculations.append(rounds)
	span = f"{sizes[0]:,} to {sizes[-1]:,} rows"
	for work, measured in (("import", imports), ("calculate", calculations)):
		seconds = [_seconds(rounds) for rounds in measured]
		yield _exponent("growth", f"{work}, {span}", sizes, seconds)
		peaks = [_peak(rounds) for rounds in measured]
		yield Result(
			"growth",
			f"{work}, {span}: largest ÷ smallest peak memory",
			seconds[-1],
			None,
			MEMORY_BAR,
			"value",
			max(peaks) / min(peaks),
			max(peaks),
		)


def bench_reports(options: Options) -> Iterator[Result]:
	"""Reports on a large ledger beside their own SQL; the scene grows from a quarter to all of the rows."""
	reset()
	remove_masters()
	scene = report_scene.scene_of(options.rows)
	report_scene.make_masters(scene)
	report_scene.add_charges(scene)
	sizes = [int(options.rows * share) for share in REPORT_SHARES]
	measured: dict[str, list[list[Measurement]]] = {name: [] for name in REPORTS}
	for start, stop in pairwise([0, *sizes]):
		report_scene.add_rows(scene, range(start, stop))
		add_relationship(scene, stop)
		for name in REPORTS:
			measured[name].append(_measure_report(name, scene.services, options))
	for name, sized in measured.items():
		work = f"{name}: {options.rows:,} rows"
		seconds, rounds = [_seconds(rounds) for rounds in sized], sized[-1]
		floor = median(of_round.facts["floor"] for of_round in rounds)
		yield Result("reports", work, seconds[-1], floor, 1.5, peak_mb=_peak(rounds))
		yield Result("reports", f"{work}: time", seconds[-1], None, 2.0, "seconds")
		span = f"{sizes[0]:,} to {sizes[-1]:,} rows each"
		yield _exponent("reports", f"{name}, {span}", sizes, seconds)


def bench_conflicts(options: Options) -> Iterator[Result]:
	"""Search for conflicts among needs: more needs, and more needs of each service."""
	needs = max(options.rows // ROWS_PER_NEED, 100)
	cases = (
		("ten of each service", [(int(needs * share), 10) for share in GROWTH_SHARES]),
		("5 to 40 of each service", [(needs, each) for each in (5, 10, 20, 40)]),
	)
	for label, sizes in cases:
		seconds, pairs = [], []
		for count, each in sizes:
			listed = conflicts.make_needs(count, each)
			rounds = [conflicts.search(listed) for _round in range(options.repeat)]
			seconds.append(median(taken for taken, _found in rounds))
			pairs.append(conflicts.pairs_of(count, each))
			found = [item for item in rounds[0][1] if len(item.subject.about) == 1 and not item.overload]
			if len(found) != conflicts.count_opposed(listed):
				raise AssertionError(f"{len(found)} topics in conflict among {count} needs are not all.")
		work = f"{sizes[-1][0]:,} needs, {label}, over {pairs[0]:,} to {pairs[-1]:,} pairs"
		yield _exponent("conflicts", work, pairs, seconds)


BENCHES: dict[str, Callable[[Options], Iterator[Result]]] = {
	"import": bench_import,
	"calculate": bench_calculate,
	"post": bench_post,
	"allocate": bench_allocate,
	"growth": bench_growth,
	"reports": bench_reports,
	"desk": bench_desk,
	"conflicts": bench_conflicts,
	"simulate": lambda options: iter(figures.bench_simulate(options.repeat)),
	"select": lambda options: iter(figures.bench_select(options.repeat, options.cases)),
}


def assert_equal_to_ledger(run: str, charges: int) -> None:
	"""Charges and ledger are equal per account, cost center and service, to the cent; else AssertionError."""
	expected: dict[tuple, Decimal] = defaultdict(Decimal)
	rows = frappe.db.sql(
		"""SELECT cost_center, provider_cost_center, it_service, CAST(amount AS CHAR)
		FROM `tabService Charge` WHERE charging_run = %s AND status = 'Posted'""",
		run,
	)
	if len(rows) != charges:
		raise AssertionError(f"{len(rows)} of {charges} charges of {run} are posted.")
	accounts = get_company_accounts(COMPANY)
	for payer, provider, service, amount in rows:
		expected[(accounts.charges_account, payer, service)] += Decimal(amount)
		expected[(accounts.recovery_account, provider, service)] -= Decimal(amount)
	booked = {
		tuple(key): Decimal(amount)
		for *key, amount in frappe.db.sql(
			"""SELECT gl.account, gl.cost_center, gl.it_service, CAST(SUM(gl.debit) - SUM(gl.credit) AS CHAR)
			FROM `tabGL Entry` gl INNER JOIN `tabJournal Entry` entry ON entry.name = gl.voucher_no
			WHERE entry.it_charging_run = %s AND gl.is_cancelled = 0
			GROUP BY gl.account, gl.cost_center, gl.it_service""",
			run,
		)
	}
	differences = {
		key: (expected.get(key), booked.get(key))
		for key in expected.keys() | booked.keys()
		if expected.get(key, 0) != booked.get(key, 0)
	}
	if differences:
		raise AssertionError(f"Charges and ledger differ: {dict(list(differences.items())[:5])}")


def _measure_report(name: str, services: int, options: Options) -> list[Measurement]:
	"""Rounds of the report and its floor; figures of some services are found again in the tables."""
	case, checked = REPORTS[name], checked_services(services)
	expected = case.recompute(checked)
	rounds = []
	for _round in range(options.repeat):
		rounds.append(_expect(measure("run_report", report=name, services=checked), figures=expected))
	return rounds


def _exponent(bench: str, work: str, sizes: list[int], seconds: list[float]) -> Result:
	"""The exponent with which the time grows, and the times."""
	slope = exponent(list(zip(sizes, seconds, strict=True)))
	listed = ", ".join(f"{value:.3g}" if value < 1 else f"{value:.2f}" for value in seconds)
	return Result(
		bench, f"{work}: exponent of time ({listed} s)", seconds[-1], None, EXPONENT_BAR, "value", slope
	)


def _import_line(
	label: str, write: Callable[..., Path], scene: data.Scene, mapping: str | None, options: Options
) -> Result:
	earlier = options.rows // EARLIER_SHARE
	ours, floors = [], []
	for _round in range(options.repeat):
		reset()
		_import(write(scene, MONTH, range(earlier)), mapping)
		make_twin("Service Usage")
		path = write(scene, MONTH, range(earlier, earlier + options.rows), known=KNOWN_EVERY)
		name = data.draft_import(path, mapping)
		ours.append(measure("import_usage", usage_import=name))
		known = len(range(0, options.rows, KNOWN_EVERY))
		_expect(ours[-1], status="Completed", imported=options.rows, known=known, unmapped=0)
		floors.append(measure("insert_usage", usage_import=name))
		_expect(floors[-1], inserted=options.rows)
	work = f"{options.rows:,} rows, {label}, {known:,} known ones found among {earlier:,}"
	return Result("import", work, _seconds(ours), _seconds(floors), 2.0, peak_mb=_peak(ours))


def _import(path: Path, mapping: str | None = None) -> Measurement:
	measured = measure("import_usage", usage_import=data.draft_import(path, mapping))
	path.unlink()
	return _expect(measured, status="Completed", unmapped=0)


def _calculate(run: str, charges: int) -> Measurement:
	return _expect(measure("calculate", run=run), status="Calculated", charges=charges)


def _publish(run: str) -> None:
	"""Publish without a dispute window and claim for posting, as the button does. Commits."""
	frappe.db.rollback()
	frappe.get_doc("Charging Run", run).submit()
	frappe.db.set_value("Charging Run", run, {"status": "Posting", "dispute_until": None})
	frappe.db.commit()


def _forget_charges(run: str) -> None:
	"""Free the usage for another round; outside the clock. Commits."""
	frappe.db.rollback()
	delete_charges(run)
	frappe.db.commit()


def _expect(measured: Measurement, **facts) -> Measurement:
	"""A fast wrong answer is no result."""
	got = {name: measured.facts[name] for name in facts}
	if got != facts:
		raise AssertionError(f"Expected {facts}, got {got}.")
	return measured


def _seconds(rounds: list[Measurement]) -> float:
	return median(measured.seconds for measured in rounds)


def _peak(rounds: list[Measurement]) -> float:
	return median(measured.peak_mb for measured in rounds)
