"""Names pass through messages unharmed: escaped once in HTML, as typed in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.text import Text, make_text
from itil_strategy.utils.text import as_html, as_plain, bold


def test_a_name_is_escaped_once():
	assert as_html("A & B <i>") == "A &amp; B &lt;i&gt;"
	assert bold("A & B <i>") == "<strong>A &amp; B &lt;i&gt;</strong>"
	assert (as_html(None), bold(None)) == ("", "<strong></strong>")


@pytest.mark.parametrize(
	("message", "text"),
	[
		("<strong>A &amp; B &lt;i&gt;</strong> is disabled.", "A & B <i> is disabled."),
		("One.<br>Two.<BR/>Three.", "One.\nTwo.\nThree."),
		("Ask:<br><br><ul><li>Ann</li><li>Ben</li></ul>", "Ask:\nAnn\nBen"),
		# messages of ERPNext carry names as they are
		("A & B owes 5 < 6 and 7 > 6", "A & B owes 5 < 6 and 7 > 6"),
		("&amp;lt; stays an entity", "&lt; stays an entity"),
		("", ""),
	],
)
def test_a_message_as_plain_text(message, text):
	assert as_plain(message) == text


@given(st.text(st.characters(exclude_categories=["Z", "C"])))
def test_any_name_survives_the_way_through_a_message(name):
	assert as_plain(f"Customer {bold(name)} is disabled.<br>Next") == f"Customer {name} is disabled.\nNext"


def test_a_sentence_in_a_sentence_stays_translatable():
	inner = FormulaError("Position {0}: {1}.", 3, "odd", position=3).text
	outer = make_text("Row {0}: {1}", (7, inner))
	assert outer.values == ("7", Text("Position {0}: {1}.", ("3", "odd")))
	assert str(outer) == "Row 7: Position 3: odd."
