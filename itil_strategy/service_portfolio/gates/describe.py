"""Gate results as rows and as a list to read."""

import frappe
from frappe import _

from itil_strategy.domain.gates import GateResult
from itil_strategy.utils.translation import translate


def result_row(result: GateResult) -> dict:
	"""A row of *Portfolio Gate Result*."""
	return {
		"gate_check": result.check,
		"level": result.level,
		"result": result.result,
		"evidence": translate(result.evidence),
		"remedy": translate(result.remedy),
	}


def describe_results(results: list[GateResult]) -> str:
	"""What is missing and the way out of each, as an HTML list."""
	items = "".join(
		"<li><b>{0}</b>: {1} {2}</li>".format(
			_(result.check),
			frappe.utils.escape_html(translate(result.evidence)),
			frappe.utils.escape_html(translate(result.remedy)),
		)
		for result in results
	)
	return f"<ul>{items}</ul>"
