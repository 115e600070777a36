"""Tests `boojum compare`: what it prints and its exit status."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit import cli
from audit.exits import Exit
from jobs.run.joined_scores import SCORES_SCHEMA


@pytest.fixture
def out(publish, document, finding):
    """An output folder with two runs, of which the second has one finding more, at `review`."""
    rows: list[dict[str, object]] = []
    for name, verdict in (("20261121T033000Z-aaaa", "malicious"), ("20261122T033000Z-bbbb", "review")):
        found = finding(len(rows) + 1)
        names = ("project", "version", "filename", "path", "sha256", "score")
        rows.append({name: getattr(found, name) for name in names} | {"verdict": verdict})
        folder = publish(document(run=name)) / "runs" / name
        pq.write_table(pa.Table.from_pylist(rows, SCORES_SCHEMA), folder / "scores.parquet")
    return folder.parents[1]


def test_two_runs_are_named_by_id_and_by_latest(out, capsys):
    argv = ["compare", "20261121T033000Z-aaaa", "latest", "--out", str(out)]
    assert Exit.COMPLETE == cli.main(argv)
    assert "\nnew\n  review                   0.9900  project_2-1.0.tar.gz\n" in capsys.readouterr().out
    assert Exit.FINDINGS == cli.main([*argv, "--fail-on", "review", "--json"])
    assert 1 == json.loads(capsys.readouterr().out)["counts"]["new"]


def test_a_run_that_is_gone_from_the_mirror_is_no_news(out, capsys):
    argv = ["compare", "latest", "20261121T033000Z-aaaa", "--out", str(out), "--fail-on", "review"]
    assert Exit.COMPLETE == cli.main(argv)
    assert "the second run is the older one" not in capsys.readouterr().err


def test_a_run_that_does_not_exist_is_misuse(out, capsys):
    assert Exit.MISUSE == cli.main(["compare", "latest", "yesterday", "--out", str(out)])
    assert "no finished run 'yesterday'" in capsys.readouterr().err
