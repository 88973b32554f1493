"""SP-9: the mix of spend against the target mix."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.investment_mix import CLASSES, make_mix

D = Decimal
TARGETS = {"Run": D(60), "Grow": D(25), "Transform": D(15)}


def test_shares_are_of_the_classed_spend_and_nothing_is_dropped():
	mix = make_mix(
		{"MAIL": D("700"), "FILES": D("100"), "SHOP": D("200"), "OLD": D("50")},
		{"MAIL": "Run", "FILES": "Run", "SHOP": "Grow", "OLD": None},
		TARGETS,
		unassigned=D("25.50"),
	)
	assert [(line.investment_class, line.spend, line.share, line.gap) for line in mix.lines] == [
		("Run", 800, 80, 20),
		("Grow", 200, 20, -5),
		("Transform", 0, 0, -15),
	]
	assert (mix.unclassed, mix.unassigned, mix.total) == (50, D("25.50"), D("1075.50"))


def test_thirds_total_one_hundred():
	mix = make_mix(dict.fromkeys("abc", D(1)), dict(zip("abc", CLASSES, strict=True)), TARGETS)
	# The left-over tenth goes to the first name.
	assert [line.share for line in mix.lines] == [D("33.3"), D("33.4"), D("33.3")]


def test_no_spend_and_credits_have_no_share():
	assert [line.share for line in make_mix({}, {}, TARGETS).lines] == [None] * 3
	mix = make_mix({"a": D(10), "b": D(-4)}, {"a": "Run", "b": "Grow"}, TARGETS)
	assert [(line.share, line.gap) for line in mix.lines] == [(None, None)] * 3
	assert mix.total == 6


@given(
	st.dictionaries(st.text(max_size=3), st.decimals(0, 10**9, places=2), max_size=12),
	st.data(),
)
def test_the_mix_adds_up(spend, data):
	classes = {name: data.draw(st.sampled_from([*CLASSES, None])) for name in spend}
	mix = make_mix(spend, classes, TARGETS, D(5))
	assert mix.total == sum(spend.values()) + 5
	shares = [line.share for line in mix.lines]
	assert sum(shares) == 100 if mix.classed else shares == [None] * 3
