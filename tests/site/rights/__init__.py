"""Who may do what with every record and function of the app: the table (`matrix`), and what of it was verified.

`python -m tests.site.rights` with ITIL_SITE and ITIL_SITES_PATH prints the figures; pytest tries the same doors one by one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
	"""Which kinds of records; all of them unless named."""

	doctypes: tuple[str, ...] = ()


def run(options: Options | None = None) -> dict:
	"""Verify every right on the site that is connected, in a transaction that is undone. Answers the figures.

	`rights`: pairs of a viewer and a right on a record or a function; `doors`: ways in that were tried, by what they
	answered; `hostile_filters`: values tried in filters of reports; `broken`: what answered other than it must.
	"""
	import frappe

	from itil_strategy.tests.feedback import forget_accounts
	from itil_strategy.tests.setup import OTHER_COMPANY, before_tests
	from tests.site.rights.functions import measure_functions
	from tests.site.rights.limits import measure_limits
	from tests.site.rights.matrix import MATRIX, VIEWERS
	from tests.site.rights.measure import measure_all
	from tests.site.rights.reports import RUNNERS, attack
	from tests.site.rights.world import OTHER_CUSTOMER, make_everything

	before_tests()
	doctypes = (options or Options()).doctypes or tuple(MATRIX)
	try:
		everything = make_everything()
		tally = measure_all(everything, doctypes)
		for kind, value in (("Customer", OTHER_CUSTOMER), ("Company", OTHER_COMPANY)):
			measure_limits(everything, kind, value, tally)
		functions = measure_functions(everything, tally)
		frappe.set_user("Administrator")
		attacks = (
			[attack(report, everything) for report in RUNNERS] if not (options and options.doctypes) else []
		)
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		forget_accounts()
	return {
		"records": len(doctypes),
		"viewers": len(VIEWERS),
		"functions": functions,
		"rights": tally.rights,
		"doors": dict(tally.doors),
		"hostile_filters": sum(tried for tried, _wrong in attacks),
		"broken": tally.wrong + [line for _tried, lines in attacks for line in lines],
	}
