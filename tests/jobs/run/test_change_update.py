"""Tests that changes are compared and scored together, and that no flagged artifact stays a base."""

from pathlib import Path

import jobs_doubles
import pyarrow as pa
import pytest
from change_builders import member, sdist
from store_builders import finish

from features.contract import Artifact, Row
from features.schema import rows_table
from jobs.changes.current import scan_current
from jobs.mirror.inventory import SCHEMA
from jobs.run.change_update import MAX_ROUNDS, ChangeStores, flagged_digests, scan_scored_changes, update_changes
from jobs.run.cluster import Cluster
from jobs.store.part_store import PartStore

Release = tuple[Artifact, Row]


def release(version: str, sha256: str) -> Release:
    artifact, row = sdist(version, member(f"demo-{version}/demo/a.py", content=version), day=int(version.split(".")[1]))
    return artifact, Row(**{name: getattr(row, name) for name in row.__slots__} | {"sha256": sha256.ljust(64, "0")})


@pytest.fixture
def stores(tmp_path: Path) -> ChangeStores:
    return ChangeStores(*(PartStore(tmp_path / name) for name in ("features", "scores", "changes", "change_scores")))


def inventory(*releases: Release) -> pa.Table:
    rows = [
        {
            "path": artifact.path,
            "filename": artifact.filename,
            "size": artifact.size,
            "project": artifact.project,
            "version": artifact.version,
            "kind": artifact.kind.value,
            "blake2b_256": "",
            "upload_time": artifact.upload_time,
        }
        for artifact, _ in releases
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def score(stores: ChangeStores, run: str, name: str, *verdicts: tuple[Release, str]) -> None:
    rows = [
        {"path": artifact.path, "size": artifact.size, "sha256": row.sha256, "score": 0.5, "verdict": verdict}
        for (artifact, row), verdict in verdicts
    ]
    finish(stores.scores, run, **{name: pa.Table.from_pylist(rows)})


def update(stores: ChangeStores, run: str, *releases: Release, trusted: tuple[str, ...] = (), strict: bool = False):
    load = jobs_doubles.load_strict if strict else jobs_doubles.load_changes
    return update_changes(
        stores, run, inventory(*releases), trusted, _no_cluster, load, None, load(None), lambda *_: None
    )


def _no_cluster() -> Cluster:
    raise AssertionError("so few changes need no workers")


def bases(stores: ChangeStores) -> dict[str, str]:
    """Return the version of the base by the version of the artifact."""
    columns = ["version", "base_version", "base_kind"]
    rows = [row for table in scan_current(stores.changes, columns) for row in table.to_pylist()]
    return {row["version"]: row["base_version"] for row in rows if row["base_kind"] == "release"}


def test_each_release_is_compared_with_the_one_before_and_scored(stores: ChangeStores) -> None:
    first, second = release("1.1", "1"), release("1.2", "3")
    finish(stores.features, "1", a=rows_table([first, second]))
    score(stores, "1", "a", (first, "clear"), (second, "clear"))
    done = update(stores, "1", first, second)
    assert {"1.2": "1.1"} == bases(stores)
    assert (1, 1, 0) == (len(done.rounds), done.scored, done.flagged)
    assert [[None]] == [table["change_score"].to_pylist() for table in scan_scored_changes(stores, ["change_score"])]


def test_a_release_that_its_own_score_flags_is_no_base(stores: ChangeStores) -> None:
    first, second, third = release("1.1", "1"), release("1.2", "3"), release("1.3", "5")
    finish(stores.features, "1", a=rows_table([first, second, third]))
    score(stores, "1", "a", (first, "clear"), (second, "suspicious"), (third, "clear"))
    update(stores, "1", first, second, third)
    assert {"1.2": "1.1", "1.3": "1.1"} == bases(stores)


def test_a_release_that_its_change_flags_is_no_base_from_the_same_night_on(stores: ChangeStores) -> None:
    """The second and the third carry the payload: against the second, the third would have nothing new."""
    first, second, third = release("1.1", "1"), release("1.2", "2"), release("1.3", "4")
    finish(stores.features, "1", a=rows_table([first, second, third]))
    score(stores, "1", "a", (first, "clear"), (second, "clear"), (third, "clear"))
    done = update(stores, "1", first, second, third, strict=True)
    assert {"1.2": "1.1", "1.3": "1.1"} == bases(stores)
    assert {"2".ljust(64, "0"), "4".ljust(64, "0")} == flagged_digests(stores)
    assert 2 <= len(done.rounds) <= MAX_ROUNDS


def test_a_release_that_a_person_waived_stays_a_base(stores: ChangeStores) -> None:
    first, second, third = release("1.1", "1"), release("1.2", "3"), release("1.3", "5")
    finish(stores.features, "1", a=rows_table([first, second, third]))
    score(stores, "1", "a", (first, "clear"), (second, "malicious"), (third, "clear"))
    update(stores, "1", first, second, third, trusted=("3".ljust(64, "0"),))
    assert {"1.2": "1.1", "1.3": "1.2"} == bases(stores)


def test_a_night_without_news_compares_and_scores_nothing(stores: ChangeStores) -> None:
    first, second = release("1.1", "1"), release("1.2", "3")
    finish(stores.features, "1", a=rows_table([first, second]))
    score(stores, "1", "a", (first, "clear"), (second, "clear"))
    update(stores, "1", first, second)
    done = update(stores, "2", first, second)
    assert (0, 0) == (done.rounds[0].rows, done.scored)


def test_the_scores_of_a_superseded_change_do_not_count(stores: ChangeStores) -> None:
    second, third = release("1.2", "3"), release("1.3", "4")
    finish(stores.features, "1", a=rows_table([second, third]))
    score(stores, "1", "a", (second, "clear"), (third, "clear"))
    update(stores, "1", second, third, strict=True)
    assert {"4".ljust(64, "0")} == flagged_digests(stores)
    score(stores, "2", "a", (second, "malicious"), (third, "clear"))
    update(stores, "2", second, third)
    assert {} == bases(stores)
    assert {"3".ljust(64, "0")} == flagged_digests(stores)
