"""FM-9 to FM-11: from usage to charges. Amounts are computed by hand; the arithmetic stands beside them."""

from datetime import date

import pytest

from itil_strategy.domain.charging import PayerTerms, calculate, charge_mode, needs_days
from itil_strategy.domain.periods import month_period
from itil_strategy.domain.policies import PolicyBook

from .charging_examples import (
	FEBRUARY,
	JANUARY,
	MARCH,
	D,
	amounts,
	before,
	charged,
	obstacles,
	policy,
	prior,
	quarter,
	request,
	service,
	tiers,
	usage,
)

CLOUD_TIERS = tiers((0, 10_000, "0.0010"), (10_000, 50_000, "0.0008"), (50_000, 100_000, "0.0006"))
TEN_AT_ONE = tiers((0, 10, 1), (10, None, "0.50"))


@pytest.mark.parametrize(
	("rule", "quantity", "amount"),
	[
		(policy(unit_price="2.50"), 12, "30.00"),  # 12 x 2.50
		(policy(method="Graduated", tiers=CLOUD_TIERS), 65_000, "51.00"),  # 10 + 32 + 9 (design, section 8)
		(policy(method="Volume", tiers=CLOUD_TIERS), 65_000, "39.00"),  # 65,000 x 0.0006 (section 8)
		(policy(method="Graduated", tiers=TEN_AT_ONE), 12, "11.00"),  # 10 + 2 x 0.50 (section 8)
		(policy(method="Volume", tiers=TEN_AT_ONE), 12, "6.00"),  # 12 x 0.50 (section 8)
		(policy(method="Package", package_size=1000, unit_price=15), 3000, "45.00"),  # 3 whole packages
		(policy(method="Package", package_size=1000, unit_price=15), 3001, "60.00"),  # a fourth is begun
		(policy(unit_price=24, minimum=240), 8, "240.00"),  # 192 is below the minimum
		(policy(unit_price=24, minimum=240), 14, "336.00"),  # 14 x 24
		(policy(method="Fixed Fee", fixed_fee=450), 7, "450.00"),
		(policy(method="None"), 7, "0.00"),
		(policy(unit_price="0.005"), 1, "0.01"),  # half a cent goes up
		(policy(unit_price="0.005"), -1, "-0.01"),  # by absolute value
		(policy(unit_price="1.2345", rounding_precision=0), 2, "2.00"),  # 2.469 to whole euros
	],
)
def test_one_charge_by_each_method(rule, quantity, amount):
	assert amounts([rule], [usage(quantity)]) == [("Retail", amount)]


def test_a_charge_says_how_it_came_about():
	(charge,) = charged(
		[policy("Steps", "Graduated", tiers=TEN_AT_ONE)],
		[usage(12)],
		payers={"Retail": PayerTerms("Retail", "Retail CC", "Chargeback")},
	)
	assert (charge.key, charge.service, charge.uom) == (
		("Retail", "MAIL", JANUARY, "Steps", "Usage", 0),
		"mail",
		"Nos",
	)
	assert (charge.mode, charge.cost_center, charge.provider_cost_center) == ("Chargeback", "Retail CC", "IT")
	assert [(step.label, step.amount) for step in charge.steps] == [("0-10", 10), ("10-…", 1)]
	assert not charge.is_late


def test_prices_in_another_currency_are_rounded_twice():
	(charge,) = charged(
		[policy(unit_price="1.05", currency="USD")], [usage("98.115")], rates={"USD": D("0.92")}
	)
	assert charge.price_amount == D("103.02")  # 103.02075 USD
	assert charge.amount == D("94.78")  # 103.02 x 0.92 = 94.7784 EUR
	assert (charge.currency, charge.exchange_rate) == ("USD", D("0.92"))


@pytest.mark.parametrize(
	("run_mode", "method", "terms", "mode"),
	[
		("Chargeback", "Per Unit", None, "Chargeback"),  # external
		("Showback", "Per Unit", None, "Showback"),
		("Chargeback", "None", None, "Showback"),
		("Chargeback", "Per Unit", PayerTerms("R", "CC", "Showback"), "Showback"),
		("Chargeback", "Per Unit", PayerTerms("R", "CC", "Chargeback"), "Chargeback"),
		("Chargeback", "Per Unit", PayerTerms("R", "CC", "Chargeback", JANUARY), "Chargeback"),
		("Chargeback", "Per Unit", PayerTerms("R", "CC", "Chargeback", FEBRUARY), "Showback"),
		("Showback", "Per Unit", PayerTerms("R", "CC", "Chargeback"), "Showback"),
	],
)
def test_mode(run_mode, method, terms, mode):
	assert charge_mode(run_mode, method, terms, JANUARY) == mode


