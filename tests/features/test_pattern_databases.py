from features.extract import extract_row
from features.limits import Limits
from features.pattern_databases import store_databases
from features.runtime import pattern_store


def test_an_extraction_compiles_nothing_afterwards(monkeypatch, make_wheel, tmp_path):
    asked: set[str] = set()
    monkeypatch.setattr(pattern_store, "_file", asked.add)
    monkeypatch.setattr(pattern_store, "_compile", lambda patterns: None)
    stored: list[str] = []
    monkeypatch.setattr("features.pattern_databases.store_database", lambda patterns: stored.append(repr(patterns)))
    store_databases()
    assert len(stored) > 10
    assert len(stored) == len(set(stored))
    file = make_wheel({"demo/__init__.py": "import os\nos.system('echo')\n"})
    extract_row(file, file.name, Limits())
    assert asked <= {f"patterns {patterns}" for patterns in stored}


def test_what_is_stored_is_not_compiled_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    patterns = [(0, "boojum", 0)]
    pattern_store.store_database(patterns)
    (file,) = (tmp_path / "boojum").iterdir()
    monkeypatch.setattr(pattern_store, "_compile", None)
    pattern_store.store_database(patterns)
    assert [file] == list((tmp_path / "boojum").iterdir())
