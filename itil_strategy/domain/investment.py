"""What an investment is worth: discounted schedule and the figures made of it (FM-7).

A flow belongs to a period: 0 is the start and is never discounted, t = 1 … n are years or months. Rates are
yearly fractions (0.08 is 8 %); a month has the twelfth root of the yearly factor. With mid-period
flows t ≥ 1 counts at t − 0.5. None stands for a figure that does not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import accumulate

from itil_strategy.domain.case_errors import PeriodError, RateError, SizeError
from itil_strategy.domain.text import _

END, MID = "End of Period", "Mid-Period"
CONVENTIONS = (END, MID)
YEAR, MONTH = "Year", "Month"
PERIODS_PER_YEAR = {YEAR: 1, MONTH: 12}
MAX_PERIODS = 600  # fifty years of months
ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")
PRECISION = 40


@dataclass(frozen=True, slots=True)
class Basis:
	"""How flows are discounted: yearly rate, when in a period they fall, and how long a period is."""

	rate: Decimal
	convention: str = END
	period: str = YEAR

	def __post_init__(self) -> None:
		check_rate(self.rate)

	@property
	def per_year(self) -> int:
		return PERIODS_PER_YEAR[self.period]

	def position(self, period: int) -> Decimal:
		"""When flows of the period fall, in periods from the start."""
		return period - HALF if period and self.convention == MID else Decimal(period)

	def factors(self, count: int) -> list[Decimal]:
		"""Discount factors of periods 0 … count − 1."""
		with localcontext(prec=PRECISION):
			step = (1 + self.rate) ** (-ONE / self.per_year)
			middle = (1 + self.rate) ** (HALF / self.per_year) if self.convention == MID else ONE
			return [ONE if not period else step**period * middle for period in range(count)]


@dataclass(frozen=True, slots=True)
class ScheduleLine:
	"""A period with what flows, the factor it is discounted by, and the sums so far."""

	period: int
	flow: Decimal
	factor: Decimal
	present_value: Decimal
	cumulative: Decimal
	cumulative_present: Decimal


def check_rate(rate: Decimal) -> None:
	"""Raise RateError at −100 % or less."""
	if rate <= -1:
		raise RateError(
			_("A rate of {0} % has no present value. Enter one above −100 %."),
			f"{(rate * 100).normalize():f}",
			field="discount_rate",
		)


def flows_by_period(rows: Sequence[tuple[int, Decimal]]) -> list[Decimal]:
	"""Flows of periods 0 … n in order; raises PeriodError when one is missing, double or negative."""
	found: dict[int, Decimal] = {}
	for number, (period, flow) in enumerate(rows, start=1):
		if period < 0 or period > MAX_PERIODS:
			raise PeriodError(
				_("Row {0}: period {1} is outside 0 to {2}."), number, period, MAX_PERIODS, row=number
			)
		if period in found:
			raise PeriodError(
				_("Row {0}: period {1} is there twice. Bring both flows together."),
				number,
				period,
				row=number,
			)
		found[period] = flow
	missing = sorted(set(range(max(found, default=-1) + 1)) - found.keys())
	if missing:
		raise PeriodError(_("Period {0} is missing. Enter it, with 0 if nothing flows."), missing[0])
	return [found[period] for period in sorted(found)]


def check_size(flows: Sequence[Decimal]) -> None:
	if len(flows) > MAX_PERIODS + 1:
		raise SizeError(
			_("There are {0} periods; {1} after the start are the most."), len(flows) - 1, MAX_PERIODS
		)


def make_schedule(flows: Sequence[Decimal], basis: Basis) -> list[ScheduleLine]:
	"""Every period with its flow, factor and present value; the sum of the last column is the NPV."""
	check_size(flows)
	factors = basis.factors(len(flows))
	with localcontext(prec=PRECISION):
		present = [flow * factor for flow, factor in zip(flows, factors, strict=True)]
		return [
			ScheduleLine(*line)
			for line in zip(
				range(len(flows)),
				flows,
				factors,
				present,
				accumulate(flows),
				accumulate(present),
				strict=True,
			)
		]


def npv(flows: Sequence[Decimal], basis: Basis) -> Decimal:
	"""Net present value: Σ flow × factor, the flow of period 0 undiscounted."""
	check_size(flows)
	with localcontext(prec=PRECISION):
		return sum(
			(flow * factor for flow, factor in zip(flows, basis.factors(len(flows)), strict=True)), ZERO
		)


def mirr(
	flows: Sequence[Decimal], finance_rate: Decimal, reinvestment_rate: Decimal, period: str = YEAR
) -> Decimal | None:
	"""Modified internal rate of return per year: (future value of inflows ÷ present value of outflows)^(1/n) − 1.

	Flows at the ends of periods. None without an inflow, an outflow or a period after the start.
	"""
	check_rate(reinvestment_rate)
	finance = Basis(finance_rate, END, period)
	outflow = -npv([min(flow, ZERO) for flow in flows], finance)
	last = len(flows) - 1
	with localcontext(prec=PRECISION):
		growth = (1 + reinvestment_rate) ** (ONE / finance.per_year)
		inflow = sum((max(flow, ZERO) * growth ** (last - t) for t, flow in enumerate(flows)), ZERO)
		if last < 1 or not outflow or not inflow:
			return None
		return (inflow / outflow) ** (Decimal(finance.per_year) / last) - 1


def roi(benefits: Decimal, costs: Decimal) -> Decimal | None:
	"""Return on investment: (benefits − costs) ÷ costs, undiscounted; None where nothing is spent."""
	return (benefits - costs) / costs if costs > 0 else None


def benefit_cost_ratio(benefits: Sequence[Decimal], costs: Sequence[Decimal], basis: Basis) -> Decimal | None:
	"""Present value of benefits ÷ present value of costs (both entered as positive); None without costs."""
	spent = npv(costs, basis)
	return npv(benefits, basis) / spent if spent > 0 else None


def payback(cumulative: Sequence[Decimal], basis: Basis) -> Decimal | None:
	"""Years until the cumulative flows are recovered for good, interpolated inside the period.

	The last time they come from below zero to zero or more; 0 where they never are below, None where they
	end below. Cumulative present values give the discounted payback.
	"""
	if not cumulative or cumulative[-1] < 0:
		return None
	below = [period for period, total in enumerate(cumulative) if total < 0]
	if not below:
		return ZERO
	last = below[-1]
	part = -cumulative[last] / (cumulative[last + 1] - cumulative[last])
	return (last + part) / basis.per_year


def equal_annual_value(value: Decimal, rate: Decimal, years: Decimal) -> Decimal | None:
	"""The yearly amount over the life that is worth the NPV: NPV × r ÷ (1 − (1 + r)^−n).

	Compares options of unequal life. None for a life of no time.
	"""
	check_rate(rate)
	if years <= 0:
		return None
	if not rate:
		return value / years
	with localcontext(prec=PRECISION):
		return value * rate / (1 - (1 + rate) ** -years)


def split_by_sign(flows: Sequence[Decimal]) -> tuple[list[Decimal], list[Decimal]]:
	"""Benefits and costs, both positive, where flows are known by their net only."""
	return [max(flow, ZERO) for flow in flows], [max(-flow, ZERO) for flow in flows]
