"""Rounding and splitting of money (FM-3): parts always add up to the whole."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from itil_strategy.domain.errors import RoundingError


def step(precision: int) -> Decimal:
	"""The smallest unit at `precision` decimals: 10^-precision."""
	return Decimal(1).scaleb(-precision)


def round_to_step(amount: Decimal, precision: int, mode: str = ROUND_HALF_UP) -> Decimal:
	"""The amount in whole steps; commercial rounding by default."""
	return amount.quantize(step(precision), rounding=mode)


def split(total: Decimal, weights: Mapping[str, Decimal], precision: int) -> dict[str, Decimal]:
	"""Split `total` in proportion to `weights` by largest remainder (FM-3).

	Every part is rounded down to the step; the leftover steps go to the largest remainders, ties by key
	in binary order. A negative total is split by its absolute value. The parts add up to the rounded
	total exactly and do not depend on the order of `weights`.

	Raises RoundingError when a weight is negative or all are zero.
	"""
	negative = [key for key, weight in weights.items() if weight < 0]
	if negative:
		raise RoundingError(f"The weight of {min(negative)} is negative. Weights must be 0 or more.")
	# Fractions: a sum of Decimals is rounded to the context, and the parts would miss the total.
	whole = sum(map(Fraction, weights.values()))
	if not whole:
		raise RoundingError(
			"All weights are zero, so there is nothing to split by. Enter at least one weight."
		)
	unit = step(precision)
	units = int(abs(round_to_step(total, precision)) / unit)
	shares = {key: units * Fraction(weight) / whole for key, weight in weights.items()}
	parts = {key: int(share) for key, share in shares.items()}
	leftover = units - sum(parts.values())
	by_remainder = sorted(parts, key=lambda key: (parts[key] - shares[key], key.encode()))
	for key in by_remainder[:leftover]:
		parts[key] += 1
	sign = -1 if total < 0 else 1
	return {key: sign * part * unit for key, part in parts.items()}