# Late usage


def late_run(rules, first, late, **values):
	"""January's run, then February's with usage of January that came late."""
	earlier = charged(rules, first, **values)
	return charged(
		rules,
		late,
		period=month_period(FEBRUARY),
		prior_usage=prior(first),
		charged_before=before(earlier),
		**values,
	)


def test_late_usage_is_charged_with_all_of_its_month():
	(charge,) = late_run(
		[policy(method="Package", package_size=1000, unit_price=15)], [usage(11_800)], [usage(400)]
	)
	assert charge.amount == D("15.00")  # 13 packages (12,200) less the 12 charged
	assert (charge.quantity, charge.month, charge.is_late) == (400, JANUARY, True)
	assert [(step.label, step.amount) for step in charge.steps] == [
		("packages of 1000", 195),
		("charged before", -180),
	]


def test_late_usage_that_reaches_a_cheaper_volume_gives_money_back():
	rule = policy(method="Volume", tiers=tiers((0, 2000, "0.11"), (2000, None, "0.09")))
	(charge,) = late_run([rule], [usage(1999)], [usage(1)])
	assert charge.amount == D("-39.89")  # 2000 x 0.09 = 180.00 less 1999 x 0.11 = 219.89


def test_late_correction_is_a_credit():
	(charge,) = late_run([policy(unit_price=2)], [usage(10)], [usage(-4)])
	assert (charge.quantity, charge.amount) == (-4, D("-8.00"))


def test_a_late_credit_is_the_difference_of_rounded_prices():
	(charge,) = late_run([policy(unit_price="0.005")], [usage(4000)], [usage(-1999)])
	assert charge.amount == D("-9.99")  # 2,001 x 0.005 = 10.005, rounded 10.01, less 20.00


def test_late_usage_within_what_is_paid_is_shown_without_a_price():
	(charge,) = late_run([policy(unit_price=24, minimum=240)], [usage(8)], [usage(1)])
	assert (charge.quantity, charge.amount) == (1, D("0.00"))  # 9 x 24 = 216 is still below 240


def test_late_rows_that_add_up_to_nothing_are_no_charge():
	assert late_run([policy(unit_price=2)], [usage(10)], [usage(0)]) == ()


def test_usage_of_zero_is_shown_once():
	assert amounts([policy(unit_price=2)], [usage(0)]) == [("Retail", "0.00")]


# The policy changes within the month


OLD_AND_NEW = (
	policy("Old", unit_price=18, minimum=310, valid_to=date(2026, 1, 15)),
	policy("New", unit_price="19.50", valid_from=date(2026, 1, 16)),
)


def test_each_part_of_a_month_is_priced_alone():
	steps = tiers((0, 10, 1), (10, None, "0.50"))
	rules = [
		policy("A", "Graduated", tiers=steps, valid_to=date(2026, 1, 15)),
		policy("B", "Graduated", tiers=steps, valid_from=date(2026, 1, 16)),
	]
	charges = charged(rules, [usage(20, days=[(15, 12), (16, 8)])])
	# 12: 10 + 2 x 0.50; 8: from zero again
	assert [(c.policy, c.quantity, c.amount) for c in charges] == [("A", 12, D("11.00")), ("B", 8, D("8.00"))]


def test_minimum_is_due_pro_rata_even_for_the_part_without_usage():
	charges = charged(OLD_AND_NEW, [usage(2, days=[(20, 2)])])
	# 310 x 15/31 = 150; 2 x 19.50
	assert [(c.policy, c.amount) for c in charges] == [("New", D("39.00")), ("Old", D("150.00"))]


def test_a_policy_interrupted_by_a_more_exact_one_is_one_charge():
	rules = [
		policy("General", "Graduated", tiers=TEN_AT_ONE, minimum=31),
		policy(
			"Own", customer="Retail", unit_price=0, valid_from=date(2026, 1, 10), valid_to=date(2026, 1, 20)
		),
	]
	charges = charged(rules, [usage(50, days=[(5, 10), (15, 20), (25, 20)])])
	# General: 30 units on 20 days: 10 + 20 x 0.50 = 20, the minimum of 31 x 20/31 days is 20 as well
	assert [(c.policy, c.quantity, c.amount) for c in charges] == [
		("General", 30, D("20.00")),
		("Own", 20, D("0.00")),
	]


