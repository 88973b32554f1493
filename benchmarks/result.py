"""One line of the table: a work beside its floor, and whether the bar holds."""

from dataclasses import dataclass
from math import log
from typing import Literal

HEADER = ("bench", "work", "ours s", "floor s", "ratio", "bar", "peak MB", "")


@dataclass(frozen=True, slots=True)
class Result:
	"""`times`: ours ÷ floor must not exceed the bar; `faster`: floor ÷ ours must reach it; `value`: as given;
	`seconds`: ours must stay below it."""

	bench: str
	work: str
	ours: float
	floor: float | None
	bar: float
	kind: Literal["times", "faster", "value", "seconds"] = "times"
	value: float | None = None
	peak_mb: float | None = None

	@property
	def ratio(self) -> float:
		if self.kind in ("value", "seconds"):
			return self.value if self.kind == "value" else self.ours
		return self.floor / self.ours if self.kind == "faster" else self.ours / self.floor

	@property
	def holds(self) -> bool:
		if self.kind == "seconds":
			return self.ratio < self.bar
		return self.ratio >= self.bar if self.kind == "faster" else self.ratio <= self.bar

	def cells(self) -> tuple[str, ...]:
		"""The texts of the line, in the order of HEADER."""
		sign = {"faster": "≥", "seconds": "<"}.get(self.kind, "≤")
		unit = {"times": " ×", "faster": " × faster", "value": "", "seconds": " s"}[self.kind]
		return (
			self.bench,
			self.work,
			f"{self.ours:.2f}" if self.ours >= 0.1 else f"{self.ours:.4f}",
			"" if self.floor is None else f"{self.floor:.2f}" if self.floor >= 0.1 else f"{self.floor:.4f}",
			f"{self.ratio:.2f}{unit}",
			f"{sign} {self.bar:g}{unit}",
			"" if self.peak_mb is None else f"{self.peak_mb:,.0f}",
			"ok" if self.holds else "MISSED",
		)


def exponent(points: list[tuple[float, float]]) -> float:
	"""The slope of log(time) over log(rows), by least squares."""
	logs = [(log(rows), log(seconds)) for rows, seconds in points]
	mean_x, mean_y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
	return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _y in logs)


def render(results: list[Result]) -> str:
	"""The table in Markdown."""
	lines = [HEADER, tuple("---" for _cell in HEADER), *(result.cells() for result in results)]
	return "\n".join(f"| {' | '.join(line)} |" for line in lines)
