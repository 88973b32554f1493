"""Two services that share a rent, one of which takes half of the other; a base of one month, in EUR."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from itil_strategy.domain.allocation_types import AllocationRequest, Basis, Method, Pool
from itil_strategy.domain.charging import OfferingTerms
from itil_strategy.domain.dependencies import Dependency
from itil_strategy.domain.scenario import run_scenario
from itil_strategy.domain.scenario_types import BaseFacts, Bearer, Change, Plan, ScenarioResult
from tests.unit.charging_examples import JANUARY, policy, request, usage

D = Decimal
START = date(2027, 1, 1)


def allocation(**values) -> AllocationRequest:
	"""Mail 600 and shop 400 of their own, 300 of rent in equal parts; shop takes 50 % of mail."""
	return AllocationRequest(
		**{
			"method": Method.RECIPROCAL,
			"direct": {"mail": {"Labour": D(600)}, "shop": {"Labour": D(400)}},
			"receivers": ("mail", "shop"),
			"pools": (Pool("Rent", Basis.EQUAL, {"Facilities": D(300)}),),
			"dependencies": (Dependency("shop", "mail", share=D(50)),),
			**values,
		}
	)


def facts(policies=None, groups=None, months=(JANUARY,), **values) -> BaseFacts:
	"""10 of MAIL at 50 and 20 of SHOP at 40 in every base month."""
	policies = policies or [
		policy("M", unit_price=50),
		policy("S", offering="SHOP", unit_price=40),
	]
	groups = groups or [
		group
		for month in months
		for group in (usage(10, month=month), usage(20, offering="SHOP", month=month))
	]
	charging = request(policies, groups)
	names = {terms.offering for terms in charging.offerings} | {"SHOP"}
	charging = replace(
		charging,
		offerings=tuple(OfferingTerms(name, name.lower(), "Nos") for name in sorted(names)),
		services={
			name: replace(terms, provider_cost_center="IT") for name, terms in charging.services.items()
		},
	)
	request_of = values.pop("allocation", None) or allocation()
	return BaseFacts(dict.fromkeys(months, request_of), charging, **values)


def run(*changes: Change, base: BaseFacts | None = None, years: int = 1) -> ScenarioResult:
	return run_scenario(base or facts(), Plan(START, years, changes))


def money(result: ScenarioResult, service: str, year: int = 1) -> tuple[str, str]:
	"""Cost and charge of a service after the changes."""
	line = next(line for line in result.year(year) if line.bearer == Bearer(service))
	return f"{line.after.cost:.2f}", f"{line.after.charged:.2f}"
