"""Exceptions of the app: one class per rule, so that callers and tests can tell refusals apart."""

import frappe


class ServiceStrategyError(frappe.ValidationError):
	"""Base of every refusal of this app."""


class SavedMeanwhileError(ServiceStrategyError, frappe.UniqueValidationError):
	"""Somebody else stored the same between this form's reading and its saving."""


class StageChangeError(ServiceStrategyError):
	"""SP-1: the stage of a service changes only by a portfolio decision."""


class StaleDecisionError(ServiceStrategyError):
	"""SP-1: the service moved after the decision was written."""


class GateError(ServiceStrategyError):
	"""SP-2: requirements of the stage are not met; the message lists each with its way out."""


class WaiverError(ServiceStrategyError):
	"""SP-2: a waiver lacks its reason or expiry, or is not this user's to give."""


class ContradictionError(ServiceStrategyError):
	"""SP-4: the decision contradicts a live one or the analysis, and gives no reason."""


class ServiceOwnerError(ServiceStrategyError):
	"""The owner of a service is a disabled user."""


class DependencyError(ServiceStrategyError):
	"""SP-5: critical dependencies form a circle, or shares of a service total more than 100 %."""


class LiveDependentsError(ServiceStrategyError):
	"""SP-5: a service that others need cannot retire."""


class RetirementError(ServiceStrategyError):
	"""A retirement is incomplete, doubled, or too late to withdraw."""


class DateOrderError(ServiceStrategyError):
	"""Two dates are the wrong way round."""


class WeightTotalError(ServiceStrategyError):
	"""Weights that must total 100 % do not."""


class CapacityError(ServiceStrategyError):
	"""BR-9: more is promised than can be delivered in a month."""


class LedgerSetupError(ServiceStrategyError):
	"""The accounting dimension, accounts or cost centers are not ready for posting."""


class OverlappingPolicyError(ServiceStrategyError):
	"""FM-9: two charging policies of equal exactness are valid on the same day."""


class ChargingTierError(ServiceStrategyError):
	"""FM-9: the tiers of a policy are not contiguous from zero."""


class PriceFormulaError(ServiceStrategyError):
	"""FM-9: the formula of a policy is no plain arithmetic over the known variables."""


class UsageImportError(ServiceStrategyError):
	"""A usage file is refused as a whole; the record lists every bad row."""


class RunStateError(ServiceStrategyError):
	"""A charging run is not in the state that the action needs, or another job has it."""


class OverlappingRunError(ServiceStrategyError):
	"""A month would be charged by two runs of one company."""


class PreflightError(ServiceStrategyError):
	"""A charging run meets obstacles; the message lists all of them."""


class CostElementError(ServiceStrategyError):
	"""An account is no expense, or belongs to two cost elements."""


class CostDriverError(ServiceStrategyError):
	"""FM-2: a value of a cost driver is negative, doubled, or entered where it is worked out."""


class CostPoolError(ServiceStrategyError):
	"""FM-2: a cost pool is incomplete, or its fixed shares do not total 100 %."""


class AllocationRunError(ServiceStrategyError):
	"""FM-2: a cost allocation is refused: its period, overlapping pools, a closed loop, a negative driver."""


class UnallocatedCostError(ServiceStrategyError):
	"""FM-2: cost that found no service is neither mended nor accepted with a reason."""


class ReversalError(ServiceStrategyError):
	"""A posted run cannot be cancelled or reversed as asked."""


class VoucherOwnedByRunError(ServiceStrategyError):
	"""A voucher posted by a charging run can only be cancelled through the run."""


class BudgetPlanError(ServiceStrategyError):
	"""FM-5: a service budget, transfer or ceiling cannot be used as it is."""


class BudgetExceededError(ServiceStrategyError):
	"""FM-5: a document takes a service, category or cost center over its ceiling, or books an unlisted account."""


class PublishedBudgetError(ServiceStrategyError):
	"""A Budget that a service budget published is changed through the service budget only."""


class FundsError(ServiceStrategyError):
	"""FM-6: there is less money than is planned or given away."""


class ForecastError(ServiceStrategyError):
	"""A forecast has nothing to start from, or was changed after it was made."""


class DisputeError(ServiceStrategyError):
	"""A charge cannot be disputed, or its dispute not be decided, as asked."""


