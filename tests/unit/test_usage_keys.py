"""Source keys: a row keeps its key through every delivery, and no two rows share one (FM-10)."""

from hashlib import blake2b
from pathlib import Path

import pytest

from itil_strategy.domain import usage_source
from itil_strategy.domain.usage_file import check_file
from itil_strategy.domain.usage_layout import focus_layout, own_layout

from .usage_files import (
	FOCUS_1_0,
	FOCUS_1_2,
	FOCUS_ROW,
	OWN_HEADER,
	own_row,
	places,
	read_all,
	refused,
	write_csv,
)


def key_of(*parts: str, occurrence: int = 1) -> str:
	"""The documented key: lengths before the texts, and which occurrence it is."""
	text = "".join(f"{len(part.encode())}:{part}" for part in parts) + f"#{occurrence}"
	return blake2b(text.encode(), digest_size=16).hexdigest()


def test_keys_are_as_documented(tmp_path: Path):
	_, frame = read_all(write_csv(tmp_path / "u.csv", [own_row(1), own_row(2, reference="é-2")]))
	assert frame["source_key"].to_list() == [
		key_of("Own layout", "reference", "R-1"),
		key_of("Own layout", "reference", "é-2"),
	]
	assert frame["source_key"][0] == "6bdf7d3efdf1bf1c5bfa7f9e15f36be8"  # by coreutils: b2sum -l 128


def test_same_moment_number_and_tags_give_the_same_key(tmp_path: Path):
	columns = ("ChargePeriodStart", "BilledCost", "Tags", "ResourceId")
	layout = focus_layout(key_columns=columns)
	spellings = [
		{},
		{"ChargePeriodStart": "2024-09-18T22:00:00Z", "BilledCost": "12.5"},
		{"ChargePeriodStart": "2024-09-19T00:00+02:00", "BilledCost": "1.25e1", "ResourceId": " arn:1 "},
		{"Tags": '{"env":"dev","none":null,"team":"red"}'},
	]
	keys = {
		read_all(write_csv(tmp_path / "b.csv", [FOCUS_ROW | change], FOCUS_1_2), layout)[1][
			"source_key"
		].item()
		for change in spellings
	}
	assert len(keys) == 1


def test_restated_and_added_columns_change_no_key(tmp_path: Path):
	def key(values: dict, header: tuple[str, ...]) -> str:
		path = write_csv(tmp_path / "b.csv", [{name: values.get(name, "") for name in header}], header)
		return read_all(path, focus_layout())[1]["source_key"].item()

	first = key(FOCUS_ROW, FOCUS_1_0)
	assert key(FOCUS_ROW | {"BilledCost": "13", "ConsumedQuantity": "9"}, FOCUS_1_0) == first
	assert key(FOCUS_ROW, FOCUS_1_0[::-1]) == first
	assert key(FOCUS_ROW, (*FOCUS_1_0, "InvoiceId")) == first
	assert key(FOCUS_ROW | {"ServiceSubcategory": ""}, (*FOCUS_1_0, "ServiceSubcategory")) == first
	assert key(FOCUS_ROW | {"ResourceId": "arn:2"}, FOCUS_1_0) != first


def test_neighbouring_cells_cannot_be_mistaken(tmp_path: Path):
	layout = own_layout(key_columns=("offering", "customer"))
	pairs = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("1:a", "b"), ("a", "8:customer1:b")]
	rows = [own_row(offering=offering, customer=customer) for offering, customer in pairs]
	assert read_all(write_csv(tmp_path / "u.csv", rows), layout)[1]["source_key"].n_unique() == len(pairs)


def test_two_layouts_share_no_key(tmp_path: Path):
	path = write_csv(tmp_path / "u.csv", [own_row()])
	assert (
		read_all(path)[1]["source_key"].item() != read_all(path, own_layout("Other"))[1]["source_key"].item()
	)


