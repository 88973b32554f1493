"""Plain arithmetic over named variables, evaluated exactly and safely (FM-7, FM-9).

Numbers, names, ``+ - * / **``, brackets, and ``min``, ``max``, ``round``, ``abs``. The text is read by Python's own
parser and never run: every node is checked against the few that are allowed and worked out in Decimal. Length,
depth, exponents and the size of every intermediate result are bounded, so that no formula costs much.
"""

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, DivisionByZero, localcontext

from itil_strategy.domain.errors import FormulaError

MOST_SIGNS = 1000
MOST_NODES = 400
MOST_DEPTH = 50
MOST_EXPONENT = 100
MOST_DECIMALS = 12
# Larger than any money, small enough that powers of it stay cheap.
LARGEST = Decimal("1e40")
PRECISION = 60

SIGN = re.compile(r"[A-Za-z0-9_.,+\-*/() \t\r\n]")
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
OPERATORS = {
	ast.Add: lambda left, right: left + right,
	ast.Sub: lambda left, right: left - right,
	ast.Mult: lambda left, right: left * right,
	ast.Div: lambda left, right: left / right,
	ast.Pow: lambda left, right: left**right,
}
FUNCTIONS = ("abs", "max", "min", "round")
# How many arguments each function takes, from and to.
ARGUMENTS = {"abs": (1, 1), "max": (1, 20), "min": (1, 20), "round": (1, 2)}


def is_name(text: str) -> bool:
	"""True for what a formula can call a variable: an ASCII identifier that is no function."""
	return bool(NAME.match(text)) and text not in FUNCTIONS


@dataclass(frozen=True)
class Formula:
	"""A checked formula; `names` are the variables that it uses, in the order of their first use."""

	text: str
	names: tuple[str, ...]
	tree: ast.expr

	def evaluate(self, variables: Mapping[str, Decimal]) -> Decimal:
		"""The exact value; division and roots of it are rounded to 60 digits.

		Raises FormulaError for a variable without a value, a division by zero, a power that is no whole number from
		-100 to 100, and a result beyond 1e40.
		"""
		with localcontext(Context(prec=PRECISION, rounding=ROUND_HALF_UP)):
			return _Evaluation(self.text, variables).value(self.tree)


def parse_formula(text: str, known: Collection[str] | None = None) -> Formula:
	"""The formula of `text`; with `known`, no other variable may occur in it.

	Raises FormulaError with the position (counted from 1) of whatever is not plain arithmetic.
	"""
	if not text or not text.strip():
		raise FormulaError("The formula is empty. Enter plain arithmetic, such as 2 * quantity.", 1)
	if len(text) > MOST_SIGNS:
		raise FormulaError(f"The formula has {len(text)} signs. Shorten it to {MOST_SIGNS}.", MOST_SIGNS + 1)
	for position, sign in enumerate(text, start=1):
		if not SIGN.match(sign):
			raise FormulaError(
				f"Position {position}: {sign!r} is no part of a formula. Use numbers, names, + - * / ** ( ) and"
				f" {', '.join(FUNCTIONS)}.",
				position,
			)
	# Lines and leading blanks mean something to Python and nothing here; positions stay.
	flat = re.sub(r"[\t\r\n]", " ", text)
	blanks = len(flat) - len(flat.lstrip())
	try:
		tree = ast.parse(flat.strip(), mode="eval").body
	except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
		# At an end that comes too soon Python counts from a line that is not there.
		position = blanks + (getattr(error, "offset", None) or len(flat.strip()) + 1)
		raise FormulaError(
			f"Position {position}: this is no complete formula. Check brackets and operators there.", position
		) from None
	check = _Check(flat.strip(), blanks, known)
	check.node(tree, 0)
	return Formula(flat.strip(), tuple(check.names), tree)


