"""What this app takes from Frappe and ERPNext and a given version of them has not: `python3 scripts/upstream_api.py FOLDER`.

FOLDER is that of a bench's `apps`, with `frappe` and `erpnext` in it; nothing there is run or imported. Names of
modules and what is imported from them, `frappe.…` chains, methods of `frappe.db`, and dotted paths in texts (hooks,
patches of the database in tests) are looked up in the source, so take a Python that can parse it (3.14 for version 16). Prints each missing name with where it is used; exits
with 1 when there is one.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = ("itil_strategy", "tests", "benchmarks")
UPSTREAM = ("frappe", "erpnext")
# Their attributes are those of a request, a query or a document, which no module defines.
OPEN = {
	"frappe.local",
	"frappe.flags",
	"frappe.session",
	"frappe.conf",
	"frappe.form_dict",
	"frappe.response",
}
OPEN |= {"frappe.request", "frappe.qb", "frappe.cache", "frappe.message_log", "frappe.job"}
# Of a module that imports everything from a package of somebody else.
ANYTHING = "*"
DATABASE = ("frappe.database.database", "frappe.database.mariadb.database")
DOTTED = re.compile(r"(?:frappe|erpnext)(?:\.[a-z_]\w*)+(?:\.[A-Za-z_]\w*)?$")


class Upstream:
	"""Source of Frappe and ERPNext, by dotted name."""

	def __init__(self, apps: Path):
		self.apps = apps

	@cache  # noqa: B019
	def file(self, module: str) -> Path | None:
		first, *rest = module.split(".")
		base = self.apps / first / first
		path = base.joinpath(*rest)
		for candidate in (path.with_suffix(".py") if rest else base / "__init__.py", path / "__init__.py"):
			if candidate.is_file():
				return candidate
		return None

	def is_module(self, module: str) -> bool:
		first, *rest = module.split(".")
		# A folder without __init__.py is a package as well.
		return bool(self.file(module)) or self.apps.joinpath(first, first, *rest).is_dir()

	@cache  # noqa: B019
	def names(self, module: str) -> frozenset[str]:
		"""What the module defines or imports, in conditions and `try` too."""
		path = self.file(module)
		if not path:
			return frozenset()
		found: set[str] = set()
		for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
			found |= self._defined(module, path, node)
		return frozenset(found)

	def _defined(self, module: str, path: Path, node: ast.stmt) -> set[str]:
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
			return {node.name}
		if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
			targets = node.targets if isinstance(node, ast.Assign) else [node.target]
			return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
		if isinstance(node, ast.Import):
			return {alias.asname or alias.name.split(".")[0] for alias in node.names}
		if isinstance(node, ast.ImportFrom):
			if any(alias.name == "*" for alias in node.names):
				source = _source(module, path, node)
				return set(self.names(source)) if _is_upstream(source) else {ANYTHING}
			return {alias.asname or alias.name for alias in node.names}
		return set()

	@cache  # noqa: B019
	def members(self, module: str) -> frozenset[str]:
		"""Methods and attributes of all classes of the module."""
		path = self.file(module)
		tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
		found = set()
		for node in ast.walk(tree):
			if isinstance(node, ast.ClassDef):
				for item in node.body:
					found |= self._defined(module, path, item)
			elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
				found.add(node.attr)
		return frozenset(found)

	def has(self, chain: str) -> bool:
		"""Whether `frappe.utils.getdate` and its like exist; what follows a name that is no module is not judged."""
		parts = chain.split(".")
		if chain.startswith("frappe.db."):
			name = parts[2]
			return name.startswith("__") or any(name in self.members(module) for module in DATABASE)
		for length in range(len(parts), 0, -1):
			module = ".".join(parts[:length])
			if module in OPEN:
				return True
			if self.is_module(module):
				return length == len(parts) or not self.names(module).isdisjoint({parts[length], ANYTHING})
		return False


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
	for node in ast.iter_child_nodes(tree):
		if isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
			yield from _statements(node)
		elif isinstance(node, ast.stmt):
			yield node


def _source(module: str, path: Path, node: ast.ImportFrom) -> str:
	if not node.level:
		return node.module or ""
	package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
	base = package[: len(package) - node.level + 1]
	return ".".join([*base, *([node.module] if node.module else [])])


def used(path: Path) -> Iterator[tuple[str, int]]:
	"""(dotted name, line) of everything that a file of ours takes from upstream."""
	tree = ast.parse(path.read_text(encoding="utf-8"))
	inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
	# What is tried with another way prepared may be missing.
	tried = {id(item) for node in ast.walk(tree) if _has_other_way(node) for item in ast.walk(node)}
	for node in ast.walk(tree):
		if id(node) in tried:
			continue
		if isinstance(node, ast.Import):
			yield from ((alias.name, node.lineno) for alias in node.names if _is_upstream(alias.name))
		elif isinstance(node, ast.ImportFrom) and node.module and _is_upstream(node.module):
			yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
		elif isinstance(node, ast.Attribute) and node not in inner:
			chain = _chain(node)
			if chain and _is_upstream(chain):
				yield chain, node.lineno
		elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.match(node.value):
			yield node.value, node.lineno


def _has_other_way(node: ast.AST) -> bool:
	return isinstance(node, ast.Try) and any(
		isinstance(handler.type, ast.Name) and handler.type.id == "ImportError" for handler in node.handlers
	)


def _chain(node: ast.expr) -> str | None:
	if isinstance(node, ast.Name):
		return node.id
	if isinstance(node, ast.Attribute) and (before := _chain(node.value)):
		return f"{before}.{node.attr}"
	return None


def _is_upstream(name: str) -> bool:
	return name.split(".")[0] in UPSTREAM


def find_missing(apps: Path, folders: tuple[str, ...] = OURS) -> tuple[int, dict[str, list[str]]]:
	"""How many names are used, and where each of those is that the version has not."""
	upstream = Upstream(apps)
	places: dict[str, list[str]] = {}
	for folder in folders:
		for path in sorted((ROOT / folder).rglob("*.py")):
			for name, line in used(path):
				places.setdefault(name, []).append(f"{path.relative_to(ROOT)}:{line}")
	return len(places), {name: where for name, where in sorted(places.items()) if not upstream.has(name)}


def main() -> int:
	if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "frappe" / "frappe").is_dir():
		print(__doc__, file=sys.stderr)
		return 2
	count, missing = find_missing(Path(sys.argv[1]))
	for name, where in missing.items():
		print(f"{name}: {', '.join(where[:3])}{' …' if len(where) > 3 else ''}")
	print(f"{count} names are used, {len(missing)} are not there")
	return int(bool(missing))


if __name__ == "__main__":
	sys.exit(main())
