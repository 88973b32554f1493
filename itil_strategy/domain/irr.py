"""Every internal rate of return of a series of flows, found exactly (FM-7).

Rates are the roots of Σ flow × x^t with x = (1 + r)^(−1/periods per year), or of Σ flow × x^(2t − 1) when flows
fall in the middle of periods. Flows become integers, so no sign is ever lost to rounding. Intervals
that hold exactly one root are found by Descartes' rule of signs (Vincent, Collins, Akritas), then
halved. This also works where eigenvalues of a companion matrix fail: many periods, roots close together.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import gcd

from itil_strategy.domain.investment import END, MID, PERIODS_PER_YEAR, YEAR, check_size

TOLERANCE = Decimal("1e-24")
MAX_DEPTH = 64
MODULUS = (1 << 61) - 1  # a prime
PRECISION = 80


def internal_rates(
	flows: Sequence[Decimal], convention: str = END, period: str = YEAR
) -> tuple[Decimal, ...]:
	"""All yearly rates above −100 % at which the net present value is zero, ascending, to 1e-9; maybe none.

	A rate at which the value only touches zero counts once. All-zero flows have no rate.
	"""
	check_size(flows)
	polynomial = _strip(_integers(_spread(flows) if convention == MID else list(flows)))
	if len(polynomial) < 2:
		return ()
	per_year = PERIODS_PER_YEAR[period] * (2 if convention == MID else 1)
	growths: list[Decimal] = []
	with localcontext(prec=PRECISION):
		# Growth factors below 1 are the roots of the reversed polynomial, those above its reciprocals.
		growths += _roots(polynomial[::-1])
		if not sum(polynomial):
			growths.append(Decimal(1))
		growths += sorted(1 / root for root in _roots(polynomial))
		return tuple(sorted(growth**per_year - 1 for growth in growths))


def _spread(flows: Sequence[Decimal]) -> list[Decimal]:
	"""Mid-period flows as coefficients of half periods: t = 0 at 0, t ≥ 1 at 2t − 1."""
	spread = [Decimal(0)] * max(2 * len(flows) - 2, 1)
	spread[0] = flows[0] if flows else Decimal(0)
	for period, flow in enumerate(flows[1:], start=1):
		spread[2 * period - 1] = flow
	return spread


def _integers(flows: Sequence[Decimal]) -> list[int]:
	places = max((-flow.as_tuple().exponent for flow in flows if flow), default=0)
	scaled = [int(flow.scaleb(max(places, 0))) for flow in flows]
	common = gcd(*scaled) or 1
	return [value // common for value in scaled]


def _strip(polynomial: list[int]) -> list[int]:
	"""Without zeros at either end: they are no rates."""
	filled = [place for place, value in enumerate(polynomial) if value]
	return polynomial[filled[0] : filled[-1] + 1] if filled else []


def _roots(polynomial: Sequence[int]) -> list[Decimal]:
	"""Roots strictly between 0 and 1, ascending."""
	return sorted(_refine(polynomial, *interval) for interval in _isolate(list(polynomial)))


def _isolate(polynomial: list[int]) -> Iterator[tuple[Fraction, Fraction]]:
	"""Open intervals inside (0, 1) with one root each; a root that is met exactly comes as a closed point."""
	limit = None if _is_squarefree(polynomial) else MAX_DEPTH
	waiting = [(polynomial, 0, 0)]
	while waiting:
		part, place, depth = waiting.pop()
		changes = _sign_changes(_shift(part[::-1]))
		low, high = Fraction(place, 1 << depth), Fraction(place + 1, 1 << depth)
		if changes == 1 or (changes and limit is not None and depth >= limit):
			yield low, high
		elif changes:
			degree = len(part) - 1
			left = [value << (degree - power) for power, value in enumerate(part)]
			right = _shift(left)
			if not right[0]:
				middle = (low + high) / 2
				yield middle, middle
				right = right[1:]
				while right and not right[0]:
					right = right[1:]
			waiting += [(left, 2 * place, depth + 1), (right, 2 * place + 1, depth + 1)]


def _shift(polynomial: Sequence[int]) -> list[int]:
	"""p(x + 1), by Horner's scheme."""
	shifted = list(polynomial)
	for start in range(len(shifted) - 1):
		for power in range(len(shifted) - 2, start - 1, -1):
			shifted[power] += shifted[power + 1]
	return shifted


def _sign_changes(polynomial: Sequence[int]) -> int:
	signs = [value > 0 for value in polynomial if value]
	return sum(first != second for first, second in pairwise(signs))


def _is_squarefree(polynomial: Sequence[int]) -> bool:
	"""False where a root may be multiple: the greatest common divisor with the derivative, modulo a prime."""
	first = _trim([value % MODULUS for value in polynomial])
	second = _trim([power * value % MODULUS for power, value in enumerate(polynomial)][1:])
	if len(first) < len(polynomial):
		return False
	while second:
		inverse = pow(second[-1], -1, MODULUS)
		while len(first) >= len(second):
			factor, offset = first[-1] * inverse % MODULUS, len(first) - len(second)
			for power, value in enumerate(second):
				first[offset + power] = (first[offset + power] - factor * value) % MODULUS
			first = _trim(first)
		first, second = second, first
	return len(first) == 1


def _trim(polynomial: list[int]) -> list[int]:
	while polynomial and not polynomial[-1]:
		polynomial.pop()
	return polynomial


def _refine(polynomial: Sequence[int], start: Fraction, stop: Fraction) -> Decimal:
	"""The root in an interval that holds one, to a relative TOLERANCE."""
	low, high = (Decimal(end.numerator) / end.denominator for end in (start, stop))
	if low == high:
		return low
	below = _sign_after(polynomial, low)
	while high - low > TOLERANCE * low:
		middle = (low + high) / 2
		if middle in (low, high):
			break
		sign = _sign(polynomial, middle)
		if not sign:
			return middle
		if sign == below:
			low = middle
		else:
			high = middle
	return (low + high) / 2


def _sign_after(polynomial: Sequence[int], point: Decimal) -> int:
	"""The sign just above the point, which may be a root itself: then that of the first derivative that is not 0."""
	while not (sign := _sign(polynomial, point)):
		polynomial = [power * value for power, value in enumerate(polynomial)][1:]
	return sign


def _sign(polynomial: Sequence[int], point: Decimal) -> int:
	value = Decimal(0)
	for coefficient in reversed(polynomial):
		value = value * point + coefficient
	return (value > 0) - (value < 0)
