"""The statement orders charges and sums them per customer and mode."""

from hypothesis import given
from hypothesis import strategies as st

from itil_strategy.domain.charging import PayerTerms
from itil_strategy.domain.statement import make_statement

from .charging_examples import FEBRUARY, JANUARY, D, charged, policy, usage

PAYERS = {
	"Works": PayerTerms("Works", "CC", "Showback"),
	"Retail": PayerTerms("Retail", "CC", "Chargeback", FEBRUARY),
}
RULES = [policy("Mail", unit_price="2.50"), policy("Disk", offering="DISK", unit_price="0.10")]
GROUPS = [
	usage(4, "Retail"),
	usage(10, "Retail", month=FEBRUARY),
	usage(7, "Works"),
	usage(30, "Retail", month=FEBRUARY, offering="DISK"),
	usage(2, "Orchard"),
]


def test_rows_and_totals():
	statement = make_statement(charged(RULES, GROUPS, payers=PAYERS))
	assert [(row.customer, row.month, row.offering, row.mode, row.amount) for row in statement.rows] == [
		("Orchard", JANUARY, "MAIL", "Chargeback", D("5.00")),  # 2 x 2.50
		("Retail", JANUARY, "MAIL", "Showback", D("10.00")),  # 4 x 2.50, pays from February on
		("Retail", FEBRUARY, "DISK", "Chargeback", D("3.00")),  # 30 x 0.10
		("Retail", FEBRUARY, "MAIL", "Chargeback", D("25.00")),  # 10 x 2.50
		("Works", JANUARY, "MAIL", "Showback", D("17.50")),  # 7 x 2.50
	]
	assert statement.by_customer == {
		"Orchard": {"Chargeback": D("5.00"), "Showback": 0},
		"Retail": {"Chargeback": D("28.00"), "Showback": D("10.00")},
		"Works": {"Chargeback": 0, "Showback": D("17.50")},
	}
	assert statement.by_mode == {"Chargeback": D("33.00"), "Showback": D("27.50")}
	assert statement.total == D("60.50")


def test_each_row_knows_its_charge():
	charges = charged(RULES, GROUPS, payers=PAYERS)
	statement = make_statement(charges)
	assert set(statement.sources) == set(charges)
	assert [row.amount for row in statement.rows] == [charge.amount for charge in statement.sources]


def test_nothing_charged():
	statement = make_statement([])
	assert (statement.rows, statement.by_customer, statement.total) == ((), {}, 0)


@given(st.permutations(charged(RULES, GROUPS, payers=PAYERS)))
def test_the_order_of_charges_does_not_matter(charges):
	assert make_statement(charges) == make_statement(sorted(charges, key=lambda charge: charge.key))
