"""Plain arithmetic over named variables, parsed once and evaluated on exact decimals or on arrays.

Allowed: numbers, names, + − * / **, parentheses, min and max. Nothing else is parsed, so nothing else runs.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from functools import reduce
from typing import Any

import numpy as np

from itil_strategy.domain.case_errors import FormulaError
from itil_strategy.domain.text import _

MAX_LENGTH = 500
MAX_EXPONENT = 1000
Value = Decimal | np.ndarray | float
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
	ast.Add: operator.add,
	ast.Sub: operator.sub,
	ast.Mult: operator.mul,
	ast.Div: operator.truediv,
	ast.Pow: operator.pow,
}
FUNCTIONS = {"min": (min, np.minimum), "max": (max, np.maximum)}


@dataclass(frozen=True, slots=True)
class Formula:
	"""A parsed formula and the names it needs."""

	text: str
	tree: ast.expr
	names: frozenset[str]

	def decimal(self, values: Mapping[str, Decimal]) -> Decimal:
		"""The exact value; raises FormulaError where there is none (division by zero, overflow)."""
		try:
			result = _evaluate(self.tree, values, exact=True)
		except (DecimalException, ArithmeticError) as error:
			raise FormulaError(
				_("'{0}' has no value: it divides by zero or is too large. Correct it."), self.text
			) from error
		if not result.is_finite():
			raise FormulaError(_("'{0}' has no finite value. Correct it."), self.text)
		return result

	def array(self, values: Mapping[str, np.ndarray | float], is_strict: bool = True) -> np.ndarray | float:
		"""The values for many draws at once, shape as the arrays broadcast.

		Raises as `decimal` does; without `is_strict` a draw without a value is not a number (nan or inf).
		"""
		with np.errstate(all="ignore"):
			try:
				result = _evaluate(self.tree, values, exact=False)
			except ArithmeticError as error:
				raise FormulaError(
					_("'{0}' has no value: it divides by zero or is too large. Correct it."), self.text
				) from error
		if is_strict and not np.all(np.isfinite(result)):
			raise FormulaError(
				_(
					"'{0}' has no finite value everywhere between low and high of its assumptions. Narrow them or correct it."
				),
				self.text,
			)
		return result


def parse(text: str) -> Formula:
	"""Parse a formula; raises FormulaError saying what is not plain arithmetic."""
	text = text.strip()
	if not text:
		raise FormulaError(_("The formula is empty. Enter one, or an amount."))
	if len(text) > MAX_LENGTH:
		raise FormulaError(
			_("The formula has {0} characters; {1} are allowed. Move parts of it into assumptions."),
			len(text),
			MAX_LENGTH,
		)
	try:
		tree = ast.parse(text, mode="eval").body
		names: set[str] = set()
		_check(tree, text, names)
	except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
		if isinstance(error, FormulaError):
			raise
		raise FormulaError(
			_(
				"'{0}' is not plain arithmetic. Use numbers, names of assumptions, + - * / ** and parentheses."
			),
			text,
		) from error
	return Formula(text, tree, frozenset(names))


def _check(node: ast.expr, text: str, names: set[str]) -> None:
	match node:
		case ast.BinOp(left, op, right) if type(op) in OPERATORS:
			_check(left, text, names)
			_check(right, text, names)
		case ast.UnaryOp(ast.UAdd() | ast.USub(), operand):
			_check(operand, text, names)
		case ast.Constant(value) if type(value) in (int, float):
			# The literal as it was typed: a float would lose digits.
			node.value = Decimal((ast.get_source_segment(text, node) or "").replace("_", ""))
		case ast.Name(name):
			names.add(name)
		case ast.Call(ast.Name(name), [_, *_] as args, []) if name in FUNCTIONS:
			for arg in args:
				_check(arg, text, names)
		case _:
			raise FormulaError(
				_("'{0}' is not plain arithmetic: {1} is not allowed. Use numbers, names and + - * / **."),
				text,
				ast.get_source_segment(text, node) or type(node).__name__,
			)


def _evaluate(node: ast.expr, values: Mapping[str, Any], exact: bool) -> Any:
	match node:
		case ast.Constant(value):
			return value if exact else np.float64(value)
		case ast.Name(name):
			if name not in values:
				raise FormulaError(_("There is no assumption named {0}. Add it, or correct the name."), name)
			return values[name]
		case ast.UnaryOp(op, operand):
			value = _evaluate(operand, values, exact)
			return -value if isinstance(op, ast.USub) else +value
		case ast.BinOp(left, op, right):
			first, second = _evaluate(left, values, exact), _evaluate(right, values, exact)
			if isinstance(op, ast.Pow) and np.any(np.abs(second) > MAX_EXPONENT):
				raise FormulaError(_("An exponent is above {0}. Correct the formula."), MAX_EXPONENT)
			return OPERATORS[type(op)](first, second)
		case ast.Call(ast.Name(name), args):
			exactly, arrays = FUNCTIONS[name]
			return reduce(exactly if exact else arrays, (_evaluate(arg, values, exact) for arg in args))
	raise AssertionError(node)
