"""Exceptions of the app: one class per rule, so that callers and tests can tell refusals apart."""

import frappe


class ServiceStrategyError(frappe.ValidationError):
	"""Base of every refusal of this app."""


class StageChangeError(ServiceStrategyError):
	"""SP-1: the stage of a service changes only by a portfolio decision."""


class LedgerSetupError(ServiceStrategyError):
	"""The accounting dimension, accounts or cost centers are not ready for posting."""


class OverlappingPolicyError(ServiceStrategyError):
	"""FM-9: two charging policies of equal exactness are valid on the same day."""


class ChargingTierError(ServiceStrategyError):
	"""FM-9: the tiers of a policy are not contiguous from zero."""


class UsageImportError(ServiceStrategyError):
	"""A usage file is refused as a whole; the record lists every bad row."""


class RunStateError(ServiceStrategyError):
	"""A charging run is not in the state that the action needs, or another job has it."""


class OverlappingRunError(ServiceStrategyError):
	"""A month would be charged by two runs of one company."""


class PreflightError(ServiceStrategyError):
	"""A charging run meets obstacles; the message lists all of them."""


class ReversalError(ServiceStrategyError):
	"""A posted run cannot be cancelled or reversed as asked."""


class VoucherOwnedByRunError(ServiceStrategyError):
	"""A voucher posted by a charging run can only be cancelled through the run."""


class UninstallRefusedError(ServiceStrategyError):
	"""Uninstalling would leave ledger entries without their records."""


class CustomerMergeError(ServiceStrategyError):
	"""Two customers cannot become one: a charging run charges both."""
