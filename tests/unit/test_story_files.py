"""The files of the sample's two years are those that their script writes."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WRITTEN = ("usage.csv", "direct_costs.csv", "shared_costs.csv")


def test_the_script_writes_what_is_there(tmp_path, monkeypatch):
	spec = importlib.util.spec_from_file_location("make_story", ROOT / "scripts" / "make_story.py")
	script = importlib.util.module_from_spec(spec)
	monkeypatch.setitem(sys.modules, "make_story", script)
	spec.loader.exec_module(script)
	monkeypatch.setattr(script, "FOLDER", tmp_path)
	script.main()
	for name in WRITTEN:
		assert (tmp_path / name).read_bytes() == (ROOT / "fixtures" / "story" / name).read_bytes(), name
