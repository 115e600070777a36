"""Tests what of an output folder is removed, and what is kept and why."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from manifest_builder import MANIFEST
from store_builders import names

from features.schema import fingerprint
from jobs.changes.schema import change_fingerprint
from jobs.contract import OutputReadError
from jobs.run.manifest import FILENAME
from jobs.run.pruning import KeepRules, PrunePlan, carry_out, plan_prune
from jobs.store.lock import reading

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
NIGHTLY = KeepRules(runs=2, days=5)


def add_run(out: Path, days_ago: int, schema: str = "", model: str = "m1") -> str:
    """Publish a run; the last one added is the last run."""
    run = f"{NOW - timedelta(days=days_ago):%Y%m%dT%H%M%SZ}-{days_ago:04x}"
    folder = out / "runs" / run
    folder.mkdir(parents=True)
    changed = replace(MANIFEST, run=run, fingerprint=schema or fingerprint(), model=replace(MANIFEST.model, id=model))
    (folder / FILENAME).write_text(changed.to_json(), encoding="utf-8")
    latest = out / "runs" / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(run)
    return run


def add_file(path: Path, size: int = 100, days_ago: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    moment = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(path, (moment, moment))
    return path


def plan(out: Path, rules: KeepRules = NIGHTLY, in_use: Mapping[str, str] | None = None) -> PrunePlan:
    return plan_prune(out, rules, NOW, in_use or {})


def removed(out: Path, rules: KeepRules = NIGHTLY, in_use: Mapping[str, str] | None = None) -> list[str]:
    return [item.path for item in plan(out, rules, in_use).removed]


def test_a_run_is_removed_only_if_it_is_beyond_both_bounds(tmp_path):
    runs = [add_run(tmp_path, days) for days in (9, 7, 4, 3, 1)]
    assert [f"runs/{run}" for run in (runs[1], runs[0])] == removed(tmp_path)
    assert [f"runs/{runs[0]}"] == removed(tmp_path, KeepRules(runs=4, days=5))
    assert [f"runs/{runs[0]}"] == removed(tmp_path, KeepRules(runs=1, days=8))
    assert [] == removed(tmp_path, KeepRules(runs=5, days=0))


def test_the_last_run_and_those_in_use_stay_whatever_the_bounds(tmp_path):
    runs = [add_run(tmp_path, days) for days in (9, 7, 4)]
    made = plan(tmp_path, KeepRules(0, 0), {runs[0]: "the last run's news is compared with it"})
    assert [f"runs/{runs[1]}"] == [item.path for item in made.removed]
    reasons = {item.path: item.why for item in made.kept}
    assert "the last run" == reasons[f"runs/{runs[2]}"]
    assert "the last run's news is compared with it" == reasons[f"runs/{runs[0]}"]


def test_without_a_link_the_newest_run_is_the_last_one(tmp_path):
    runs = [add_run(tmp_path, days) for days in (9, 7)]
    (tmp_path / "runs" / "latest").unlink()
    assert [f"runs/{runs[0]}"] == removed(tmp_path, KeepRules(0, 0))


def test_what_is_not_boojums_is_never_touched(tmp_path):
    add_run(tmp_path, 9)
    for name in ("notes", "runs/my-notes", "runs/20260101", "store/mine", "waivers.toml", "demo-mirror/web"):
        add_file(tmp_path / name / "file", days_ago=400)
    assert [] == removed(tmp_path, KeepRules(0, 0))


def test_schemas_and_scores_stay_as_long_as_a_kept_run_uses_them(tmp_path):
    add_run(tmp_path, 9, schema="old", model="m0")
    add_run(tmp_path, 8, schema="older", model="m1")
    add_run(tmp_path, 1)
    for schema in ("old", "older", fingerprint()):
        add_file(tmp_path / "store" / "features" / f"schema={schema}" / "run=1" / "part-a.parquet")
    for kind in ("scores", "change_scores"):
        for model in ("m0", "m1"):
            add_file(tmp_path / "store" / kind / f"model={model}" / "run=1" / "part-a.parquet")
    gone = [path for path in removed(tmp_path, KeepRules(1, 5)) if path.startswith("store")]
    assert [
        "store/features/schema=old",
        "store/features/schema=older",
        "store/scores/model=m0",
        "store/change_scores/model=m0",
    ] == gone
    assert [] == removed(tmp_path, KeepRules(3, 5))


def test_changes_under_another_schema_stay_while_they_have_rows_of_kept_runs(tmp_path):
    old, new = add_run(tmp_path, 9), add_run(tmp_path, 1)
    for schema, run in (("a", f"{old}-c0"), ("b", f"{old}-c0~1"), ("c", f"{new}-c1"), (change_fingerprint(), "1")):
        add_file(tmp_path / "store" / "changes" / f"schema={schema}" / f"run={run}" / "part-a.parquet")
    assert [f"runs/{old}", "store/changes/schema=a", "store/changes/schema=b"] == removed(tmp_path, KeepRules(1, 5))


def test_where_a_manifest_cannot_be_read_no_rows_are_removed(tmp_path):
    run = add_run(tmp_path, 1)
    add_file(tmp_path / "store" / "features" / "schema=old" / "run=1" / "part-a.parquet")
    assert ["store/features/schema=old"] == removed(tmp_path)
    (tmp_path / "runs" / run / FILENAME).write_text("{", encoding="utf-8")
    assert [] == removed(tmp_path)


def test_unfinished_work_stays_until_it_is_old(tmp_path):
    add_run(tmp_path, 9)
    root = tmp_path / "store" / "features" / "schema=next"
    add_file(root / ".staging=20260531T000000Z-aaaa" / "unit-a.parquet")
    assert [] == removed(tmp_path)
    os.utime(root / ".staging=20260531T000000Z-aaaa", (0, 0))
    assert ["store/features/schema=next/.staging=20260531T000000Z-aaaa"] == removed(tmp_path)


def test_leftovers_are_removed_and_damaged_files_only_when_they_are_old(tmp_path):
    add_run(tmp_path, 1)
    parts = tmp_path / "store" / "features" / f"schema={fingerprint()}" / "run=1"
    for days in (1, 6):
        add_file(parts / f".broken-part-{days}.parquet", days_ago=days)
        add_file(parts / f"unread-{days}.parquet", days_ago=days)
    add_file(parts / "part-a.parquet", days_ago=400)
    add_file(tmp_path / ".tmp" / "sort")
    add_file(tmp_path / "runs" / ".staging-x" / "report.html")
    below = parts.relative_to(tmp_path).as_posix()
    assert [".tmp", "runs/.staging-x", f"{below}/.broken-part-6.parquet", f"{below}/unread-6.parquet"] == removed(
        tmp_path
    )


def test_bytes_are_those_of_all_files_below(tmp_path):
    old = add_run(tmp_path, 9)
    for name in ("a", "b/c"):
        add_file(tmp_path / "runs" / old / name, size=1_000)
    add_run(tmp_path, 1)
    made = plan(tmp_path, KeepRules(1, 5))
    assert 2_000 + (tmp_path / "runs" / old / FILENAME).stat().st_size == made.bytes == made.removed[0].bytes


def test_a_plan_that_is_carried_out_leaves_what_was_kept(tmp_path):
    runs = [add_run(tmp_path, days) for days in (9, 8, 1)]
    add_file(tmp_path / "store" / "scores" / "model=m0" / "run=1" / "part-a.parquet")
    carry_out(tmp_path, plan(tmp_path, KeepRules(1, 5)), 0)
    assert sorted([runs[2], "latest"]) == names(tmp_path / "runs")
    assert [] == names(tmp_path / "store" / "scores")
    assert PrunePlan((), plan(tmp_path).kept) == plan(tmp_path, KeepRules(1, 5))


def test_nothing_is_removed_while_somebody_reads(tmp_path):
    runs = [add_run(tmp_path, days) for days in (9, 1)]
    made = plan(tmp_path, KeepRules(1, 5))
    with reading(tmp_path), pytest.raises(OutputReadError):
        carry_out(tmp_path, made, 0)
    assert sorted([*runs, "latest"]) == names(tmp_path / "runs")


def test_an_interrupted_call_is_finished_by_the_next_one(tmp_path, monkeypatch):
    for days in (9, 8, 1):
        add_run(tmp_path, days)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    made = plan(tmp_path, KeepRules(1, 5))
    with monkeypatch.context() as patch:
        patch.setattr("jobs.run.pruning.shutil.rmtree", interrupt)
        with pytest.raises(KeyboardInterrupt):
            carry_out(tmp_path, made, 0)
    again = plan(tmp_path, KeepRules(1, 5))
    assert {"an interrupted prune left it"} == {item.why for item in again.removed}
    carry_out(tmp_path, again, 0)
    assert 2 == len(names(tmp_path / "runs"))


def test_a_run_that_is_a_link_to_elsewhere_is_left_alone(tmp_path):
    add_run(tmp_path, 1)
    elsewhere = add_file(tmp_path / "elsewhere" / "file").parent
    (tmp_path / "runs" / "20250101T000000Z-aaaa").symlink_to(elsewhere)
    assert [] == removed(tmp_path, KeepRules(0, 0))
