"""Every patch runs twice on a site with a charged month: no figure moves and every invariant holds."""

import frappe
from frappe.modules.patch_handler import get_patches_from_app

from itil_strategy.utils.health.registry import CHECKS, run_checks
from tests.faults import scene as world
from tests.faults import steps
from tests.faults.actors import WebProcess, connected, run_worker
from tests.faults.private import Bench
from tests.figures import APP, ROWS, read_figures

TIMES = 2


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


def run_patches_twice() -> dict:
	"""Print what moved and answer the figures; `broken` counts figures that moved and broken invariants."""
	with Bench() as bench:
		fill(bench)
		with connected():
			before, patches = read_figures(), get_patches_from_app(APP)
			problems = []
			for _time in range(TIMES):
				for patch in patches:
					frappe.get_attr(f"{patch.split(maxsplit=1)[0]}.execute")()
					frappe.db.commit()
					problems += [
						f"{patch} moved {doctype}: {before[doctype]} became {after}"
						for doctype, after in read_figures().items()
						if after != before[doctype]
					]
			problems += [
				f"{result.title}: {finding.record}: {finding.problem}"
				for result in run_checks()
				for finding in result.findings
			]
	tables, rows = len(before), sum(int(values[ROWS]) for values in before.values())
	print(f"patches run {TIMES} times: {len(patches)}; tables compared: {tables} ({rows} rows)")
	print(f"invariants verified: {len(CHECKS)}; problems: {len(problems)}")
	print(*problems[:20], sep="\n")
	return {"patches": len(patches), "rows": rows, "invariants": len(CHECKS), "broken": len(problems)}
