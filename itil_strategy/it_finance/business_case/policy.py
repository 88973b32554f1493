"""The financial policy of the settings (FM-16)."""

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from itil_strategy.domain.case_policy import ApprovalLimit, Policy
from itil_strategy.domain.simulation import MAX_DRAWS, MIN_DRAWS
from itil_strategy.exceptions import CasePolicyError
from itil_strategy.it_finance.business_case.model import fraction
from itil_strategy.utils.money import to_decimal
from itil_strategy.utils.text import bold

SETTINGS = "Service Strategy Settings"
DEFAULTS = {"approval_tolerance": 10, "simulation_draws": 10_000}


@dataclass(frozen=True, slots=True)
class CaseSettings:
	"""Policy, tolerance of an approval as a fraction, draws of a simulation."""

	policy: Policy
	tolerance: Decimal
	draws: int


def load_settings() -> CaseSettings:
	settings = frappe.get_cached_doc(SETTINGS)
	limits = tuple(
		ApprovalLimit(row.role, to_decimal(row.amount) or None, row.for_company or None)
		for row in settings.approval_limits
	)
	policy = Policy(
		hurdle_rate=fraction(settings.hurdle_rate) if settings.hurdle_rate else None,
		longest_payback=to_decimal(settings.longest_payback) or None,
		capitalisation_threshold=to_decimal(settings.capitalisation_threshold),
		limits=limits,
	)
	return CaseSettings(
		policy,
		fraction(settings.approval_tolerance),
		cint(settings.simulation_draws) or DEFAULTS["simulation_draws"],
	)


def validate_settings(settings: Document) -> None:
	"""Numbers that cannot be, and two limits of one role and company, are refused."""
	label = settings.meta.get_label
	if flt(settings.hurdle_rate) <= -100:
		refuse(
			_("{0} of {1} % has no present value. Enter one above −100 %.").format(
				bold(_(label("hurdle_rate"))), flt(settings.hurdle_rate)
			)
		)
	if settings.simulation_draws and not MIN_DRAWS <= cint(settings.simulation_draws) <= MAX_DRAWS:
		refuse(
			_("{0} must be between {1} and {2}.").format(
				bold(_(label("simulation_draws"))), MIN_DRAWS, f"{MAX_DRAWS:,}"
			)
		)
	seen: dict[tuple, int] = {}
	for row in settings.approval_limits:
		before = seen.setdefault((row.for_company or "", row.role), row.idx)
		if before != row.idx:
			refuse(
				_("Rows {0} and {1} both limit {2}. Keep one of them.").format(
					before, row.idx, bold(row.role)
				)
			)


def show_defaults(settings: Document) -> bool:
	"""Fill in the defaults on a site that had the settings before; 0 that somebody entered stays."""
	changed = False
	for field, value in DEFAULTS.items():
		if not frappe.db.count("Singles", {"doctype": SETTINGS, "field": field}):
			settings.set(field, value)
			changed = True
	return changed


def refuse(message: str) -> None:
	frappe.throw(message, CasePolicyError, title=_("Financial Policy"))
