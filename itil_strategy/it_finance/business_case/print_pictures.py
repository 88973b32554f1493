"""Pictures of a Business Case for paper: plain SVG, because print formats run no scripts."""

import json
from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from typing import Any

from frappe.model.document import Document
from frappe.utils import fmt_money

WIDTH, HEIGHT, LEFT, BOTTOM = 680, 220, 70, 24
COLORS = ("#2490ef", "#f8814f", "#48bb74", "#743ee2", "#29cd42", "#ed64a6")
LOW, HIGH, LINE, GRID = "#f3b48b", "#7fb9ee", "#333333", "#dddddd"
ROW, BAR, LABEL = 26, 14, 250
MOST_BARS = 12
TICKS = 4
SIGN = 6  # of a name in the picture


def print_pictures(case: Document) -> dict[str, Any]:
	"""Figures and SVG texts: `options`, `cumulative`, `tornado`, `distribution`; empty texts where there is nothing."""
	figures = json.loads(case.figures or "{}")
	options = [option for option in figures.get("options", ()) if any(line[1] for line in option["schedule"])]
	distribution = figures.get("distribution")
	return {
		# A template has no formatter for amounts that are no field.
		"money": lambda value: fmt_money(value, currency=case.currency),
		"number": lambda value: fmt_money(value, precision=2),
		"options": options,
		"cumulative": _cumulative(options),
		"tornado": _tornado(case, figures),
		"distribution": _distribution(distribution) if distribution else "",
		"simulation": distribution,
		"switching": [row for row in figures.get("switching", ()) if row["value"] is not None],
		"labels": figures.get("labels", {}),
	}


def _cumulative(options: Sequence[dict]) -> str:
	"""A line per option; a shorter life ends with its last sum."""
	if not options:
		return ""
	count = max(len(option["schedule"]) for option in options)
	series = [
		[option["schedule"][min(period, len(option["schedule"]) - 1)][4] for period in range(count)]
		for option in options
	]
	ticks = _ticks([value for values in series for value in values])
	low, high = ticks[0], ticks[-1]
	parts = _grid(ticks)
	for number, values in enumerate(series):
		points = " ".join(
			f"{_x(period, count):.1f},{_y(value, low, high):.1f}" for period, value in enumerate(values)
		)
		color = COLORS[number % len(COLORS)]
		parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
		room = (WIDTH - LEFT) / len(series)
		name = options[number]["option"][: int(room / SIGN)]
		parts.append(_text(LEFT + 10 + room * number, 10, name, color))
	for period in range(0, count, max(1, count // 12)):
		parts.append(_text(_x(period, count), HEIGHT - 8, str(period), LINE, "middle"))
	return _svg(HEIGHT, parts)


def _tornado(case: Document, figures: dict) -> str:
	bars = figures.get("tornado", ())[:MOST_BARS]
	if not bars:
		return ""
	low, high = _range(
		[value for bar in bars for value in (bar["at_low"], bar["at_high"])] + [case.advantage, 0]
	)
	labels = figures.get("labels", {})

	def place(value: float) -> float:
		return LABEL + (WIDTH - LABEL - 10) * (value - low) / (high - low)

	height = ROW * len(bars) + 24
	parts = [
		f'<line x1="{place(value):.1f}" x2="{place(value):.1f}" y1="0" y2="{height - 20}" stroke="{color}"{dash}/>'
		for value, color, dash in ((0, "#888888", ' stroke-dasharray="3,3"'), (case.advantage, LINE, ""))
	]
	for number, bar in enumerate(bars):
		top = ROW * number + 6
		label = labels.get(bar["assumption"]) or bar["assumption"]
		parts.append(_text(0, top + 11, label[:44], LINE))
		for value, color in ((bar["at_low"], LOW), (bar["at_high"], HIGH)):
			start, width = min(place(case.advantage), place(value)), abs(place(value) - place(case.advantage))
			parts.append(
				f'<rect x="{start:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{color}"/>'
			)
	parts += [
		_text(LABEL, height - 6, _money(low), LINE),
		_text(WIDTH - 10, height - 6, _money(high), LINE, "end"),
	]
	return _svg(height, parts)


def _distribution(found: dict) -> str:
	counts, edges = found["counts"], found["edges"]
	most = max(counts) or 1
	step = (WIDTH - LEFT - 10) / len(counts)
	parts = []
	for number, count in enumerate(counts):
		height = (HEIGHT - BOTTOM - 10) * count / most
		color = LOW if edges[number + 1] <= 0 else HIGH
		parts.append(
			f'<rect x="{LEFT + step * number:.1f}" y="{HEIGHT - BOTTOM - height:.1f}" width="{step - 1:.1f}" height="{height:.1f}" fill="{color}"/>'
		)
	for number in range(0, len(edges), 4):
		anchor = "end" if number == len(edges) - 1 else "middle"
		parts.append(_text(LEFT + step * number, HEIGHT - 8, _money(edges[number]), LINE, anchor))
	return _svg(HEIGHT, parts)


def _grid(ticks: Sequence[float]) -> list[str]:
	parts = []
	for value in ticks:
		y = _y(value, ticks[0], ticks[-1])
		color = LINE if not value else GRID
		parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{color}"/>')
		parts.append(_text(LEFT - 6, y + 4, _money(value), LINE, "end"))
	return parts


def _ticks(values: Sequence[float]) -> list[float]:
	"""Round numbers around the values, 0 among them."""
	low, high = _range([*values, 0])
	rough = (high - low) / TICKS
	size = 10 ** floor(log10(rough))
	step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
	return [step * number for number in range(floor(low / step), ceil(high / step) + 1)]


def _range(values: Sequence[float]) -> tuple[float, float]:
	low, high = min(values), max(values)
	return (low, high) if low < high else (low - 1, high + 1)


def _x(period: int, count: int) -> float:
	return LEFT + 10 + (WIDTH - LEFT - 20) * period / max(count - 1, 1)


def _y(value: float, low: float, high: float) -> float:
	return 18 + (HEIGHT - BOTTOM - 18) * (high - value) / (high - low)


def _money(value: float) -> str:
	return fmt_money(round(value), precision=0)


def _text(x: float, y: float, text: str, color: str, anchor: str = "start") -> str:
	return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" font-family="sans-serif" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: int, parts: Sequence[str]) -> str:
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
		+ "".join(parts)
		+ "</svg>"
	)
