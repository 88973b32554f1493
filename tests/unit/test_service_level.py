"""BR-5: which working time ERPNext's service level agreement can keep."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.service_level import ServiceLevelError, one_window_a_day
from itil_strategy.domain.working_calendar import WEEKDAYS

OFFICE = (time(9), time(17))
times = st.times().map(lambda moment: moment.replace(microsecond=0))


def test_the_week():
	assert one_window_a_day({4: [OFFICE], 0: [(time(8), time(12))], 6: []}) == {
		"Monday": (time(8), time(12)),
		"Friday": OFFICE,
	}


@pytest.mark.parametrize(
	("windows", "words"),
	[
		({1: [OFFICE, (time(18), time(20))]}, "Tuesday has 2 working windows"),
		({2: [(time(22), time(6))]}, "Wednesday runs over midnight"),
		({5: [(time(0), time(0))]}, "Saturday runs over midnight"),
		({}, "Nobody works"),
		({0: [], 1: []}, "Nobody works"),
	],
)
def test_what_it_cannot_say(windows, words):
	with pytest.raises(ServiceLevelError, match=words):
		one_window_a_day(windows)


@given(
	st.dictionaries(
		st.integers(0, 6), st.tuples(times, times).filter(lambda pair: pair[0] < pair[1]), min_size=1
	)
)
def test_each_day_keeps_its_window(days):
	found = one_window_a_day({day: [window] for day, window in days.items()})
	assert found == {WEEKDAYS[day]: window for day, window in days.items()}
	assert list(found) == [name for name in WEEKDAYS if name in found]
