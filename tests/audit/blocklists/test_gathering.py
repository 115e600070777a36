"""Tests what is gathered from a run for its record."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.blocklists.gathering import gather_decided, gather_night
from audit.config import BlocklistSettings
from audit.decisions.contract import Block, Scope
from audit.decisions.matching import Decisions
from audit.runs import NoSuchRunError
from jobs.run.run_folder import RunFolder, read_run
from model.saved import load_card

DECIDED = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = BlocklistSettings()
BLOCKS = Decisions(blocks=(Block(scope=Scope.PROJECT, project="goats", owner="sec", reason="ours", decided=DECIDED),))


@pytest.fixture
def run(store_folder):
    folder = store_folder / "runs" / "latest"
    return RunFolder("1", store_folder, folder, read_run(folder).manifest)


def test_a_night_has_popular_projects_files_of_blocks_and_the_first_day_of_the_mirror(run, document, finding):
    tonight = document(finding(1, project="requests"), finding(2))
    night = gather_night(run, tonight, None, BLOCKS, SETTINGS, load_card(None))
    assert {"requests"} == set(night.rule.popular)
    assert {"goats1.0"} == set(night.files.by_sha256)
    assert (None, "7", tonight.finished.date()) == (night.rule.since, night.mirror_serial, night.rule.today)
    days = pa.table({"first_seen": pa.array([date(2026, 11, 3), date(2026, 11, 2)], pa.date32())})
    pq.write_table(days, run.folder / "files.parquet")
    assert date(2026, 11, 2) == gather_night(run, tonight, None, BLOCKS, SETTINGS, load_card(None)).rule.since


def test_a_finished_run_has_the_files_of_its_record_and_the_day_of_today(run, document, record, finding):
    listed = record(finding(1, sha256="sheep1.0", filename="sheep-1.0.tar.gz"))
    night = gather_decided(run, document(), listed, BLOCKS, SETTINGS, date(2026, 12, 24))
    assert ({"goats1.0", "sheep1.0"}, date(2026, 12, 24)) == (set(night.files.by_sha256), night.rule.today)


def test_a_finished_run_whose_scores_are_damaged_is_named(run, document, record, finding):
    (run.folder / "scores.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(NoSuchRunError, match=r"scores\.parquet cannot be read"):
        gather_decided(run, document(), record(finding(1)), BLOCKS, SETTINGS, date(2026, 12, 24))
