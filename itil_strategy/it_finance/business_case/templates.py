"""Templates of three common cases: texts that ask the right questions, assumptions and flows to adapt (FM-7)."""

from typing import Any


def _assumption(
	variable: str, assumption: str, unit: str, low: float, base: float, high: float
) -> dict[str, Any]:
	return {
		"variable": variable,
		"assumption": assumption,
		"unit": unit,
		"low_value": low,
		"base_value": base,
		"high_value": high,
		"distribution": "Triangular",
		"source": "Estimate",
	}


def _flow(option: str, item: str, kind: str, first: int, last: int, formula: str) -> dict[str, Any]:
	return {
		"option_title": option,
		"item": item,
		"kind": kind,
		"first_period": first,
		"last_period": last,
		"formula": formula,
	}


def _options(title: str, description: str, nothing: str) -> list[dict[str, Any]]:
	return [
		{"option_title": title, "description": description},
		{"option_title": "Do nothing", "description": nothing, "is_doing_nothing": 1},
	]


NOTHING = "Do nothing"
TEMPLATES: dict[str, dict[str, Any]] = {
	"New Service": {
		"purpose": "A service that does not exist yet: what it costs to build and run, and what customers gain.",
		"values": {
			"introduction": "<p><b>Need.</b> Which customers ask for what, and why now?</p><p><b>Objectives.</b> Which strategic objectives does the service serve?</p><p><b>Scope.</b> What is included, and what is not?</p>",
			"methods": "<p>Costs from offers and day rates; demand from the customers' forecasts; benefits confirmed by their owners. All amounts in today's prices, without tax.</p>",
			"impacts": "<p><b>For whom</b> does what change, from when? Which benefits can be measured, and how?</p>",
			"contingencies": "<p>What if demand comes later or is smaller? What can still be stopped, and what does stopping cost?</p>",
			"recommendation": "<p>We recommend … because … The next decision is due on …</p>",
			"assumptions": [
				_assumption("users", "Users of the service", "users", 300, 500, 650),
				_assumption("value_per_user", "Benefit per user and year", "per year", 120, 180, 240),
				_assumption("growth", "Growth of users per year", "fraction", 0, 0.05, 0.1),
				_assumption("build_days", "Work to design and build", "days", 160, 200, 320),
				_assumption("day_rate", "Cost of a day", "per day", 0, 650, 0),
				_assumption("run_cost", "Operation per year", "per year", 18_000, 22_000, 30_000),
			],
			"options": _options(
				"Build the service", "Design, build and run it ourselves.", "Customers go on as today."
			),
			"flows": [
				_flow("Build the service", "Design and build", "CapEx", 0, 0, "build_days * day_rate"),
				_flow("Build the service", "Operation", "OpEx", 1, 5, "run_cost"),
				_flow(
					"Build the service",
					"Benefit of users",
					"Benefit",
					1,
					5,
					"users * value_per_user * (1 + growth) ** (period - 1)",
				),
				_flow(NOTHING, "Nothing changes", "OpEx", 0, 5, "0"),
			],
			"risks": [
				{
					"risk": "Demand comes a year late",
					"probability": 25,
					"impact": 60_000,
					"period": 1,
					"warning_sign": "Fewer than half of the users after six months",
				},
				{
					"risk": "Building takes longer",
					"probability": 30,
					"impact": 30_000,
					"period": 0,
					"reserve": 15_000,
					"warning_sign": "Milestones slip by more than two weeks",
				},
			],
			"non_financial": [
				{
					"impact": "Customers get what they asked for",
					"concerns": "Customers",
					"direction": "Positive",
					"strength": "High",
				}
			],
			"recommended_option": "Build the service",
		},
	},
	"Replacement": {
		"purpose": "A system at the end of its life: replace it, or keep it with rising cost and risk.",
		"values": {
			"introduction": "<p><b>Why now?</b> When does support end, and what happens then?</p><p><b>Scope.</b> Which services depend on the system?</p>",
			"methods": "<p>Cost of the old system from the ledger of the last twelve months; offers of two suppliers; migration effort from a pilot.</p>",
			"impacts": "<p>Whose work is interrupted when, and what is better afterwards?</p>",
			"contingencies": "<p>How long can both systems run side by side? How do we go back if migration fails?</p>",
			"recommendation": "<p>We recommend … because … The old system is switched off on …</p>",
			"assumptions": [
				_assumption("old_run", "Running the old system per year", "per year", 70_000, 80_000, 90_000),
				_assumption("old_rise", "Rise of that cost per year", "fraction", 0.03, 0.08, 0.15),
				_assumption("licence", "New licences", "once", 60_000, 75_000, 85_000),
				_assumption("migration_days", "Work to migrate", "days", 80, 110, 180),
				_assumption("day_rate", "Cost of a day", "per day", 0, 650, 0),
				_assumption("new_run", "Running the new system per year", "per year", 38_000, 45_000, 55_000),
			],
			"options": _options(
				"Replace", "Buy the successor and migrate.", "Keep the old system and extend its support."
			),
			"flows": [
				_flow("Replace", "Licences", "CapEx", 0, 0, "licence"),
				_flow("Replace", "Migration", "CapEx", 0, 0, "migration_days * day_rate"),
				_flow("Replace", "Both systems side by side", "OpEx", 1, 1, "old_run / 2"),
				_flow("Replace", "New system", "OpEx", 1, 5, "new_run"),
				_flow(NOTHING, "Old system", "OpEx", 0, 0, "0"),
				_flow(NOTHING, "Old system, running", "OpEx", 1, 5, "old_run * (1 + old_rise) ** period"),
			],
			"risks": [
				{
					"risk": "Migration fails once",
					"probability": 20,
					"impact": 40_000,
					"period": 1,
					"reserve": 20_000,
					"warning_sign": "More than 2 % of records fail in the rehearsal",
				},
			],
			"non_financial": [
				{
					"impact": "Supported again, security updates on time",
					"concerns": "All users",
					"direction": "Positive",
					"strength": "High",
				}
			],
			"recommended_option": "Replace",
		},
	},
	"Cost Reduction": {
		"purpose": "Spend once to save every year: consolidation, automation, another supplier.",
		"values": {
			"introduction": "<p><b>What costs too much</b>, compared with what?</p><p><b>Scope.</b> Which services and cost centers are touched?</p>",
			"methods": "<p>Baseline: the ledger of the last twelve months. Savings only count where a budget is cut by them.</p>",
			"impacts": "<p>Whose budget falls by how much, and from when? What gets worse for whom?</p>",
			"contingencies": "<p>What if the saving comes later? Which contracts must end first, and when is their notice?</p>",
			"recommendation": "<p>We recommend … because … The budgets are cut from …</p>",
			"assumptions": [
				_assumption("baseline", "Cost today per year", "per year", 0, 240_000, 0),
				_assumption("saving", "Share that is saved", "fraction", 0.1, 0.2, 0.25),
				_assumption("project", "Cost of the change", "once", 45_000, 60_000, 90_000),
				_assumption("exit_cost", "Cost of ending contracts", "once", 5_000, 10_000, 25_000),
			],
			"options": _options("Consolidate", "Bring both platforms together.", "Go on as today."),
			"flows": [
				_flow("Consolidate", "Project", "OpEx", 0, 0, "project"),
				_flow("Consolidate", "Ending contracts", "OpEx", 1, 1, "exit_cost"),
				_flow("Consolidate", "Saving", "Benefit", 1, 4, "baseline * saving"),
				_flow(NOTHING, "Nothing changes", "OpEx", 0, 4, "0"),
			],
			"risks": [
				{
					"risk": "The saving comes half a year late",
					"probability": 35,
					"impact": 24_000,
					"period": 1,
					"warning_sign": "Contracts are not cancelled by their notice date",
				},
			],
			"non_financial": [
				{
					"impact": "One way of working instead of two",
					"concerns": "Operations",
					"direction": "Positive",
					"strength": "Medium",
				}
			],
			"recommended_option": "Consolidate",
		},
	},
}