class _Check:
	"""Refuses every node that is not allowed, the first one first."""

	def __init__(self, text: str, blanks: int, known: Collection[str] | None):
		self.text, self.blanks, self.known = text, blanks, known
		self.names: dict[str, None] = {}
		self.nodes = 0

	def node(self, node: ast.AST, depth: int) -> None:
		self.nodes += 1
		if depth > MOST_DEPTH or self.nodes > MOST_NODES:
			self.refuse(node, "the formula is nested or long beyond reading. Split it")
		if isinstance(node, ast.Constant):
			self.number(node)
		elif isinstance(node, ast.Name):
			self.name(node)
		elif isinstance(node, ast.BinOp):
			if type(node.op) not in OPERATORS:
				self.refuse(node.right, "only + - * / ** are operators of a formula")
			self.node(node.left, depth + 1)
			self.node(node.right, depth + 1)
		elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
			self.node(node.operand, depth + 1)
		elif isinstance(node, ast.Call):
			self.call(node, depth)
		elif isinstance(node, ast.Attribute):
			self.refuse(
				node, f"the point before {node.attr} is no arithmetic. A formula reaches variables only"
			)
		else:
			self.refuse(node, "this is no plain arithmetic. Use numbers, names, + - * / ** and brackets")

	def number(self, node: ast.Constant) -> None:
		if not NUMBER.match(self.source(node)):
			self.refuse(node, f"{self.source(node)} is no number. Write it with digits and one point")

	def name(self, node: ast.Name) -> None:
		if node.id in FUNCTIONS:
			self.refuse(node, f"{node.id} is a function. Give it its values in brackets")
		if self.known is not None and node.id not in self.known:
			raise FormulaError(
				f"Position {self.position(node)}: there is no variable {node.id}."
				f" There are: {', '.join(sorted(self.known)) or 'none'}.",
				self.position(node),
				node.id,
			)
		self.names[node.id] = None

	def call(self, node: ast.Call, depth: int) -> None:
		name = node.func.id if isinstance(node.func, ast.Name) else None
		if name not in FUNCTIONS:
			self.refuse(node, f"only {', '.join(FUNCTIONS)} can be called")
		if node.keywords or any(isinstance(value, ast.Starred) for value in node.args):
			self.refuse(node, f"{name} takes plain values only")
		fewest, most = ARGUMENTS[name]
		if not fewest <= len(node.args) <= most:
			wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
			self.refuse(node, f"{name} takes {wanted} values, not {len(node.args)}")
		for value in node.args:
			self.node(value, depth + 1)

	def source(self, node: ast.expr) -> str:
		return self.text[node.col_offset : node.end_col_offset]

	def position(self, node: ast.expr) -> int:
		return self.blanks + node.col_offset + 1

	def refuse(self, node: ast.expr, what: str) -> None:
		position = self.position(node)
		raise FormulaError(f"Position {position}: {what}.", position)


class _Evaluation:
	"""Works a checked tree out, node by node."""

	def __init__(self, text: str, variables: Mapping[str, Decimal]):
		self.text, self.variables = text, variables
		self.by_type: dict[type, Callable] = {
			ast.Constant: self.number,
			ast.Name: self.variable,
			ast.BinOp: self.operation,
			ast.UnaryOp: self.signed,
			ast.Call: self.call,
		}

	def value(self, node: ast.expr) -> Decimal:
		try:
			result = self.by_type[type(node)](node)
		except DivisionByZero:
			self.refuse(node, "this divides by zero")
		except DecimalException:
			self.refuse(node, "this has no value")
		if not result.is_finite() or abs(result) > LARGEST:
			self.refuse(node, "the result is larger than any amount of money")
		return result

	def number(self, node: ast.Constant) -> Decimal:
		return Decimal(self.text[node.col_offset : node.end_col_offset])

	def variable(self, node: ast.Name) -> Decimal:
		if node.id not in self.variables:
			position = node.col_offset + 1
			raise FormulaError(f"Position {position}: {node.id} has no value. Enter one.", position, node.id)
		return self.variables[node.id]

	def operation(self, node: ast.BinOp) -> Decimal:
		left, right = self.value(node.left), self.value(node.right)
		if isinstance(node.op, ast.Pow) and (
			right != right.to_integral_value() or abs(right) > MOST_EXPONENT
		):
			self.refuse(
				node.right, f"a power must be a whole number from -{MOST_EXPONENT} to {MOST_EXPONENT}"
			)
		return OPERATORS[type(node.op)](left, right)

	def signed(self, node: ast.UnaryOp) -> Decimal:
		value = self.value(node.operand)
		return -value if isinstance(node.op, ast.USub) else value

	def call(self, node: ast.Call) -> Decimal:
		values = [self.value(value) for value in node.args]
		name = node.func.id
		if name == "round":
			return self.rounded(node, values)
		return {"abs": lambda: abs(values[0]), "max": lambda: max(values), "min": lambda: min(values)}[name]()

	def rounded(self, node: ast.Call, values: list[Decimal]) -> Decimal:
		decimals = values[1] if len(values) > 1 else Decimal(0)
		if decimals != decimals.to_integral_value() or not 0 <= decimals <= MOST_DECIMALS:
			self.refuse(node.args[1], f"decimals must be a whole number from 0 to {MOST_DECIMALS}")
		return values[0].quantize(Decimal(1).scaleb(-int(decimals)), rounding=ROUND_HALF_UP)

	def refuse(self, node: ast.expr, what: str) -> None:
		position = node.col_offset + 1
		raise FormulaError(f"Position {position}: {what}.", position)
