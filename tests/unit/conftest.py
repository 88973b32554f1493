"""Fixtures of the unit tests."""

import pytest

from .preview_files import Preview


@pytest.fixture
def preview(tmp_path, capsys) -> Preview:
	"""The command `preview` with a folder for its files."""
	return Preview(tmp_path, capsys)