def test_repeated_keys_are_numbered_across_batches_and_blocks(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
	references = ["a", "b", "a", "c", "a", "b", *(f"x{number}" for number in range(500)), "a"]
	rows = [own_row(reference=reference, quantity=str(index)) for index, reference in enumerate(references)]
	path = write_csv(tmp_path / "u.csv", rows)
	layout = own_layout(number_repeated_keys=True)
	counted: dict[str, int] = {}
	expected = []
	for reference in references:
		counted[reference] = counted.get(reference, 0) + 1
		expected.append(key_of("Own layout", "reference", reference, occurrence=counted[reference]))
	for block in (usage_source.BLOCK_BYTES, 200):
		monkeypatch.setattr(usage_source, "BLOCK_BYTES", block)
		for batch_rows in (1, 2, 3, 7, 50_000):
			summary, frame = read_all(path, layout, batch_rows)
			assert frame["source_key"].to_list() == expected
			assert summary.repeated_keys == 4


def test_numbering_keeps_the_key_of_rows_that_stand_once(tmp_path: Path):
	path = write_csv(tmp_path / "u.csv", [own_row(1), own_row(2)])
	numbered = read_all(path, own_layout(number_repeated_keys=True))[1]
	assert numbered.equals(read_all(path)[1])


def test_a_repeated_key_refuses_the_file_and_names_both_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr(usage_source, "BLOCK_BYTES", 200)
	rows = [own_row(number) for number in range(100)]
	rows[40] = own_row(3, quantity="9")
	rows[99] = own_row(3)
	error = refused(write_csv(tmp_path / "u.csv", rows))
	assert (places(error), error.count) == ([(42, "reference"), (101, "reference")], 2)
	for row in error.errors:
		assert "same key as row 5 (reference)" in row.message
		assert "number repeated keys" in row.message


def test_repeated_keys_and_bad_rows_are_named_together_in_row_order(tmp_path: Path):
	rows = [own_row(1), own_row(2, quantity="x"), own_row(1), own_row(2), own_row(3, date="x")]
	error = refused(write_csv(tmp_path / "u.csv", rows))
	assert places(error) == [(3, "quantity"), (4, "reference"), (5, "reference"), (6, "date")]


def test_whole_row_as_key(tmp_path: Path):
	header = tuple(name for name in OWN_HEADER if name != "reference")
	rows = [{name: own_row()[name] for name in header} for _ in range(2)]
	error = refused(write_csv(tmp_path / "u.csv", rows, header))
	assert places(error) == [(3, "row")]
	assert "same key as row 2 (customer, date, offering, unit)" in error.errors[0].message
	error = refused(write_csv(tmp_path / "b.csv", [FOCUS_ROW, FOCUS_ROW], FOCUS_1_2), focus_layout())
	assert "row 2 (all columns but costs, prices, quantities and InvoiceId)" in error.errors[0].message


def test_more_repeats_than_errors_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	path = write_csv(tmp_path / "u.csv", [own_row(number % 700) for number in range(2_100)])
	for block in (usage_source.BLOCK_BYTES, 3_000):
		monkeypatch.setattr(usage_source, "BLOCK_BYTES", block)
		for limit in (10, 1_000):
			error = refused(path, max_errors=limit)
			assert error.count == 1_400
			assert [row.row for row in error.errors] == list(range(702, 702 + limit))
			assert "same key as row 2 (" in error.errors[0].message
	assert "same key as row 2 (" in error.errors[700].message


@pytest.mark.parametrize("number_repeated_keys", [False, True])
def test_an_empty_key_is_a_bad_row(tmp_path: Path, number_repeated_keys: bool):
	path = write_csv(tmp_path / "u.csv", [own_row(reference=""), own_row(), own_row(reference="NULL")])
	error = refused(path, own_layout(number_repeated_keys=number_repeated_keys))
	assert places(error) == [(2, "reference"), (4, "reference")]
	assert error.errors[0].message == "The row has no key: reference is empty. Fill it in."


def test_candidates_for_repetition_are_compared_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	"""Two keys whose 8-byte hashes collide are neither refused nor numbered."""
	import polars as pl

	from itil_strategy.domain import usage_file

	monkeypatch.setattr(
		usage_file,
		"_hash",
		lambda texts: pl.select(pl.lit(7, pl.UInt64).repeat_by(len(texts)).explode()).to_series(),
	)
	path = write_csv(tmp_path / "u.csv", [own_row(1), own_row(2), own_row(3)])
	check_file(path, own_layout())
	expected = [key_of("Own layout", "reference", f"R-{number}") for number in (1, 2, 3)]
	for numbered in (False, True):
		assert (
			read_all(path, own_layout(number_repeated_keys=numbered))[1]["source_key"].to_list() == expected
		)
