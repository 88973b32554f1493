"""FM-7: a case's flows over assumptions, tornado, switching values and simulation."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import numpy_financial
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.assumptions import PERT, UNIFORM, Assumption, make_book
from itil_strategy.domain.case_errors import CaseError, PeriodError, RowFormulaError, SizeError
from itil_strategy.domain.case_figures import (
	have_unequal_lives,
	option_figures,
	spend_by_month,
	spend_by_year,
	value_at_rate,
)
from itil_strategy.domain.case_model import make_model
from itil_strategy.domain.case_rows import BENEFIT, CAPEX, OPEX, FlowLine, Risk
from itil_strategy.domain.investment import END, MID, MONTH, Basis, npv
from itil_strategy.domain.sensitivity import flips, switching_values, tornado
from itil_strategy.domain.simulation import simulate, simulate_values

D = Decimal
BUY, NOTHING = "Buy", "Do nothing"


def a(name, base, low=None, high=None, **more) -> Assumption:
	return Assumption(name, D(base), *(None if end is None else D(end) for end in (low, high)), **more)


def case(lines=None, assumptions=None, rate="0.10", risks=(), **basis):
	"""Buy: 1,000 now, then 3 years of users × 10 gained and 100 spent. Doing nothing costs 50 a year."""
	lines = lines or [
		FlowLine(BUY, "Licences", CAPEX, 0, 0, D(1000), row=1),
		FlowLine(BUY, "Support", OPEX, 1, 3, formula="support", row=2),
		FlowLine(BUY, "Savings", BENEFIT, 1, 3, formula="users * 10", row=3),
		FlowLine(NOTHING, "Old system", OPEX, 0, 3, D(50), row=4),
	]
	assumptions = assumptions or [a("users", 60, 40, 90), a("support", 100, 80, 130), a("certain", 7)]
	return make_model([BUY, NOTHING], make_book(assumptions), lines, Basis(D(rate), **basis), risks)


def test_flows_add_up_per_kind_and_period():
	flows = case().flows(BUY)
	assert flows.capex == (1000, 0, 0, 0)
	assert flows.opex == (0, 100, 100, 100)
	assert flows.benefits == (0, 600, 600, 600)
	assert flows.net == [-1000, 500, 500, 500]


def test_figures_of_an_option():
	figures = option_figures(case(rate="0"), BUY)
	assert (figures.npv, figures.advantage, figures.years) == (500, 500, 3)
	assert (figures.capex, figures.opex, figures.benefits, figures.peak_funding) == (1000, 300, 1800, 1000)
	assert figures.roi == D(500) / D(1300)
	assert figures.benefit_cost == D(1800) / D(1300)
	assert figures.payback == figures.discounted_payback == 2
	assert [rate.quantize(D("0.0001")) for rate in figures.rates] == [D("0.2338")]
	nothing = option_figures(case(rate="0"), NOTHING)
	assert (nothing.npv, nothing.rates, nothing.payback) == (-200, (), None)


def test_figures_against_doing_nothing():
	"""What doing nothing would cost is avoided: −950 now, then 550 a year."""
	model = replace(case(rate="0"), reference=NOTHING)
	assert model.gain(BUY) == ([50, 650, 650, 650], [1000, 100, 100, 100])
	figures = option_figures(model, BUY)
	assert (figures.npv, figures.advantage) == (500, 700)
	assert float(figures.rates[0]) == pytest.approx(numpy_financial.irr([-950, 550, 550, 550]))
	assert figures.payback == 1 + D(400) / 550
	assert figures.roi == D(700) / 1300
	assert figures.benefit_cost == D(2000) / 1300
	assert [line.flow for line in figures.schedule] == [-1000, 500, 500, 500]
	own = option_figures(model, NOTHING)
	assert (own.npv, own.advantage, own.rates, own.payback) == (-200, 0, (), None)


def test_tornado_and_simulation_are_against_doing_nothing():
	model = replace(case(rate="0"), reference=NOTHING)
	assert (tornado(model, BUY)[0].at_low, tornado(model, BUY)[0].at_high) == (100, 1600)
	assert {row.assumption: row.value for row in switching_values(model, BUY)}["users"] == pytest.approx(
		60 - 700 / 30
	)
	shifted = simulate_values(model, BUY, 100, 1) - simulate_values(case(rate="0"), BUY, 100, 1)
	assert shifted == pytest.approx(np.full(100, 200.0))


def test_a_shorter_reference_ends_before_the_option():
	lines = [FlowLine(BUY, "x", OPEX, 0, 3, D(10)), FlowLine(NOTHING, "y", OPEX, 0, 1, D(40))]
	model = replace(case(lines, rate="0"), reference=NOTHING)
	assert model.gain(BUY) == ([40, 40, 0, 0], [10, 10, 10, 10])
	assert value_at_rate(model, BUY, D(0)) == 40


def test_value_at_another_rate():
	model = case()
	assert value_at_rate(model, BUY, D(0)) == 500
	assert value_at_rate(model, BUY, D("0.10")) == option_figures(model, BUY).npv


def test_options_of_unequal_life_are_told():
	model = case()
	both = [option_figures(model, option) for option in model.options]
	assert not have_unequal_lives(both)
	shorter = case([FlowLine(BUY, "x", CAPEX, 0, 1, D(1)), FlowLine(NOTHING, "y", OPEX, 0, 2, D(1))])
	assert have_unequal_lives([option_figures(shorter, option) for option in shorter.options])


def test_the_number_of_the_period_can_be_used():
	model = case(
		[FlowLine(BUY, "Grows", BENEFIT, 1, 3, formula="users * 2 ** period")],
		[a("users", 10, 5, 20)],
		rate="0",
	)
	assert model.flows(BUY).benefits == (0, 20, 40, 80)
	assert list(model.values(BUY, {"users": np.array([5.0, 10.0])})) == [70, 140]


@given(
	st.integers(1, 200),
	st.integers(0, 100),
	st.decimals("-0.5", "0.9", places=3),
	st.sampled_from((END, MID)),
)
def test_vector_and_exact_values_agree(users, support, rate, convention):
	model = case(rate=str(rate), convention=convention, period=MONTH)
	values = model.book.values({"users": D(users), "support": D(support)})
	exact = npv(model.flows(BUY, values).net, model.basis)
	drawn = model.values(BUY, {"users": np.array([float(users)]), "support": np.array([float(support)])})
	assert drawn[0] == pytest.approx(float(exact), rel=1e-9, abs=1e-6)


# Tornado and switching values


def test_tornado_by_hand():
	"""At 0 %: 30 more per user over three years, 3 less per unit of support."""
	bars = tornado(case(rate="0"), BUY)
	assert [(bar.assumption, bar.at_low, bar.at_high, bar.swing) for bar in bars] == [
		("users", -100, 1400, 1500),
		("support", 560, 410, 150),
	]


def test_switching_values_by_hand():
	found = {switch.assumption: switch for switch in switching_values(case(rate="0"), BUY)}
	assert found["users"].value == pytest.approx(60 - 500 / 30)
	assert found["users"].change == pytest.approx(-500 / 30 / 60)
	assert found["support"].value == pytest.approx(100 + 500 / 3)
	assert found["certain"].value is None


def test_the_switching_value_of_a_curve_is_the_nearest():
	line = [FlowLine(BUY, "Curve", BENEFIT, 0, 0, formula="x ** 2"), FlowLine(BUY, "Cost", OPEX, 0, 0, D(25))]
	(switch,) = switching_values(case(line, [a("x", 4, 3, 6)]), BUY)
	assert switch.value == pytest.approx(5)


def test_a_jump_across_a_pole_is_no_switching_value():
	line = [FlowLine(BUY, "Pole", BENEFIT, 0, 0, formula="100 / (x - 2)")]
	(switch,) = switching_values(case(line, [a("x", 3, 3, 4)]), BUY)
	assert switch.value is None


def test_where_the_recommendation_flips():
	"""At 0 % buying is worth -100 with 40 users, doing nothing -200; at 30 users it would be -400."""
	assert flips(case(rate="0"), BUY) == []
	assumptions = [a("users", 60, 30, 90), a("support", 100, 80, 130)]
	assert flips(case(assumptions=assumptions, rate="0"), BUY) == [("users", "low", NOTHING)]


# Simulation


def test_the_same_seed_gives_the_same_values():
	model = case()
	assert np.array_equal(simulate_values(model, BUY, 1000, 7), simulate_values(model, BUY, 1000, 7))
	assert not np.array_equal(simulate_values(model, BUY, 1000, 7), simulate_values(model, BUY, 1000, 8))


def test_a_uniform_assumption_by_theory():
	"""NPV at 0 % is 30 × users − 1,300 with users uniform in 40 … 90: percentiles and loss are exact in the limit."""
	assumptions = [a("users", 60, 40, 90, distribution=UNIFORM), a("support", 100)]
	found = simulate(case(assumptions=assumptions, rate="0"), BUY, 100_000, 3)
	assert found.p10 == pytest.approx(30 * 45 - 1300, abs=10)
	assert found.p50 == pytest.approx(30 * 65 - 1300, abs=10)
	assert found.p90 == pytest.approx(30 * 85 - 1300, abs=10)
	assert found.chance_of_loss == pytest.approx((1300 / 30 - 40) / 50, abs=0.005)
	assert sum(found.counts) == 100_000
	assert len(found.edges) == len(found.counts) + 1


@pytest.mark.parametrize(
	("distribution", "mean"), [("Triangular", (40 + 60 + 90) / 3), (PERT, (40 + 4 * 60 + 90) / 6)]
)
def test_the_mean_of_the_other_distributions_by_theory(distribution, mean):
	assumptions = [a("users", 60, 40, 90, distribution=distribution), a("support", 100)]
	found = simulate(case(assumptions=assumptions, rate="0"), BUY, 100_000, 3)
	assert found.mean == pytest.approx(30 * mean - 1300, abs=5)


def test_risks_cost_their_impact_as_often_as_they_happen():
	risk = Risk("Delay", D("0.25"), D(110), 1)
	assert risk.expected == D("27.5")
	model = case(assumptions=[a("users", 60), a("support", 100)], risks=[risk])
	values = simulate_values(model, BUY, 20_000, 5)
	without = float(option_figures(model, BUY).npv)
	assert set(np.round(values - without, 6)) == {0, -100}
	assert (values < without - 1).mean() == pytest.approx(0.25, abs=0.01)
	assert simulate(model, BUY, with_risks=False).p10 == pytest.approx(without)


def test_a_certain_case_has_one_value():
	found = simulate(case(assumptions=[a("users", 60), a("support", 100)], rate="0"), BUY)
	assert found.p10 == found.p50 == found.p90 == found.mean == 500
	assert found.chance_of_loss == 0


def test_a_certain_case_of_huge_amounts_has_a_histogram():
	"""Near the largest amount, 20 bins of a width of 1 are finer than binary fractions are."""
	found = simulate(case([FlowLine(BUY, "Huge", BENEFIT, 0, 0, D(10) ** 15)]), BUY, 100)
	assert (found.p50, sum(found.counts), len(found.edges)) == (1e15, 100, 21)


def test_a_formula_without_value_inside_its_range_names_the_flow():
	line = [FlowLine(BUY, "Per user", OPEX, 0, 0, formula="100 / users", row=9)]
	with pytest.raises(RowFormulaError, match=r"Row 9, flow Per user of Buy: .*divides by zero"):
		tornado(case(line, [a("users", 1, 0, 1)]), BUY)


# Amounts by formula are without a sign, like those that are entered


@pytest.mark.parametrize("kind", [CAPEX, OPEX, BENEFIT])
def test_a_formula_below_0_is_refused_with_row_flow_and_period(kind):
	"""100 − 60 × period is 100 in period 0, 40 in period 1 and −20 in period 2."""
	line = FlowLine(BUY, "Falling", kind, 0, 2, formula="100 - users * period", row=8)
	model = case([line], [a("users", 60)])
	for ask in (model.flows, model.spend, lambda option: model.values(option, {})):
		with pytest.raises(
			RowFormulaError, match=r"Row 8, flow Falling of Buy: .* -20(\.0+)? in period 2"
		) as refusal:
			ask(BUY)
		assert (refusal.value.row, refusal.value.field) == (8, "flows")
		assert "max(0, 100 - users * period)" in str(refusal.value)


def test_a_formula_that_can_fall_below_0_within_its_range_is_refused():
	line = [FlowLine(BUY, "Rest", OPEX, 0, 1, formula="100 - users", row=4)]
	model = case(line, [a("users", 60, 40, 101)])
	assert model.flows(BUY).opex == (40, 40)
	for ask in (tornado, simulate):
		with pytest.raises(RowFormulaError, match=r"Row 4, flow Rest of Buy: .*below 0"):
			ask(model, BUY)


def test_binary_fractions_do_not_make_nothing_negative():
	"""0.3 − 0.1 − 0.2 is 0; in binary it is −2.8e-17."""
	model = case([FlowLine(BUY, "Rest", OPEX, 0, 0, formula="x - 0.1 - 0.2")], [a("x", "0.3", "0.3", "0.4")])
	assert model.flows(BUY).opex == (0,)
	assert tornado(model, BUY)[0].at_low == 0


def test_an_amount_by_formula_has_nine_decimals():
	"""A third has no end; its rates of return would be reckoned with 28 digits of each amount."""
	model = case([FlowLine(BUY, "Third", OPEX, 0, 0, formula="users / 9")], [a("users", 6)])
	assert model.flows(BUY).opex == (D("0.666666667"),)


def test_huge_formulas_are_refused_before_their_rates_are_sought():
	"""Ten flows of up to 899,101 digits each kept a web worker busy without an end."""
	for formula in ("(10 ** 999) ** 900", "(10 ** 999) ** (900 + period)"):
		lines = [
			FlowLine(BUY, "Once", CAPEX, 0, 0, D(1)),
			FlowLine(BUY, "Big", BENEFIT, 1, 10, formula=formula),
		]
		model = case(lines, [a("users", 1)])
		for ask in (lambda option, model=model: option_figures(model, option), model.spend):
			with pytest.raises(RowFormulaError, match="Row –, flow Big of Buy: "):
				ask(BUY)


def test_max_keeps_a_formula_at_0():
	model = case(
		[FlowLine(BUY, "Rest", OPEX, 0, 1, formula="max(0, 100 - users)")], [a("users", 60, 40, 200)]
	)
	assert (tornado(model, BUY)[0].at_low, tornado(model, BUY)[0].at_high) == (
		pytest.approx(-60 - 60 / 1.1),
		0,
	)


def test_a_switching_value_is_none_that_needs_an_amount_below_0():
	"""Support would have to be −50 a year."""
	lines = [FlowLine(BUY, "Licence", CAPEX, 0, 0, D(50)), FlowLine(BUY, "Support", OPEX, 0, 0, formula="x")]
	(switch,) = switching_values(case(lines, [a("x", 10)]), BUY)
	assert switch.value is None


def test_a_switching_value_just_before_an_amount_falls_below_0_is_found():
	lines = [FlowLine(BUY, "Saved", BENEFIT, 0, 0, formula="100 - x"), FlowLine(BUY, "Fee", OPEX, 0, 0, D(1))]
	(switch,) = switching_values(case(lines, [a("x", 50)]), BUY)
	assert switch.value == pytest.approx(99)


# Money needed


def test_spend_with_reserves_told_by_month_and_year():
	model = case(risks=[Risk("Delay", D("0.5"), D(80), 2, D(40))])
	spend = model.spend(BUY)
	assert spend == [1000, 100, 140, 100]
	months = spend_by_month(spend, date(2026, 7, 15), model.basis)
	assert months[date(2026, 7, 1)] == 1000 + D(100) / 12
	assert sum(months.values()).quantize(D("0.01")) == 1340
	years = {str(year): (date(year, 1, 1), date(year, 12, 31)) for year in (2026, 2027, 2028)}
	found, uncovered = spend_by_year(spend, date(2026, 7, 15), model.basis, years)
	assert {name: amount.quantize(D("0.01")) for name, amount in found.items()} == {
		"2026": 1050,
		"2027": 120,
		"2028": 120,
	}
	assert uncovered == tuple(date(2029, month, 1) for month in range(1, 7))


# Bad input


def flow(**more) -> FlowLine:
	return FlowLine(
		**{"option": BUY, "item": "x", "kind": OPEX, "first": 0, "last": 1, "amount": D(1), "row": 5, **more}
	)


@pytest.mark.parametrize(
	("lines", "error", "message"),
	[
		([flow(), flow(first=1, row=6)], PeriodError, "Rows 5 and 6: x of Buy is in period 1 twice"),
		(
			[flow(), flow(first=3, last=4, row=6)],
			PeriodError,
			"Buy has no flow in period 2, but before and after",
		),
		([flow(first=2, last=1)], PeriodError, "Row 5, flow x: periods 2 to 1 are not in order"),
		([flow(first=-1)], PeriodError, "Row 5, flow x: periods -1 to 1 are not in order"),
		([flow(last=601)], PeriodError, "within 0 to 600"),
		([flow(option="Rent")], CaseError, "Row 5: there is no option Rent. Choose one of: Buy, Do nothing"),
		([flow(kind="Tax")], CaseError, "Row 5: Tax is not a kind of flow"),
		([flow(amount=D(-1))], CaseError, "Row 5, flow x: amounts are entered without a sign"),
		([flow(formula="users")], CaseError, "Row 5, flow x has an amount and a formula"),
		(
			[flow(amount=D(0), formula="users *")],
			RowFormulaError,
			"Row 5, flow x of Buy: Position 8: this is no complete formula",
		),
		(
			[flow(amount=D(0), formula="usres")],
			RowFormulaError,
			"Row 5, flow x of Buy: Position 1: there is no variable usres",
		),
		(
			[flow(amount=D("1e999990"))],
			CaseError,
			"Row 5, flow x: an amount is larger than 1,000,000,000,000,000",
		),
		(
			[flow(item=str(number), last=599, row=number + 1) for number in range(34)],
			SizeError,
			"The flows have 20400 amounts, one per flow and period; 20000 are allowed. Bring flows together",
		),
		([flow(item=str(number)) for number in range(1001)], SizeError, "can have 1000 flows; this has 1001"),
	],
)
def test_bad_flows_name_their_rows(lines, error, message):
	with pytest.raises(error) as refusal:
		case(lines)
	assert message in str(refusal.value)


@pytest.mark.parametrize(
	("risk", "message"),
	[
		(Risk("Late", D("1.1"), D(1), row=2), "Row 2, risk Late: the probability is not between 0 and 100 %"),
		(
			Risk("Late", D("0.1"), D("1e16"), row=2),
			"Row 2, risk Late: impact or reserve is larger than 1,000,000,000,000,000",
		),
		(
			Risk("Late", D("0.1"), D(-1), row=2),
			"Row 2, risk Late: impact and reserve are entered without a sign",
		),
		(Risk("Late", D("0.1"), D(1), 601, row=2), "Row 2, risk Late: period 601 is outside 0 to 600"),
	],
)
def test_bad_risks_name_their_rows(risk, message):
	with pytest.raises(CaseError) as refusal:
		case(risks=[risk])
	assert message in str(refusal.value)


def test_double_options_and_wild_numbers_of_draws_are_refused():
	with pytest.raises(CaseError, match="Option Buy is there twice"):
		make_model([BUY, BUY], make_book([]), [], Basis(D(0)))
	for draws in (0, 99, 100_001, 10**12):
		with pytest.raises(SizeError, match="outside 100 to 100000"):
			simulate(case(), BUY, draws)
