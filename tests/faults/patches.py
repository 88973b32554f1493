"""Every patch runs twice on a site with a charged month: no figure moves and every invariant holds."""

from decimal import Decimal

import frappe
from frappe.modules.patch_handler import get_patches_from_app

from itil_strategy.utils.health.registry import CHECKS, run_checks
from tests.faults import scene as world
from tests.faults import steps
from tests.faults.actors import WebProcess, connected, run_worker
from tests.faults.private import Bench

APP = "itil_strategy"
TIMES = 2
LEDGER = ("GL Entry", "Journal Entry Account")


def fill(bench: Bench) -> None:
	"""A month imported, calculated, published and posted; an approved case; a survey sent; budgets."""
	log = str(bench.logs / "processes.log")
	with connected():
		scene = world.make_scene()
		world.make_budgets(scene)
		delivered = world.make_import(scene, "2026-01", dict.fromkeys(scene.customers, 7))
		run = world.make_run("2026-01")
		case, survey = world.make_secured_case(scene), world.make_active_survey(scene)
	for step in (
		steps.usage_import(scene, delivered),
		steps.calculate(scene, run),
		steps.publish(scene, run),
		steps.post(scene, run),
		steps.approve(scene, case),
		steps.send_survey(scene, survey),
	):
		web = WebProcess(log)
		try:
			answer = step.press(web)
		finally:
			web.stop()
		if step.has_job:
			run_worker(log)
		with connected():
			if not step.is_done():
				raise RuntimeError(f"{step.name} was not done: {answer}")


def figures() -> dict[str, tuple[int, dict[str, Decimal]]]:
	"""Rows, and the sum of every numeric column, of each table of the app and of the ledger."""
	ours = frappe.get_all("DocType", {"module": ("in", world.MODULES), "issingle": 0}, pluck="name", limit=0)
	found = {}
	for doctype in sorted({*ours, *LEDGER}):
		numeric = [
			field.fieldname
			for field in frappe.get_meta(doctype).fields
			if field.fieldtype in ("Currency", "Float", "Int", "Percent", "Check")
		]
		sums = ", ".join(["COUNT(*) AS `rows`", *(f"SUM(`{name}`) AS `{name}`" for name in numeric)])
		# Raw, as one sum per column of a table that is not known beforehand is no query of a builder.
		(row,) = frappe.db.sql(f"SELECT {sums} FROM `tab{doctype}`", as_dict=True)
		found[doctype] = (row.pop("rows"), {name: Decimal(str(total or 0)) for name, total in row.items()})
	return found


def run_patches_twice() -> dict:
	"""Print what moved and answer the figures; `broken` counts figures that moved and broken invariants."""
	with Bench() as bench:
		fill(bench)
		with connected():
			before, patches = figures(), get_patches_from_app(APP)
			problems = []
			for _time in range(TIMES):
				for patch in patches:
					frappe.get_attr(f"{patch.split(maxsplit=1)[0]}.execute")()
					frappe.db.commit()
					problems += [
						f"{patch} moved {doctype}: {before[doctype]} became {after}"
						for doctype, after in figures().items()
						if after != before[doctype]
					]
			problems += [
				f"{result.title}: {finding.record}: {finding.problem}"
				for result in run_checks()
				for finding in result.findings
			]
	tables, rows = len(before), sum(count for count, _sums in before.values())
	print(f"patches run {TIMES} times: {len(patches)}; tables compared: {tables} ({rows} rows)")
	print(f"invariants verified: {len(CHECKS)}; problems: {len(problems)}")
	print(*problems[:20], sep="\n")
	return {"patches": len(patches), "rows": rows, "invariants": len(CHECKS), "broken": len(problems)}
