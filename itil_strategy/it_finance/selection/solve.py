"""Solve an Investment Round, and say in a message why it cannot be solved (FM-8)."""

import frappe
from frappe import _

from itil_strategy.domain.case_errors import CaseError, InfeasibleError
from itil_strategy.domain.selection import Selection, select
from itil_strategy.domain.selection_conflict import find_conflict
from itil_strategy.domain.selection_rules import Problem
from itil_strategy.exceptions import PortfolioSelectionError
from itil_strategy.utils.text import as_html
from itil_strategy.utils.translation import translate

TIME_LIMIT = 60.0


def solve_problem(problem: Problem) -> Selection:
	"""The best selection; refused where rules contradict, naming an irreducible set of them."""
	try:
		found = select(problem, TIME_LIMIT)
		if found is None:
			raise InfeasibleError(tuple(rule.text for rule in find_conflict(problem)))
	except InfeasibleError as error:
		frappe.throw(
			_(
				"No selection keeps all of these at once: {0}. Give up one of them in the Investment Round."
			).format("; ".join(as_html(translate(text)) for text in error.conflict)),
			PortfolioSelectionError,
			title=_("Rules Contradict"),
		)
	except CaseError as error:
		frappe.throw(as_html(translate(error.text)), PortfolioSelectionError, title=_("Portfolio Selection"))
	return found
