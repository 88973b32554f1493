"""Hostile input, drawn from a seed: pieces of good input put together by a grammar, then cut, doubled and poked at.

Case `n` of a seed is the same whatever ran before it, so that one that failed is tried again alone.
"""

import csv
import io
import random
import string

from itil_strategy.domain.survey import KANO, NPS, RATING, TEXT, YES_NO

MARKUP = (
	"<script>alert(1)</script>",
	'"><img src=x onerror=alert(1)>',
	"{{ 7 * 7 }}",
	"{% raw %}",
	"${jndi:ldap://x/a}",
	"javascript:alert(1)",
	"<svg/onload=alert(1)>",
)
SQL = (
	"' OR '1'='1",
	"1; DROP TABLE tabUser",
	"\\' UNION SELECT 1 -- ",
	"%' AND SLEEP(9) #",
	"`name`",
	"%s%n",
)
PATHS = (
	"../../etc/passwd",
	"..\\..\\win.ini",
	"/dev/zero",
	"file:///etc/passwd",
	"a\0.csv",
	"CON",
	"=cmd|'/c x'!A0",
)
NUMBERS = (
	"0",
	"-0",
	"1e999",
	"1e-9999",
	"9" * 400,
	"0." + "0" * 60 + "1",
	"NaN",
	"-Infinity",
	"0x10",
	"1_000",
	"١٢٣",
	"1,5",
	"999999999999.999999999999999999",
	"999999999999.9999999999999999999",
	"--1",
	"+1",
	"1e",
	"",
)
DATES = (
	"2026-01-05",
	"2026-02-30",
	"0000-00-00",
	"9999-12-31",
	"1899-12-31T23:59:59-14:59",
	"2199-12-31T23:59:59+19:59",
	"2026-01-05T24:00:00Z",
	"2026-01-05 10:00:00.999999999 UTC",
	"05.01.2026",
	"45000",
	"2026-1-5",
)
SIGNS = (
	"x\x01",
	"\0",
	"\ufeff",
	"\u202e",
	"\ud7ff",
	"\U0001f600",
	"é",
	"\u0301" * 40,
	"\r",
	"\n",
	"\r\n",
	"\x1a",
	"\x85",
	"\u2028",
)
HOSTILE = (*MARKUP, *SQL, *PATHS, *NUMBERS, *SIGNS)

OWN = ("offering", "customer", "date", "unit", "quantity", "reference", "charge_class")
FOCUS = (
	"BilledCost",
	"BillingCurrency",
	"ChargeCategory",
	"ChargeClass",
	"ChargePeriodEnd",
	"ChargePeriodStart",
	"ConsumedQuantity",
	"ConsumedUnit",
	"EffectiveCost",
	"InvoiceId",
	"ResourceId",
	"ServiceName",
	"SubAccountId",
	"Tags",
)
TAGS = (
	'{"team": "red"}',
	'{"team": {"a": [1]}}',
	"[1]",
	"{",
	'{"a":NaN}',
	'{"\\ud800": "\\ud800"}',
	"[" * 3000,
	"{}",
)
GOOD = {
	"date": ("2026-01-05", "2026-01-31T10:00:00Z"),
	"ChargePeriodStart": ("2026-01-05 22:00:00", "2026-01-05T00:00:00+02:00"),
	"ChargePeriodEnd": ("2026-01-05 23:00:00",),
	"quantity": ("1", "1.5", "0.000000000000000001"),
	"BilledCost": ("12.50", "-1", "0.000000001"),
	"ConsumedQuantity": ("2.000", ""),
	"Tags": (*TAGS[:2] * 6, *TAGS),
	"charge_class": ("", "Correction"),
	"ChargeClass": ("", "NULL", "Correction"),
	"ChargeCategory": ("Usage", "Credit", "Adjustment", "Tax"),
}


def text(draw: random.Random, most: int = 12) -> str:
	"""A word, or something that is meant to hurt."""
	if draw.random() < 0.25:
		return draw.choice(HOSTILE)
	kind = draw.choice((string.ascii_letters, string.printable, "\u00e4\u4e2d\u05d0\U0001f4a5 \"',;\t"))
	return "".join(draw.choice(kind) for _ in range(draw.randint(0, most)))


