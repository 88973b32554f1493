"""Reconciliation to Ledger: every cent of IT expense and of charges has its place (FM-1)."""

from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce
from frappe.utils import flt, getdate

from itil_strategy.domain.reconciliation import ExpenseBuckets, RunReconciliation
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.it_finance.allocation.pools import allocation_account, pool_cost
from itil_strategy.setup.accounts import ACCOUNTS
from itil_strategy.utils.costing import ledger_expense_criterion
from itil_strategy.utils.money import company_currency, exact_sum, to_decimal
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import readable_columns, require_ledger

ZERO = Decimal(0)


def execute(filters: dict | None = None):
	return Reconciliation(plain_filters(filters)).run()


class Reconciliation:
	"""Expense by bucket against the ledger, then each run's charges against its vouchers."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.validate_filters()
		require_ledger(filters.company, "Charging Run")
		self.currency = company_currency(filters.company)
		self.accounts = self.fetch_accounts()

	def validate_filters(self) -> None:
		for fieldname, label in (("company", _("company")), ("from_date", _("From")), ("to_date", _("To"))):
			if not self.filters.get(fieldname):
				frappe.throw(_("Choose a value for {0}.").format(label), ServiceStrategyError)
		if getdate(self.filters.to_date) < getdate(self.filters.from_date):
			frappe.throw(
				_("To is before From. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def run(self):
		buckets, expense = self.fetch_expense()
		runs = self.fetch_runs()
		data = [*self.expense_rows(buckets, expense), {}, *self.run_rows(runs), *self.usage_rows()]
		return readable_columns(self.columns()), data, None, None, self.summary(buckets, expense, runs), True

	def fetch_accounts(self) -> frappe._dict:
		row = frappe.db.get_value(
			"Service Strategy Company",
			{"company": self.filters.company, "parenttype": "Service Strategy Settings"},
			list(ACCOUNTS),
			as_dict=True,
		)
		return row or frappe._dict(dict.fromkeys(ACCOUNTS))

	def fetch_expense(self) -> tuple[ExpenseBuckets, Decimal]:
		"""One grouped query over the period's expense rows; the total is a query of its own, to be a check."""
		gl = frappe.qb.DocType("GL Entry")
		live = ledger_expense_criterion(gl, self.filters.company, *self.period, with_recharge=True)
		base = frappe.qb.from_(gl).where(live)
		if allocations := allocation_account(self.filters.company):
			# Debits and credits of an entry are equal on it: nothing of the expense is left out.
			base = base.where(gl.account != allocations)
		bucket = (
			Case()
			.when(gl.account == (self.accounts.charges_account or ""), "charges")
			.when(gl.account == (self.accounts.recovery_account or ""), "recovery")
			.when(Coalesce(gl.it_service, "") != "", "direct")
			.else_("unassigned")
		)
		sums = dict.fromkeys(("charges", "recovery", "direct", "unassigned"), ZERO)
		for name, debit, credit in (
			base.select(bucket, exact_sum(gl.debit), exact_sum(gl.credit)).groupby(bucket).run()
		):
			sums[name] = to_decimal(debit) - to_decimal(credit)
		debit, credit = base.select(exact_sum(gl.debit), exact_sum(gl.credit)).run()[0]
		pools = pool_cost(self.filters.company, *self.period)
		sums["unassigned"] -= pools
		return ExpenseBuckets(pools=pools, **sums), to_decimal(debit) - to_decimal(credit)

	@property
	def period(self) -> tuple:
		return getdate(self.filters.from_date), getdate(self.filters.to_date) + timedelta(days=1)

	def fetch_runs(self) -> list[RunReconciliation]:
		"""Charges by run and the ledger rows of its vouchers: joined by the run, not by date."""
		charges = self.fetch_run_charges()
		ledger = self.fetch_run_ledger(sorted(charges))
		runs = []
		for run, sums in sorted(charges.items()):
			moved = ledger.get(run, {})
			runs.append(
				RunReconciliation(
					run=run,
					posted=sums.get("Posted", ZERO),
					reversed=sums.get("Reversed", ZERO),
					ledger_charges=moved.get(self.accounts.charges_account, ZERO),
					ledger_income=-moved.get(self.accounts.income_account, ZERO),
					showback=sums.get("Showback", ZERO),
					open_amount=sums.get("Published", ZERO) + sums.get("Held", ZERO),
				)
			)
		return runs

	def fetch_run_charges(self) -> dict[str, dict[str, Decimal]]:
		charge, run = frappe.qb.DocType("Service Charge"), frappe.qb.DocType("Charging Run")
		start, end = self.period
		# A disputed charge belongs to the run that posts it, once that is published.
		posting = Case().when(charge.status == "Held", charge.charging_run).else_(charge.posting_run)
		rows = (
			frappe.qb.from_(charge)
			.inner_join(run)
			.on(run.name == posting)
			.select(run.name, charge.mode, charge.status, exact_sum(charge.amount))
			.where(
				(run.company == self.filters.company)
				& (run.docstatus == 1)
				& (run.period_start < end)
				& (run.period_end >= start)
			)
			.groupby(run.name, charge.mode, charge.status)
		).run()
		sums: dict[str, dict[str, Decimal]] = {}
		for name, mode, status, amount in rows:
			state = "Showback" if mode == "Showback" else status
			by_state = sums.setdefault(name, {})
			by_state[state] = by_state.get(state, ZERO) + to_decimal(amount)
		return sums

	def fetch_run_ledger(self, runs: list[str]) -> dict[str, dict[str, Decimal]]:
		accounts = [self.accounts.charges_account, self.accounts.income_account]
		if not runs or not all(accounts):
			return {}
		gl = frappe.qb.DocType("GL Entry")
		ledger: dict[str, dict[str, Decimal]] = {}
		for doctype in ("Journal Entry", "Sales Invoice"):
			voucher = frappe.qb.DocType(doctype)
			rows = (
				frappe.qb.from_(voucher)
				.inner_join(gl)
				.on((gl.voucher_type == doctype) & (gl.voucher_no == voucher.name))
				.select(voucher.it_charging_run, gl.account, exact_sum(gl.debit), exact_sum(gl.credit))
				.where(
					voucher.it_charging_run.isin(runs) & (gl.is_cancelled == 0) & gl.account.isin(accounts)
				)
				.groupby(voucher.it_charging_run, gl.account)
			).run()
			for run, account, debit, credit in rows:
				moved = ledger.setdefault(run, {})
				moved[account] = moved.get(account, ZERO) + to_decimal(debit) - to_decimal(credit)
		return ledger

	def expense_rows(self, buckets: ExpenseBuckets, expense: Decimal) -> list[dict]:
		difference = buckets.difference(expense)
		lines = [
			(_("Ledger expense of the period"), expense, 0, True),
			(_("Less balance of IT Charges"), -buckets.charges, 1, False),
			(_("Less balance of IT Recovery"), -buckets.recovery, 1, False),
			(_("Expense to explain"), expense - buckets.charges - buckets.recovery, 0, True),
			(_("Direct cost of services"), buckets.direct, 1, False),
			(_("Cost pools"), buckets.pools, 1, False),
			(_("Unassigned: no service on the entry"), buckets.unassigned, 1, False),
		]
		rows = [
			{
				"description": label,
				"amount": float(amount),
				"indent": indent,
				"bold": bold,
				"currency": self.currency,
			}
			for label, amount, indent, bold in lines
		]
		rows.append(self.difference_row(_("Expense not explained"), difference))
		return rows

	def run_rows(self, runs: list[RunReconciliation]) -> list[dict]:
		rows = [
			{
				"description": _("Charging run {0}").format(run.run),
				"charging_run": run.run,
				"amount": float(run.posted),
				"ledger": float(run.ledger),
				"difference": float(run.difference),
				"showback": float(run.showback),
				"open_amount": float(run.open_amount),
				"reversed": float(run.reversed),
				"state": _("Agrees") if not run.difference else _("Differs"),
				"is_bad": bool(run.difference),
				"currency": self.currency,
			}
			for run in runs
		]
		if rows:
			rows.append(
				{
					"description": _("All runs"),
					"bold": True,
					"currency": self.currency,
					**{
						field: flt(sum(row[field] for row in rows), 9)
						for field in ("amount", "ledger", "difference", "showback", "open_amount", "reversed")
					},
				}
			)
		return rows

	def usage_rows(self) -> list[dict]:
		"""Usage that no charge explains: unmapped, ignored, before operation."""
		start, end = self.period
		imports = frappe.get_all(
			"Usage Import",
			{
				"company": self.filters.company,
				"status": "Completed",
				"first_date": ("<", end),
				"last_date": (">=", start),
			},
			["name", "rows_unmapped", "rows_ignored", "rows_not_chargeable", "ignore_reason"],
			order_by="name",
			limit=0,
		)
		rows = []
		for row in imports:
			for fieldname, label in (
				("rows_unmapped", _("{0} unmapped rows in {1}")),
				("rows_ignored", _("{0} ignored rows in {1}")),
				("rows_not_chargeable", _("{0} rows before operation in {1}")),
			):
				if row[fieldname]:
					rows.append(
						{
							"description": label.format(row[fieldname], row.name),
							"usage_import": row.name,
							"state": row.ignore_reason if fieldname == "rows_ignored" else "",
							"is_bad": fieldname == "rows_unmapped",
							"currency": self.currency,
						}
					)
		return [{}, *rows] if rows else []

	def difference_row(self, label: str, difference: Decimal) -> dict:
		return {
			"description": label,
			"amount": float(difference),
			"difference": float(difference),
			"state": _("Agrees") if not difference else _("Differs"),
			"is_bad": bool(difference),
			"bold": True,
			"currency": self.currency,
		}

	def columns(self) -> list[dict]:
		money = [
			("amount", _("Charges or Expense")),
			("ledger", _("Ledger")),
			("difference", _("Difference")),
			("showback", _("Showback")),
			("open_amount", _("Not Posted Yet")),
			("reversed", _("Reversed")),
		]
		return [
			{"fieldname": "description", "label": _("What"), "fieldtype": "Data", "width": 300},
			*(
				{
					"fieldname": name,
					"label": label,
					"fieldtype": "Currency",
					"options": "currency",
					"width": 140,
				}
				for name, label in money
			),
			{"fieldname": "state", "label": _("State"), "fieldtype": "Data", "width": 110},
			{
				"fieldname": "charging_run",
				"label": _("Charging Run"),
				"fieldtype": "Link",
				"options": "Charging Run",
				"width": 140,
			},
			{
				"fieldname": "usage_import",
				"label": _("Usage Import"),
				"fieldtype": "Link",
				"options": "Usage Import",
				"width": 140,
			},
		]

	def summary(self, buckets: ExpenseBuckets, expense: Decimal, runs: list[RunReconciliation]) -> list[dict]:
		difference = buckets.difference(expense)
		run_difference = sum((abs(run.difference) for run in runs), ZERO)
		cards = [
			(_("Expense to Explain"), expense - buckets.charges - buckets.recovery, "Blue"),
			(_("Not Explained"), difference, "Red" if difference else "Green"),
			(_("Charges That Differ From Ledger"), run_difference, "Red" if run_difference else "Green"),
		]
		return [
			{
				"label": label,
				"value": float(value),
				"indicator": color,
				"datatype": "Currency",
				"currency": self.currency,
			}
			for label, value, color in cards
		]
