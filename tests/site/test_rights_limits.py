"""User permissions on Customer, Company and Cost Center, on every record of the app (`rights.limits`)."""

import pytest

from itil_strategy.tests.factories import center
from itil_strategy.tests.setup import OTHER_COMPANY
from tests.site.rights.limits import measure_limits
from tests.site.rights.measure import Tally
from tests.site.rights.world import OTHER_CUSTOMER


@pytest.mark.parametrize(
	("kind", "value", "fewest"),
	[("Customer", OTHER_CUSTOMER, 15), ("Company", OTHER_COMPANY, 30), ("Cost Center", "Logistics", 1)],
)
def test_what_names_another_is_shut(everything, kind, value, fewest):
	tally = Tally()
	value = center(value) if kind == "Cost Center" else value
	shut = measure_limits(everything, kind, value, tally)
	assert not tally.wrong, "\n".join(tally.wrong)
	# Customers, companies and cost centers stand in that many of the records, by three roles.
	assert shut >= fewest