def badness(draw: random.Random) -> float:
	"""How much of one input is meant to hurt: much of it would always be refused at its first part."""
	return draw.choice((0.0, 0.0, 0.02, 0.2))


def cell(draw: random.Random, column: str, bad: float) -> str:
	"""What stands in a column: mostly what belongs there."""
	if draw.random() >= bad:
		return draw.choice(GOOD.get(column, ("Mail", "Acme", "GB", f"R-{draw.randint(1, 99999)}")))
	if draw.random() < 0.5:
		return draw.choice((*NUMBERS, *DATES))
	return text(draw)


def usage_csv(draw: random.Random, columns: tuple[str, ...]) -> bytes:
	"""A usage file that is nearly right."""
	bad = badness(draw)
	header = [column for column in columns if draw.random() >= bad / 4]
	if draw.random() < bad:
		header.append(text(draw))
	out = io.StringIO(newline="")
	end = "\r" if draw.random() < bad / 4 else draw.choice(("\n", "\r\n"))
	writer = csv.writer(out, lineterminator=end, quoting=draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
	writer.writerow(header)
	for _row in range(draw.choice((0, 1, 1, 2, 3, 8))):
		writer.writerow([cell(draw, column, bad) for column in header])
	data = out.getvalue().encode("utf-8", "surrogatepass")
	if draw.random() < bad / 4:
		data = data.decode().encode(draw.choice(("utf-16", "latin-1", "utf-7", "utf-8-sig")), "replace")
	return poke(draw, data, draw.choice((0, 0, 0, 1, 4)))


def poke(draw: random.Random, data: bytes, times: int) -> bytes:
	"""The bytes with this many wounds."""
	for _time in range(times):
		at = draw.randint(0, len(data))
		to = min(len(data), at + draw.choice((1, 1, 4, 40)))
		kind = draw.randint(0, 5)
		if kind == 0:
			data = data[:at] + bytes([draw.randrange(256)]) + data[to:]
		elif kind == 1:
			data = data[:at] + data[to:]
		elif kind == 2:
			data = data[:to] + data[at:]
		elif kind == 3:
			data = data[:at] + draw.choice(HOSTILE).encode("utf-8", "surrogatepass") + data[at:]
		elif kind == 4:
			data = (
				data[:at]
				+ draw.choice((b'"', b'""', b",", b"\n", b"\0", b"\xff", b"\xed\xa0\x80"))
				+ data[at:]
			)
		else:
			data = data[:at]
	return data


WORDS = (
	"fee",
	"quantity",
	"price",
	"min",
	"max",
	"round",
	"abs",
	"other",
	"__class__",
	"lambda",
	"import",
	"e",
)
# Ways out of evaluators, as they are published about real ones (also tried one by one in tests/unit/test_formula.py).
ESCAPES = (
	"__import__('os').system('id')",
	"().__class__.__bases__[0].__subclasses__()",
	"[].__class__.__mro__[1].__subclasses__()[132].__init__.__globals__['popen']('id')",
	"fee.__init__.__globals__",
	"(lambda: 1)()",
	"[x for x in (1,2)]",
	"f'{fee.__class__}'",
	"'{0.__class__}'.format(fee)",
	"getattr(fee, '__class__')",
	"eval('1')",
	"exec('1')",
	"open('/etc/passwd')",
	"breakpoint()",
	"type('X', (), {})()",
	"(a := 1)",
	"*fee",
	"await fee",
	"(yield 1)",
	"(i for i in ()).gi_frame.f_back.f_globals",
	"9**9**9**9",
	"1" * 900,
	"(" * 200 + "1" + ")" * 200,
	"-" * 900 + "1",
	"fee" + "+fee" * 240,
	"max(" * 60 + "1" + ")" * 60,
)


def formula(draw: random.Random) -> str:
	"""Arithmetic, or nearly; one in ten is a way out of evaluators."""
	if draw.random() < 0.1:
		return poke_text(draw, draw.choice(ESCAPES))
	return _part(draw, 0, badness(draw))


def _part(draw: random.Random, depth: int, bad: float) -> str:
	if draw.random() < bad:
		return draw.choice((*WORDS, *NUMBERS, poke_text(draw, _part(draw, depth + 1, bad / 2))))
	roll = draw.random()
	if depth > 5 or roll < 0.35:
		return draw.choice((*WORDS[:3], f"{draw.uniform(0, 10):.3f}", str(draw.randint(0, 2000))))
	if roll < 0.8:
		sign = draw.choice(
			("+", "-", "*", "/", "+", "-", "*", "/", "**")
			if draw.random() >= bad
			else ("//", "%", "@", "<", " if ")
		)
		return f"({_part(draw, depth + 1, bad)}{sign}{_part(draw, depth + 1, bad)})"
	if roll < 0.95:
		name = draw.choice(WORDS if draw.random() < bad else ("min", "max", "abs", "round"))
		values = [
			_part(draw, depth + 1, bad) for _ in range(1 if name in ("abs", "round") else draw.randint(1, 3))
		]
		return f"{name}({','.join(values)})"
	return f"-{_part(draw, depth + 1, bad)}"


def poke_text(draw: random.Random, value: str) -> str:
	at = draw.randint(0, len(value))
	return (
		value[:at]
		+ draw.choice((*HOSTILE, ".", "(", ")", "[", "]", "'", "\\", "\t", ":", "=", ""))
		+ value[at:]
	)


def mail(draw: random.Random) -> tuple[str, bool]:
	"""The text of a reply, as plain text or as HTML."""
	first = draw.choice(
		("ACCEPT", "reopen", "Accept.", "„REOPEN“", "ACCEPT please", "Thanks", "", "> ACCEPT", text(draw))
	)
	lines = [draw.choice(("", " ", "\t", "\u00a0")) for _ in range(draw.randint(0, 2))] + [first]
	lines += [
		draw.choice(("ACCEPT", "> quoted", "| quoted", "On Monday wrote:", text(draw, 40)))
		for _ in range(draw.randint(0, 4))
	]
	is_html = draw.random() < 0.5
	tags = (
		"<br>",
		"<BR/>",
		"</p>",
		"<p>",
		"<div><div>",
		"<!--",
		"<" * 50,
		"&lt;",
		"&#0;",
		"&#x110000;",
		"<style>",
		"</script",
	)
	ends = tags if is_html else ("\n", "\r\n", "\r", "\x0b", "\u2028", "\x85")
	body = "".join(line + draw.choice(ends) for line in lines)
	if draw.random() < 0.02:
		body *= draw.choice((200, 2000))
	return body, is_html


def survey_answers(draw: random.Random) -> tuple[list[dict], dict[str, dict[str, str]]]:
	"""Questions as a survey may ask them, and what a form brings for them."""
	kinds = (NPS, RATING, YES_NO, TEXT, KANO)
	questions = []
	for number in range(draw.randint(1, 5)):
		kind = draw.choice(kinds)
		low = draw.randint(-3, 3) if kind == RATING else 0
		questions.append(
			{
				"key": f"q{number}",
				"label": text(draw, 20) or "?",
				"kind": kind,
				"minimum": low,
				"maximum": low + draw.randint(1, 10) if kind == RATING else 0,
				"is_reversed": kind == RATING and draw.random() < 0.3,
				"weight": draw.choice((0, 20, 50)),
				"low_score": draw.choice((0, 30, 60)),
				"is_required": draw.random() < 0.5,
			}
		)
	choices = (
		"0",
		"5",
		"10",
		"11",
		"-1",
		"٥",
		"1.0",
		"Yes",
		"No",
		"Like",
		"Must be",
		"Dislike",
		"yes",
		"",
		*NUMBERS,
	)
	given, bad = {}, badness(draw)
	fitting = {NPS: ("0", "9", "10"), YES_NO: ("Yes", "No"), KANO: ("Like", "Dislike"), TEXT: ("",)}
	for question in questions:
		marks = (str(question["minimum"]), str(question["maximum"]))
		good = fitting.get(question["kind"], marks)
		if draw.random() >= bad:
			comment = text(draw, 30) * (300 if draw.random() < bad else 1)
			chosen = [draw.choice(choices if draw.random() < bad else good) for _ in range(2)]
			given[question["key"]] = {"choice": chosen[0], "second": chosen[1], "comment": comment}
	if draw.random() < bad:
		given[draw.choice(("q9", text(draw)))] = {"choice": "1", "second": "", "comment": text(draw)}
	return questions, given
