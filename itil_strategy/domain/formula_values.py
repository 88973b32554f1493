"""The two ways to work a checked formula out: exactly in Decimal, and for many draws in binary fractions (FM-7, FM-9).

Both walk the same tree, keep the same bounds and refuse with the same sentences.
"""

import ast
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, localcontext
from functools import reduce
from typing import Any, NoReturn

import numpy as np

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.text import _

MOST_EXPONENT = 1000
# More than any amount of money, and small enough that nothing reckoned from it costs much.
LARGEST = Decimal("1e15")
# On the way to a result; powers of it stay cheap.
LARGEST_STEP = Decimal("1e40")
EXACTLY = Context(prec=60, rounding=ROUND_HALF_UP)
# A tie as it was typed is a few binary fractions beside the tie.
TIE = 2.0**-51
# From here on binary fractions have no decimals.
WHOLE = 2.0**52

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
	ast.Add: operator.add,
	ast.Sub: operator.sub,
	ast.Mult: operator.mul,
	ast.Div: operator.truediv,
	ast.Pow: operator.pow,
}
FUNCTIONS = ("abs", "max", "min", "round")
# How many values each function takes, from and to.
ARGUMENTS = {"abs": (1, 1), "max": (1, 20), "min": (1, 20), "round": (1, 2)}


class Evaluation(ABC):
	"""Works a checked tree out, node by node; `text` is the formula that positions count in."""

	def __init__(self, text: str, values: Mapping[str, Any]):
		self.text, self.values = text, values

	@abstractmethod
	def result(self, tree: ast.expr) -> Any:
		"""The value of the whole formula."""

	@abstractmethod
	def number(self, literal: str) -> Any:
		"""A number as it was typed."""

	def given(self, value: Any) -> Any:
		"""The value of a variable as the evaluation counts with it."""
		return value

	@abstractmethod
	def operation(self, node: ast.BinOp, left: Any, right: Any) -> Any:
		"""The value of two values with an operator."""

	@abstractmethod
	def rounded(self, value: Any, decimals: int) -> Any:
		"""Half away from zero."""

	@abstractmethod
	def checked(self, node: ast.expr, value: Any, largest: Decimal = LARGEST_STEP) -> Any:
		"""The value, if it is one and no larger than allowed."""

	def value(self, node: ast.expr) -> Any:
		match node:
			case ast.Constant():
				found = self.number(self.text[node.col_offset : node.end_col_offset])
			case ast.Name(name):
				found = self.variable(node, name)
			case ast.UnaryOp(op, operand):
				found = self.value(operand)
				return -found if isinstance(op, ast.USub) else found
			case ast.BinOp(left, _op, right):
				found = self.operation(node, self.value(left), self.value(right))
			case ast.Call(ast.Name(name), args):
				found = self.call(name, [self.value(arg) for arg in args])
			case _:
				raise AssertionError(node)
		return self.checked(node, found)

	def variable(self, node: ast.Name, name: str) -> Any:
		if name not in self.values:
			position = node.col_offset + 1
			raise FormulaError(
				_("Position {0}: {1} has no value. Enter one."), position, name, position=position, name=name
			)
		return self.given(self.values[name])

	def call(self, name: str, values: list[Any]) -> Any:
		if name == "abs":
			return abs(values[0])
		if name == "round":
			return self.rounded(values[0], int(values[1]) if len(values) > 1 else 0)
		return reduce(self.lower if name == "min" else self.higher, values)

	@staticmethod
	@abstractmethod
	def lower(first: Any, second: Any) -> Any:
		"""The lower of two values."""

	@staticmethod
	@abstractmethod
	def higher(first: Any, second: Any) -> Any:
		"""The higher of two values."""

	def refuse_division(self, node: ast.expr) -> NoReturn:
		self.refuse(node, _("Position {0}: this divides by zero."))

	def refuse_no_value(self, node: ast.expr) -> NoReturn:
		self.refuse(node, _("Position {0}: this has no value."))

	def refuse_size(self, node: ast.expr) -> NoReturn:
		self.refuse(node, _("Position {0}: the result is larger than any amount of money."))

	def refuse_exponent(self, node: ast.BinOp) -> NoReturn:
		self.refuse(node.right, _("Position {0}: a power must be from -{1} to {1}."), MOST_EXPONENT)

	def refuse(self, node: ast.expr, template: str, *values: object) -> NoReturn:
		position = node.col_offset + 1
		raise FormulaError(template, position, *values, position=position)


