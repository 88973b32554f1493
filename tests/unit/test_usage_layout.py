"""Which columns a layout reads, and which make the key of a row."""

import pytest

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.usage_layout import UsageLayout, ValueSource, focus_layout, own_layout

from .usage_files import FOCUS_1_0, FOCUS_1_2


def test_own_layout_needs_five_columns():
	assert own_layout().required_columns() == ("offering", "customer", "date", "unit", "quantity")


def test_a_fixed_source_needs_no_column():
	layout = own_layout(offering=ValueSource("Fixed", "Mail"))
	assert layout.required_columns() == ("customer", "date", "unit", "quantity")


def test_a_tag_source_needs_the_column_tags():
	layout = focus_layout(
		offering=ValueSource("Tag", "service"),
		customer=ValueSource("Tag", "team"),
		key_columns=["ResourceId"],
	)
	assert layout.required_columns() == (
		"Tags",
		"ChargePeriodStart",
		"BillingCurrency",
		"BilledCost",
		"ResourceId",
	)


@pytest.mark.parametrize(
	("quantity", "unit", "empty_is_zero"),
	[
		("BilledCost", "BillingCurrency", False),
		("EffectiveCost", "BillingCurrency", False),
		("ConsumedQuantity", "ConsumedUnit", True),
		("PricingQuantity", "PricingUnit", True),
	],
)
def test_focus_quantity_names_its_unit(quantity: str, unit: str, empty_is_zero: bool):
	layout = focus_layout(quantity=quantity)
	assert (layout.unit_column, layout.date_column) == (unit, "ChargePeriodStart")
	assert layout.empty_quantity_is_zero is empty_is_zero


@pytest.mark.parametrize("header", [FOCUS_1_0, FOCUS_1_2])
def test_focus_versions_have_the_columns_needed(header: tuple[str, ...]):
	assert set(focus_layout().required_columns()) <= set(header)


def test_own_key_is_the_reference_where_there_is_one():
	columns = ("offering", "customer", "date", "unit", "quantity", "reference", "charge_class")
	assert own_layout().resolve_key_columns(columns) == ("reference",)


def test_own_key_without_reference_leaves_out_the_quantity():
	columns = ("quantity", "offering", "customer", "date", "unit", "note")
	assert own_layout().resolve_key_columns(columns) == ("customer", "date", "note", "offering", "unit")


def test_focus_key_leaves_out_what_is_restated():
	assert focus_layout().resolve_key_columns(FOCUS_1_2) == (
		"BillingCurrency",
		"ChargeCategory",
		"ChargeClass",
		"ChargePeriodEnd",
		"ChargePeriodStart",
		"ConsumedUnit",
		"PricingCurrency",
		"PricingUnit",
		"ResourceId",
		"ServiceName",
		"ServiceSubcategory",
		"SubAccountId",
		"Tags",
	)


def test_named_key_columns_win_and_are_sorted():
	layout = own_layout(key_columns=("unit", "date"))
	assert layout.resolve_key_columns(("date", "unit", "reference")) == ("date", "unit")


@pytest.mark.parametrize(
	("make", "words"),
	[
		(lambda: own_layout(name=" "), "needs a name"),
		(lambda: focus_layout(quantity="ListCost"), 'cannot be "ListCost". Choose one of BilledCost'),
		(lambda: own_layout(key_columns=("date", "date")), '"date" of layout "Own layout" is named twice'),
		(lambda: ValueSource("Row", "x"), '"Row" is no kind of source. Choose one of Column, Tag, Fixed'),
		(lambda: ValueSource("Tag", ""), "kind Tag needs a name"),
		(
			lambda: UsageLayout("x", "XML", ValueSource("Fixed", "a"), ValueSource("Fixed", "b"), "quantity"),
			'"XML" is no file layout. Choose one of Own, FOCUS',
		),
		(
			lambda: UsageLayout(
				"x", "Own", ValueSource("Fixed", "a"), ValueSource("Fixed", "b"), "BilledCost"
			),
			"Choose one of quantity",
		),
	],
)
def test_layouts_that_do_not_fit_are_refused(make, words: str):
	with pytest.raises(DomainError) as caught:
		make()
	assert words in caught.value.message
