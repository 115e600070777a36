"""Tests the look-ups on the mirror: the digests that a waiver vouches for, and waivers that name nothing."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from audit.decisions.contract import Scope, Waiver
from audit.decisions.matching import Decisions, JudgedArtifact
from audit.decisions.mirror import find_first_days, find_unmatched, trusted_digests
from audit.query import open_views
from jobs.run.views import store_views

TODAY = date(2026, 12, 1)
DECIDED = datetime(2026, 11, 30, 9, tzinfo=UTC)


def waive(scope, **target):
    return Waiver(scope=scope, **target, owner="ops", reason="ours", expires=date(2027, 1, 1), decided=DECIDED)


def test_files_of_waived_releases_and_projects_are_trusted_but_not_later_ones(publish, document, finding):
    out = publish(
        document(
            finding(1, first_seen=date(2026, 11, 1)),
            finding(2, first_seen=TODAY, project="project-1"),
            finding(3, first_seen=date(2026, 11, 1)),
        )
    )
    wide = Decisions((waive(Scope.PROJECT, project="project-1"), waive(Scope.FILE, sha256="f" * 64)))
    assert {f"{1:064x}", "f" * 64} == trusted_digests(wide, out, TODAY)


def test_an_expired_waiver_and_one_of_an_indicator_vouch_for_no_file(tmp_path):
    both = Decisions((waive(Scope.FILE, sha256="f" * 64, indicator="os_system"), waive(Scope.FILE, sha256="e" * 64)))
    assert {"e" * 64} == trusted_digests(both, tmp_path, TODAY)
    assert frozenset() == trusted_digests(both, tmp_path, date(2027, 1, 2))


def test_without_a_run_only_files_are_trusted(tmp_path):
    assert frozenset() == trusted_digests(Decisions((waive(Scope.PROJECT, project="six"),)), tmp_path, TODAY)


def test_a_waiver_that_names_nothing_on_the_mirror_is_named(store_folder):
    waivers = (
        waive(Scope.PROJECT, project="sheep"),
        waive(Scope.PROJECT, project="shepe"),
        waive(Scope.RELEASE, project="sheep", version="1"),
        waive(Scope.RELEASE, project="sheep", version="7"),
        waive(Scope.FILE, sha256="0" * 64),
    )
    with open_views(store_views(store_folder)) as connection:
        found = find_unmatched(connection, Decisions(waivers), TODAY)
        assert ["project shepe", "release sheep==7", "file 000000000000"] == [
            line.removeprefix("the waiver of ").partition(" by ")[0] for line in found
        ]
        assert () == find_unmatched(connection, Decisions(waivers), date(2027, 1, 2))


def test_the_first_day_of_a_file_is_that_under_its_own_name(store_folder):
    named = JudgedArtifact("sheep1.0", "sheep", "1.0")
    assert {} == find_first_days(store_folder, [named])
    scores = store_folder / "runs" / "latest" / "scores.parquet"
    table = pq.read_table(scores)
    days = pa.array([date(2026, 11, 1)] * table.num_rows, pa.date32())
    pq.write_table(table.set_column(table.column_names.index("first_seen"), "first_seen", days), scores)
    assert {("sheep1.0", "sheep", "1.0"): date(2026, 11, 1)} == find_first_days(store_folder, [named])
    assert {} == find_first_days(store_folder / "none", [named])