class Exact(Evaluation):
	"""In Decimal."""

	lower, higher = staticmethod(min), staticmethod(max)

	def result(self, tree: ast.expr) -> Decimal:
		with localcontext(EXACTLY):
			return self.checked(tree, self.value(tree), LARGEST)

	def number(self, literal: str) -> Decimal:
		return Decimal(literal)

	def operation(self, node: ast.BinOp, left: Decimal, right: Decimal) -> Decimal:
		if isinstance(node.op, ast.Pow):
			if abs(right) > MOST_EXPONENT:
				self.refuse_exponent(node)
			if not right:
				return Decimal(1)
		if isinstance(node.op, ast.Div) and not right:
			self.refuse_division(node)
		try:
			return OPERATORS[type(node.op)](left, right)
		except DecimalException:
			self.refuse_no_value(node)

	def rounded(self, value: Decimal, decimals: int) -> Decimal:
		return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)

	def checked(self, node: ast.expr, value: Decimal, largest: Decimal = LARGEST_STEP) -> Decimal:
		if value.is_nan():
			self.refuse_no_value(node)
		if abs(value) > largest:
			self.refuse_size(node)
		return value


class Draws(Evaluation):
	"""In binary fractions, each variable a number or an array; with `is_strict` every draw must have a value."""

	lower, higher = staticmethod(np.minimum), staticmethod(np.maximum)

	def __init__(self, text: str, values: Mapping[str, Any], is_strict: bool):
		super().__init__(text, values)
		self.is_strict = is_strict

	def result(self, tree: ast.expr) -> np.ndarray | np.float64:
		with np.errstate(all="ignore"):
			return self.checked(tree, self.value(tree), LARGEST)

	def number(self, literal: str) -> np.float64:
		return np.float64(literal)

	def given(self, value: Any) -> Any:
		return value if np.ndim(value) else np.float64(value)

	def operation(self, node: ast.BinOp, left: Any, right: Any) -> Any:
		if isinstance(node.op, ast.Pow):
			return self.power(node, left, right)
		if isinstance(node.op, ast.Div) and not np.all(right):
			if self.is_strict:
				self.refuse_division(node)
			right = np.where(np.equal(right, 0), np.nan, right)
		return OPERATORS[type(node.op)](left, right)

	def power(self, node: ast.BinOp, left: Any, right: Any) -> Any:
		is_beyond = np.abs(right) > MOST_EXPONENT
		if np.any(is_beyond) and self.is_strict:
			self.refuse_exponent(node)
		found = np.power(left, right)
		if self.is_strict:
			return found
		# For numpy 1 to the power of no number is 1, and so is no number to the power of 0.
		return np.where(is_beyond | np.isnan(left) | np.isnan(right), np.nan, found)

	def rounded(self, value: Any, decimals: int) -> Any:
		scaled = np.abs(value) * 10.0**decimals
		whole = np.floor(scaled * (1 + TIE) + 0.5)
		return np.where(scaled < WHOLE, np.copysign(whole / 10.0**decimals, value), value)

	def checked(self, node: ast.expr, value: Any, largest: Decimal = LARGEST_STEP) -> Any:
		low, high = np.min(value), np.max(value)
		bound = float(largest)
		if max(-low, high) <= bound:
			return value
		if not self.is_strict:
			return np.where(np.abs(value) <= bound, value, np.nan)
		if np.isnan(low):
			self.refuse_no_value(node)
		self.refuse_size(node)