def test_days_are_needed_where_the_policy_changes():
	book = PolicyBook(OLD_AND_NEW)
	assert needs_days(book, "mail", "MAIL", "Retail", JANUARY)
	assert not needs_days(book, "mail", "MAIL", "Retail", FEBRUARY)
	assert not needs_days(PolicyBook([policy("A"), policy("B")]), "mail", "MAIL", "Retail", JANUARY)
	with pytest.raises(ValueError, match="by day"):
		calculate(request(OLD_AND_NEW, [usage(2)]))
	with pytest.raises(ValueError, match="by day"):
		calculate(request(OLD_AND_NEW, [usage(2, days=[(20, 1)])]))


def test_late_usage_is_charged_by_the_policy_of_its_day():
	first = [usage(3, days=[(3, 3)])]
	charges = late_run(OLD_AND_NEW, first, [usage(2, days=[(31, 2)])])
	assert [(c.policy, c.amount) for c in charges] == [("New", D("39.00"))]  # the minimum of Old is paid


# Fees


def test_a_named_customer_owes_the_fee_of_every_month():
	rule = policy(method="Fixed Fee", fixed_fee=620, customer="Logistics", valid_from=date(2026, 2, 10))
	charges = charged([rule], period=quarter())
	# 620 x 19/28 = 420.714...; then whole
	assert [(c.month, c.kind, c.amount, c.quantity) for c in charges] == [
		(FEBRUARY, "Fixed", D("420.71"), 0),
		(MARCH, "Fixed", D("620.00"), 0),
	]


def test_a_named_customer_owes_the_minimum_without_usage():
	rule = policy(unit_price=24, minimum=240, customer="Orchard")
	assert amounts([rule]) == [("Orchard", "240.00")]


def test_a_general_fee_is_due_from_users_only():
	rule = policy(method="Fixed Fee", fixed_fee=100)
	assert amounts([rule]) == []
	assert amounts([rule], [usage(3)]) == [("Retail", "100.00")]


def test_a_fee_is_due_while_the_service_lives():
	rule = policy(method="Fixed Fee", fixed_fee=310, customer="Retail")
	lives = {"mail": service("mail", date(2026, 1, 11), date(2026, 1, 20))}
	assert amounts([rule], services=lives) == [("Retail", "100.00")]  # 10 of 31 days
	assert amounts([rule], services={"mail": service("mail", last_day=date(2025, 12, 31))}) == []


def test_a_fee_is_charged_once():
	rule = policy(method="Fixed Fee", fixed_fee=310, customer="Retail")
	earlier = charged([rule])
	assert charged([rule], charged_before=before(earlier)) == ()


def test_an_amount_of_exactly_half_a_cent_survives_the_division_by_days():
	# 0.14 x 1/28 = 0.005, although 1/28 is no finite decimal
	day = date(2026, 2, 28)
	rule = policy(method="Fixed Fee", fixed_fee="0.14", customer="Retail", valid_from=day, valid_to=day)
	assert amounts([rule], period=month_period(FEBRUARY)) == [("Retail", "0.01")]


def test_long_quantities_are_exact():
	quantity = D("999999999999.000000000000000001")
	(charge,) = charged([policy(unit_price=1)], [usage(quantity), usage(quantity)])
	assert charge.quantity == D("1999999999998.000000000000000002")


def test_a_formula_is_priced_by_the_days_of_its_policy():
	first = policy(
		"First", "Formula", formula="quantity * unit_price", unit_price=2, valid_to=date(2026, 1, 10)
	)
	second = policy(
		"Second",
		"Formula",
		formula="fixed_fee * days / month_days",
		fixed_fee=31,
		valid_from=date(2026, 1, 11),
	)
	# 4 x 2; 31 x 21 / 31 days
	rows = charged([first, second], [usage(5, days=[(10, 4), (11, 1)])])
	assert {row.policy: row.amount for row in rows} == {"First": 8, "Second": 21}


def test_a_formula_with_a_fee_is_owed_without_usage_by_the_customer_it_names():
	fee = policy("Fee", "Formula", formula="fixed_fee + quantity", fixed_fee=100, customer="Retail")
	assert amounts([fee]) == [("Retail", "100.00")]
	by_usage = policy("By usage", "Formula", formula="quantity * 3 / quantity", customer="Retail")
	assert amounts([by_usage]) == []


def test_a_formula_without_a_value_is_an_obstacle_that_names_policy_and_place():
	(message,) = obstacles([policy("Odd", "Formula", formula="1 / (quantity - 5)")], [usage(5)])
	assert message == "Policy Odd: Position 1: this divides by zero."
