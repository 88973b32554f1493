"""Where every cent of expense and of charges is (FM-1; section "Buckets")."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ExpenseBuckets:
	"""Sums of a company's ledger expense: what carries a service, pools, nothing, and the recharge accounts."""

	direct: Decimal
	pools: Decimal
	unassigned: Decimal
	charges: Decimal
	recovery: Decimal

	@property
	def cost(self) -> Decimal:
		"""Direct + pools + unassigned: the cost of IT and the rest of the company, without recharges."""
		return self.direct + self.pools + self.unassigned

	def difference(self, ledger_expense: Decimal) -> Decimal:
		"""What the buckets do not explain of the ledger's expense; 0 when every cent has its place."""
		return ledger_expense - self.charges - self.recovery - self.cost


@dataclass(frozen=True, slots=True)
class RunReconciliation:
	"""Posted charges of one run against the ledger rows of its vouchers."""

	run: str
	posted: Decimal
	reversed: Decimal
	ledger_charges: Decimal
	ledger_income: Decimal
	showback: Decimal = ZERO
	open_amount: Decimal = ZERO

	@property
	def ledger(self) -> Decimal:
		"""Movement on IT Charges and net income on IT Service Income, before tax."""
		return self.ledger_charges + self.ledger_income

	@property
	def difference(self) -> Decimal:
		"""Posted charges (0 once reversed) less the ledger; 0 when both tell the same."""
		return self.posted - self.ledger
