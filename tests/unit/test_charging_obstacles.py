"""Every obstacle at once, each one sentence that says what, where and the way out (design, section 9)."""

from datetime import date

import pytest

from itil_strategy.domain.charging import ChargedBefore, PayerTerms, ServiceTerms, calculate
from itil_strategy.domain.periods import month_period

from .charging_examples import FEBRUARY, JANUARY, D, obstacles, policy, request, service, tiers, usage


@pytest.mark.parametrize(
	("rules", "message"),
	[
		(
			[],
			"No charging policy covers MAIL for Retail from 2026-01-01 to 2026-01-31."
			" Create one, with the method None if it is free.",
		),
		(
			[policy("A"), policy("B")],
			"Policies A and B are equally exact and valid on the same day. End one before the other starts.",
		),
		(
			[policy(currency="USD")],
			"There is no exchange rate from USD to EUR for 2026-01-31. Add a Currency Exchange of that day.",
		),
		(
			[policy("T", "Graduated")],
			"Policy T: There are no tiers. Enter at least one, starting at 0.",
		),
		(
			[policy("T", "Volume", tiers=tiers((0, 5, 1)))],
			"Policy T: The quantity 7 is beyond the last tier. Add a tier or leave the last one without upper limit.",
		),
		(
			[policy("K", "Package", unit_price=1)],
			"Policy K: The package size must be above 0.",
		),
	],
)
def test_a_policy_that_cannot_price(rules, message):
	assert obstacles(rules, [usage(7)]) == [message]


def test_a_policy_that_starts_after_the_usage():
	rules = [policy(valid_from=date(2026, 1, 10))]
	(message,) = obstacles(rules, [usage(2, days=[(9, 1), (10, 1)])])
	assert "from 2026-01-01 to 2026-01-09" in message
	assert obstacles(rules, [usage(1, days=[(10, 1)])]) == []


@pytest.mark.parametrize(
	"terms",
	[service("mail", operational_from=FEBRUARY), service("mail", last_day=date(2025, 12, 31))],
)
def test_usage_outside_the_life_of_the_service(terms):
	(message,) = obstacles([policy()], [usage(1)], services={"mail": terms})
	assert message == (
		"Usage of MAIL by Retail in 2026-01 is outside the life of service mail."
		" Correct the usage or the dates of the service."
	)


def test_the_last_day_is_inclusive():
	lives = {"mail": service("mail", date(2026, 1, 10), date(2026, 1, 20))}
	assert obstacles([policy()], [usage(2, days=[(10, 1), (20, 1)])], services=lives) == []
	assert len(obstacles([policy()], [usage(2, days=[(9, 1), (20, 1)])], services=lives)) == 1
	assert len(obstacles([policy()], [usage(2, days=[(10, 1), (21, 1)])], services=lives)) == 1


def test_a_policy_from_the_first_day_of_the_service_needs_no_days_before():
	rules = [policy(valid_from=date(2026, 1, 10), minimum=31)]
	lives = {"mail": service("mail", operational_from=date(2026, 1, 10))}
	(charge,) = calculate(request(rules, [usage(1)], services=lives)).charges
	assert charge.amount == D("22.00")  # 31 x 22/31 days


def test_an_unknown_offering():
	assert obstacles([policy()], [usage(1)], offerings=()) == [
		"Offering MAIL does not exist. Create it or correct the usage."
	]


def test_a_service_without_provider():
	nobody = {"mail": ServiceTerms("mail")}
	(message,) = obstacles([policy()], [usage(1)], services=nobody)
	assert message.startswith("Service mail has no active provider cost center in this company.")
	shown = {"Retail": PayerTerms("Retail", "CC", "Showback")}
	assert obstacles([policy()], [usage(1)], services=nobody, payers=shown) == []


def test_what_another_policy_charged_is_not_charged_again():
	(message,) = obstacles(
		[policy("New", unit_price=2)],
		[usage(1)],
		period=month_period(FEBRUARY),
		prior_usage={("Retail", "MAIL", JANUARY): (D(5), None)},
		charged_before=(ChargedBefore("Retail", "MAIL", JANUARY, "Old", D(5), D(10)),),
	)
	assert message == (
		"MAIL of Retail in 2026-01 was charged by policy Old, which does not cover it any more."
		" Restore the policy for that month, or reverse the run and charge the month again."
	)


def test_all_obstacles_at_once_each_once_in_a_fixed_order():
	rules = [
		policy("A"),
		policy("B"),
		policy("C", offering="DISK", currency="USD"),
		policy("D", offering="NET", currency="USD"),
	]
	groups = [
		usage(1, "Z", offering="DISK"),
		usage(1, "Y", offering="NET"),
		usage(1, "Y"),
		usage(1, "X"),
		usage(1, "X", offering="VOICE"),
	]
	result = calculate(request(rules, groups))
	assert [(obstacle.kind, obstacle.subject) for obstacle in result.obstacles] == [
		("Policy", "MAIL"),
		("Policy", "VOICE"),
		("Currency", "USD"),
	]
	assert calculate(request(rules[::-1], groups[::-1])).obstacles == result.obstacles
