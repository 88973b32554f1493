"""FM-15: scenarios are checked row by row, and agree with runs on the same data."""

import frappe

from itil_strategy.exceptions import StrategyScenarioError
from itil_strategy.it_finance.scenario.effect import base_of, get_effect, work_out
from itil_strategy.it_finance.scenario.plan import build_plans
from itil_strategy.tests.allocation import book, submitted_allocation
from itil_strategy.tests.business_cases import make_case
from itil_strategy.tests.compat import SiteTestCase
from itil_strategy.tests.factories import make_service, published_run, unique
from itil_strategy.tests.scenarios import (
	COST,
	LAUNCH,
	PRICE,
	RETIRE,
	USAGE,
	change,
	make_company,
	make_scenario,
)
from itil_strategy.tests.setup import COMPANY, OTHER_COMPANY
from itil_strategy.utils.service_cost import stranded_cost_per_year


def figures(doc, year: int = 1, side: str = "after") -> dict[str, tuple[float, float]]:
	"""Cost and charge by service, and by kind of what nobody bears."""
	lines = work_out([doc])[doc.name].year(year)
	return {
		line.bearer.service or line.bearer.kind: (
			float(getattr(line, side).cost),
			float(getattr(line, side).charged),
		)
		for line in lines
	}


class TestStrategyScenario(SiteTestCase):
	def setUp(self):
		super().setUp()
		self.codes = tuple(unique(prefix) for prefix in ("NET", "MAIL", "FILES"))

	def company(self, **values):
		world = make_company(self.codes, **values)
		self.net, self.mail, self.files = self.codes
		return world

	def test_the_base_by_hand(self):
		"""NET 1,100 keeps 220; MAIL 200 + 100 + 330; FILES 100 + 550, charged at cost; MAIL 40 × 10; twelve times."""
		self.company()
		found = figures(make_scenario(), side="before")
		self.assertEqual(found[self.net], (2640, 0))
		self.assertEqual(found[self.mail], (7560, 4800))
		self.assertEqual(found[self.files], (7800, 7800))

	def test_the_base_is_what_runs_say(self):
		"""A submitted allocation and published charges of the two months come to the same, six times."""
		self.company()
		before = figures(make_scenario(), side="before")
		submitted_allocation("2026-01-01", "2026-02-28")
		run = published_run("2026-01-01", period_end="2026-02-28")
		self.assertEqual(figures(make_scenario(), side="before"), before)
		charged = frappe.get_all(
			"Service Charge", {"charging_run": run.name}, ["it_service", "amount"], limit=0
		)
		for service in (self.mail, self.files):
			amount = sum(row.amount for row in charged if row.it_service == service)
			self.assertEqual(round(6 * amount, 2), before[service][1], service)

	def test_retiring_equals_everything_on_data_without_the_service(self):
		frappe.db.savepoint("whole")
		self.company()
		retired = figures(make_scenario(change(RETIRE, self.mail)))
		# by hand: NET 1,150 gives half to FILES, which has 150 of the building
		self.assertEqual((retired[self.net], retired[self.files]), ((6900, 0), (8700, 8700)))
		self.assertEqual(retired.pop(self.mail), (0, 0))
		frappe.db.rollback(save_point="whole")
		self.company(with_mail=False)
		self.assertFalse(frappe.db.exists("IT Service", self.mail))
		self.assertEqual(retired, figures(make_scenario()))

	def test_retiring_agrees_with_the_stranded_cost_of_the_retirement_analysis(self):
		self.company()
		submitted_allocation("2026-01-01", "2026-02-28")
		for service in self.codes:
			doc = make_scenario(change(RETIRE, service))
			before, after = figures(doc, side="before"), figures(doc)
			others = set(before) - {service}
			moved = sum(after.get(name, (0, 0))[0] - before[name][0] for name in others if name in self.codes)
			stranded = stranded_cost_per_year(COMPANY, [service], base_of(doc).months)[service]
			self.assertEqual(round(moved, 2), float(stranded), service)

	def test_each_kind_of_change(self):
		"""Usage half more: 60 × 10. Price a tenth more: 11. Cost of MAIL a tenth more: 20 a month."""
		self.company()
		for row, expected in (
			(change(USAGE, self.mail, percent=50), (7560, 7200)),
			(change(PRICE, self.mail, percent=10), (7560, 5280)),
			(change(COST, self.mail, percent=10), (7800, 4800)),
		):
			self.assertEqual(figures(make_scenario(row))[self.mail], expected, row["kind"])

	def test_a_change_from_july_on_counts_for_half_a_year_then_whole_ones(self):
		self.company()
		doc = make_scenario(change(COST, self.mail, percent=10, from_date="2027-07-15"), years=2)
		self.assertEqual(str(doc.changes[0].from_date), "2027-07-01")
		self.assertEqual([figures(doc, year)[self.mail][0] for year in (1, 2)], [7680, 7800])

	def test_a_launch_takes_the_recommended_option_against_doing_nothing(self):
		"""Running 100 less 50 a year, less 50 in period 0; 1,000 invested; 600 gained a year."""
		self.company()
		case = make_case(make_service(service_name="CHAT", stage="Chartered"))
		doc = make_scenario(change(LAUNCH, business_case=case.name), years=2)
		self.assertEqual(doc.changes[0].it_service, case.it_service)
		first, second = (work_out([doc])[doc.name].year(year) for year in (1, 2))
		lines = [
			next(line for line in lines if line.bearer.service == case.it_service)
			for lines in (first, second)
		]
		self.assertEqual(
			[(line.after.cost, line.after.investment, line.after.benefits) for line in lines],
			[(0, 1000, 600), (50, 0, 600)],
		)
		(flows,) = [row.flows for row in build_plans([doc])[doc.name].changes]
		self.assertEqual((len(flows.running), sum(flows.running)), (36, 100))

	def test_nothing_is_written(self):
		self.company()
		tables = (
			"Service Cost",
			"Service Charge",
			"GL Entry",
			"Usage Claim",
			"Cost Allocation Run",
			"Charging Run",
		)
		count = lambda: [frappe.db.count(doctype) for doctype in tables]  # noqa: E731
		doc = make_scenario(change(RETIRE, self.mail), change(PRICE, self.files, percent=10))
		before = count()
		get_effect(doc.name)
		self.assertEqual(count(), before)

	def test_totals_on_the_form(self):
		"""Without MAIL 200 a month less are booked, and 400 a month not charged."""
		self.company()
		book(
			7,
			None,
			"2026-01-20",
			account=frappe.db.get_value("Account", {"company": COMPANY, "account_name": "Postal Expenses"}),
		)
		(year,) = get_effect(make_scenario(change(RETIRE, self.mail)).name)["years"]
		self.assertEqual(round(year["cost_after"] - year["cost_before"], 2), -2400)
		# FILES is charged at cost: 8,700 instead of 7,800
		self.assertEqual(round(year["charged_after"] - year["charged_before"], 2), -4800 + 900)
		self.assertEqual(round(year["effect"], 2), 2400 - 3900)

	def refused(self, words: str, *rows, **values):
		with self.assertRaisesRegex(StrategyScenarioError, words):
			make_scenario(*rows, **values)

	def test_refusals(self):
		self.company()
		case = make_case()
		foreign = make_case(company=OTHER_COMPANY, insert=False)
		for words, rows, values in (
			("Base Until is in the future", (), {"base_until": "2999-01-31", "start_date": "2999-02-01"}),
			("Years must be from 1 to 10; it is 11", (), {"years": 11}),
			("Row 1: From is after the last year", (change(RETIRE, self.mail, from_date="2028-01-01"),), {}),
			("Row 1: choose what Change Usage", (change(USAGE, percent=1),), {}),
			("Row 1: the change is 0 %", (change(COST, self.mail),), {}),
			("Row 1: the change is -150 %", (change(PRICE, self.mail, percent=-150),), {}),
			("Rows 1 and 2 are the same", (change(RETIRE, self.mail), change(RETIRE, self.mail)), {}),
			("Row 1: Choose the business case", (change(LAUNCH),), {}),
			(
				"Row 2 is about .*, which row 1 retires before",
				(change(RETIRE, case.it_service), change(LAUNCH, business_case=case.name)),
				{},
			),
		):
			self.refused(words, *rows, **values)
		foreign.flags.ignore_validate = True
		foreign.insert()
		self.refused("is a case of", change(LAUNCH, business_case=foreign.name))
		case.db_set("recommended_option", None)
		self.refused("recommends no option", change(LAUNCH, business_case=case.name))

	def test_an_offering_says_its_service_and_other_fields_are_emptied(self):
		world = self.company()
		offering = world.offerings[self.mail].name
		doc = make_scenario(
			change(PRICE, self.files, service_offering=offering, percent=5),
			change(RETIRE, self.files, service_offering=offering, percent=5),
		)
		self.assertEqual((doc.changes[0].it_service, doc.changes[0].percent), (self.mail, 5))
		self.assertEqual((doc.changes[1].service_offering, doc.changes[1].percent), (None, 0))

	def test_a_circle_that_serves_only_itself_is_named(self):
		self.company()
		frappe.db.set_value("Service Dependency", {"parent": self.files}, "share", 100)
		frappe.db.delete("Service Dependency", {"parent": self.mail})
		net = frappe.get_doc("IT Service", self.net)
		net.append("dependencies", {"depends_on": self.files, "share": 100, "is_critical": 0})
		net.save()
		with self.assertRaisesRegex(StrategyScenarioError, "serve only each other"):
			get_effect(make_scenario().name)
