"""The work of finding conflicts grows with the pairs of needs that share a service, not with all pairs."""

import cProfile
import pstats

import pytest

from benchmarks.conflicts import count_opposed, make_needs, pairs_of, search

EXPONENT_BAR = 1.15


def calls(count: int, of_service: int) -> int:
	"""Calls of functions and steps of generators: the same on every machine."""
	needs = make_needs(count, of_service)
	profile = cProfile.Profile()
	profile.runcall(search, needs)
	return pstats.Stats(profile).total_calls


@pytest.mark.parametrize("sizes", [((500, 10), (2_000, 10)), ((1_000, 5), (1_000, 40))])
def test_work_grows_no_faster_than_the_pairs(sizes):
	(small, large) = sizes
	growth = pairs_of(*large) / pairs_of(*small)
	assert calls(*large) / calls(*small) <= growth**EXPONENT_BAR


def test_ten_thousand_needs():
	needs = make_needs(10_000, 10)
	found = [item for item in search(needs)[1] if not item.overload and len(item.subject.about) == 1]
	assert len(found) == count_opposed(needs) > 0


def test_pairs_by_hand():
	assert (pairs_of(20, 10), pairs_of(23, 10), pairs_of(5, 10)) == (90, 93, 10)
