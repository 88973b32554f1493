"""The catalogue of strings: every string of the code is in it, and German translates every one."""

from itil_strategy.locale import catalog


def test_the_catalogue_has_every_string_and_german_translates_it():
	"""Written anew by `python -m itil_strategy.locale.catalog`."""
	assert catalog.faults() == []
	assert "de" in catalog.translations()


def test_a_string_without_translation_and_one_with_other_places_are_named():
	template = catalog.read(catalog.TEMPLATE)
	german = catalog.read(catalog.translations()["de"], "de")
	text = "{0} of {1} done"
	german[text].string = "{0} erledigt"
	assert catalog.broken(german) == [text]
	german[text].string = ""
	assert catalog.missing(german, template) == [text]
