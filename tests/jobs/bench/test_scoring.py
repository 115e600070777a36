import pytest
from store_builders import names, rows

from jobs.bench.scoring import PrepareScoring
from jobs.store.part_files import read_part, write_part


@pytest.mark.slow
def test_all_parts_are_scored_after_a_first_row(tmp_path):
    scores = tmp_path / "scores"
    scores.mkdir()
    parts = tuple(write_part(tmp_path, f"part-{name}.parquet", rows(name, name * 2)) for name in "ab")
    measured = PrepareScoring(None, scores)(lambda *_: None)(parts)
    assert 4 == measured.rows
    assert min(measured.first, measured.seconds) > 0
    assert measured.peak > 2**20
    assert ["part-a.parquet", "part-b.parquet"] == names(scores)
    assert ["a", "aa"] == read_part(scores / "part-a.parquet", ["path"])["path"].to_pylist()