class DisputeWindowError(DisputeError):
	"""A dispute comes after the dispute window, or before the charge is published."""


class DoubleDisputeError(DisputeError):
	"""A charge is disputed already."""


class CorrectionError(ServiceStrategyError):
	"""FM-10: a charge cannot be corrected as asked; corrections are withdrawn, never changed."""


class CorrectionTooLargeError(CorrectionError):
	"""FM-10: a correction would take off more than remains of the charge."""


class ModeSwitchError(ServiceStrategyError):
	"""A customer cannot be switched between showback and chargeback as asked."""


class UninstallRefusedError(ServiceStrategyError):
	"""Uninstalling would leave ledger entries without their records."""


class CustomerMergeError(ServiceStrategyError):
	"""Two customers cannot become one: a charging run charges both."""


class NeedStateError(ServiceStrategyError):
	"""The state of a need changes by its own steps only, and the step is not possible now."""


class NeedScoreError(ServiceStrategyError):
	"""BR-1: a part of the score is missing or outside 1 to 100, or the score was written by hand."""


class NeedServiceError(ServiceStrategyError):
	"""A need asks for a service that has ended, or that its customer cannot ask for."""


class NeedContentError(ServiceStrategyError):
	"""A need contradicts itself: a contact or an offering of others, a topic that excludes itself."""


class OpenMediationError(ServiceStrategyError):
	"""BR-4: a need cannot be accepted while a mediation of it is open."""


class MediationError(ServiceStrategyError):
	"""BR-3: a mediation is incomplete, closed already, or its state was written by hand."""


class MediationPartyError(MediationError):
	"""BR-3: the decider of a mediation is a party to it."""


class OpenActionError(ServiceStrategyError):
	"""An action lacks its owner or day, or a record is closed while actions are open."""


class FeedbackStateError(ServiceStrategyError):
	"""BR-5: a feedback is moved only by its steps, and not every step is possible in every status."""


class FeedbackCloseError(ServiceStrategyError):
	"""BR-5: a feedback lacks its response, findings, done actions or the facts of its remedy."""


class FeedbackReplyError(ServiceStrategyError):
	"""A response cannot be sent, or a link to answer one is used up or not valid."""


class WorkingTimeError(ServiceStrategyError):
	"""The working time is empty or not valid: nothing would ever be due."""


class SurveyStateError(ServiceStrategyError):
	"""A survey is not in the state that the action needs."""


class SurveyFrozenError(ServiceStrategyError):
	"""BR-7: what was asked and answered stays as it is."""


class SurveyLinkError(ServiceStrategyError):
	"""The link of an invitation is forged, used or over."""


class SurveyAnswerError(ServiceStrategyError):
	"""BR-7: an answer is incomplete or outside its scale; the message says per question what is wrong."""


class CustomerNotChosenError(ServiceStrategyError):
	"""A contact of several customers speaks for one at a time in the portal, and has chosen none."""


class PortalFormError(ServiceStrategyError):
	"""A form of the portal lacks something; `problems` says per field what."""

	def __init__(self, problems: dict[str, str]):
		super().__init__(" ".join(problems.values()))
		self.problems = problems


class BusinessCaseError(ServiceStrategyError):
	"""FM-7: a business case is incomplete or contradicts itself; the message names row and field."""


class CaseFormulaError(BusinessCaseError):
	"""FM-7: a formula is not plain arithmetic over the named assumptions, has no value, or is circular."""


class CasePeriodError(BusinessCaseError):
	"""FM-7: periods of a case are missing, double or outside it."""


class CaseStatusError(BusinessCaseError):
	"""FM-7: the status of a case is moved by its workflow only, and what was sent to review stays as it is."""


class CasePolicyError(BusinessCaseError):
	"""FM-16: a case breaks the financial policy, or its amount is above what the user approves."""


class OwnCaseError(CasePolicyError):
	"""FM-16: nobody approves the own case."""


class PortfolioSelectionError(ServiceStrategyError):
	"""FM-8: a selection is asked for with contradicting or unusable rules; the message names them."""


class StrategyScenarioError(ServiceStrategyError):
	"""FM-15: a scenario cannot be worked out as it is; the message names row and field."""


class SampleOrganisationError(ServiceStrategyError):
	"""The sample organisation cannot be loaded or removed on this site; the message says why."""
