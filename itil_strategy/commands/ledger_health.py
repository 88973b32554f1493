"""`bench --site SITE itil-ledger-health`: verify every invariant and name each broken record."""

import json
import sys
from dataclasses import asdict

import click

import frappe
from frappe.commands import get_site, pass_context


@click.command("itil-ledger-health")
@click.option("--check", "checks", multiple=True, help="Only this check; may be given more than once.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@pass_context
def ledger_health(context, checks: tuple[str, ...], as_json: bool) -> None:
	"""Verify charges, usage, funds, budgets, allocations and stages against the ledger.

	Exits with 1 when a record is broken, so that a monitor can call it.
	"""
	with frappe.init_site(get_site(context)):
		frappe.connect()
		sys.exit(report(list(checks) or None, as_json))


def report(checks: list[str] | None, as_json: bool) -> int:
	"""Print the results of the connected site; answers the exit code."""
	from itil_strategy.domain.health import count_findings
	from itil_strategy.exceptions import ServiceStrategyError
	from itil_strategy.utils.health.registry import iter_checks

	results = []
	try:
		for result in iter_checks(checks):
			results.append(result)
			if not as_json:
				_print(result)
	except ServiceStrategyError as error:
		click.echo(str(error), err=True)
		return 2
	broken = count_findings(results)
	if as_json:
		click.echo(json.dumps([asdict(result) for result in results], indent=1))
	else:
		click.echo(f"{len(results)} invariants verified, {broken} broken records.")
	return int(bool(broken))


def _print(result) -> None:
	state = "holds" if result.is_healthy else f"{len(result.findings)} BROKEN"
	click.echo(f"{result.title:<50} {state}")
	for finding in result.findings:
		click.echo(f"  {finding.doctype} {finding.record}: {finding.problem} {finding.way_out}")
