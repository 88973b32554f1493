"""Plain arithmetic over named variables: one language, worked out exactly or for many draws at once (FM-7, FM-9).

Numbers, names, ``+ - * / **``, brackets, and ``min``, ``max``, ``round``, ``abs``. The text is read by Python's own
parser and never run: every node is checked against the few that are allowed (here) and worked out by
`formula_values`. Length, depth, exponents and the size of every step are bounded, so that no formula costs much.
"""

import ast
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.formula_values import ARGUMENTS, FUNCTIONS, OPERATORS, Draws, Exact
from itil_strategy.domain.text import Text, _

MOST_SIGNS = 1000
MOST_NODES = 400
MOST_DEPTH = 50
MOST_DECIMALS = 12
# How many of the known variables a refusal lists.
LISTED = 20

SIGN = re.compile(r"[A-Za-z0-9_.,+\-*/() \t\r\n]")
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def is_name(text: str) -> bool:
	"""True for what a formula can call a variable: an ASCII identifier that is no function and no word of Python."""
	return bool(NAME.match(text)) and text not in FUNCTIONS and not keyword.iskeyword(text)


@dataclass(frozen=True)
class Formula:
	"""A checked formula; `names` are the variables that it uses, in the order of their first use."""

	text: str
	names: tuple[str, ...]
	tree: ast.expr

	def decimal(self, values: Mapping[str, Decimal]) -> Decimal:
		"""The exact value; divisions and powers are rounded to 60 digits.

		Raises FormulaError for a variable without a value, a division by zero, an exponent beyond ±1000, a step
		beyond 1e40 and a result beyond 1e15.
		"""
		return Exact(self.text, values).result(self.tree)

	def array(
		self, values: Mapping[str, np.ndarray | float], is_strict: bool = True
	) -> np.ndarray | np.float64:
		"""The values for many draws at once, in binary fractions; its shape is that to which the arrays broadcast.

		Raises as `decimal` does, if any draw has no value; without `is_strict` that draw is not a number (nan).
		"""
		try:
			return Draws(self.text, values, is_strict).result(self.tree)
		except FormulaError as error:
			if error.name or not any(np.size(value) > 1 for value in values.values()):
				raise
			raise FormulaError(
				_(
					"{0} It is so for values between low and high of the assumptions. Narrow them or correct it."
				),
				error.text,
				position=error.position,
			) from None


def parse_formula(text: str, known: Collection[str] | None = None) -> Formula:
	"""The formula of `text`; with `known`, no other variable may occur in it.

	Raises FormulaError with the position (counted from 1) of whatever is not plain arithmetic.
	"""
	if not text or not text.strip():
		raise FormulaError(
			_("The formula is empty. Enter plain arithmetic, such as 2 * quantity."), position=1
		)
	if len(text) > MOST_SIGNS:
		raise FormulaError(
			_("The formula has {0} signs. Shorten it to {1}."),
			len(text),
			MOST_SIGNS,
			position=MOST_SIGNS + 1,
		)
	for position, sign in enumerate(text, start=1):
		if not SIGN.match(sign):
			raise FormulaError(
				_("Position {0}: {1} is no part of a formula. Use numbers, names, + - * / ** ( ) and {2}."),
				position,
				repr(sign),
				", ".join(FUNCTIONS),
				position=position,
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
			_("Position {0}: this is no complete formula. Check brackets and operators there."),
			position,
			position=position,
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
			self.refuse(node, _("Position {0}: the formula is nested or long beyond reading. Split it."))
		if isinstance(node, ast.Constant):
			self.number(node)
		elif isinstance(node, ast.Name):
			self.name(node)
		elif isinstance(node, ast.BinOp):
			if type(node.op) not in OPERATORS:
				self.refuse(node.right, _("Position {0}: only + - * / ** are operators of a formula."))
			self.node(node.left, depth + 1)
			self.node(node.right, depth + 1)
		elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
			self.node(node.operand, depth + 1)
		elif isinstance(node, ast.Call):
			self.call(node, depth)
		elif isinstance(node, ast.Attribute):
			self.refuse(
				node,
				_("Position {0}: the point before {1} is no arithmetic. A formula reaches variables only."),
				node.attr,
			)
		else:
			self.refuse(
				node,
				_("Position {0}: this is no plain arithmetic. Use numbers, names, + - * / ** and brackets."),
			)

	def number(self, node: ast.Constant) -> None:
		if not NUMBER.match(self.source(node)):
			self.refuse(
				node,
				_("Position {0}: {1} is no number. Write it with digits and one point."),
				self.source(node),
			)

	def name(self, node: ast.Name) -> None:
		if node.id in FUNCTIONS:
			self.refuse(node, _("Position {0}: {1} is a function. Give it its values in brackets."), node.id)
		if self.known is not None and node.id not in self.known:
			position = self.position(node)
			raise FormulaError(
				_("Position {0}: there is no variable {1}. There are: {2}."),
				position,
				node.id,
				self.list_known(),
				position=position,
				name=node.id,
			)
		self.names[node.id] = None

	def list_known(self) -> str | Text:
		names = sorted(self.known or ())
		if len(names) > LISTED:
			names = [*names[:LISTED], "…"]
		return ", ".join(names) or Text(_("none"))

	def call(self, node: ast.Call, depth: int) -> None:
		name = node.func.id if isinstance(node.func, ast.Name) else None
		if name not in FUNCTIONS:
			self.refuse(node, _("Position {0}: only {1} can be called."), ", ".join(FUNCTIONS))
		if node.keywords or any(isinstance(value, ast.Starred) for value in node.args):
			self.refuse(node, _("Position {0}: {1} takes plain values only."), name)
		fewest, most = ARGUMENTS[name]
		if not fewest <= len(node.args) <= most:
			wanted = str(fewest) if fewest == most else f"{fewest}–{most}"
			self.refuse(node, _("Position {0}: {1} takes {2} values, not {3}."), name, wanted, len(node.args))
		for value in node.args:
			self.node(value, depth + 1)
		if name == "round" and len(node.args) > 1:
			self.decimals(node.args[1])

	def decimals(self, node: ast.expr) -> None:
		"""What `round` rounds to stands in the formula."""
		text = self.source(node)
		if not text.isdigit() or int(text) > MOST_DECIMALS:
			self.refuse(
				node, _("Position {0}: decimals must be a whole number from 0 to {1}."), MOST_DECIMALS
			)

	def source(self, node: ast.expr) -> str:
		return self.text[node.col_offset : node.end_col_offset]

	def position(self, node: ast.expr) -> int:
		return self.blanks + node.col_offset + 1

	def refuse(self, node: ast.expr, template: str, *values: object) -> None:
		position = self.position(node)
		raise FormulaError(template, position, *values, position=position)
