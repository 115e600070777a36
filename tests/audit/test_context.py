"""What only this mirror can say of a finding, from a store that the test writes itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit import cli
from audit.context import (
    add_dependents,
    add_own_code,
    count_dependents,
    describe_context,
    imitated_project,
    rank_by_dependents,
)
from audit.contract import Finding
from audit.exits import Exit
from audit.query import connect
from features.contract import Artifact, Kind, Row, Status
from features.reference.known_code import KnownCode, read_known
from features.schema import fingerprint, rows_table
from jobs.run.joined_scores import SCORES_SCHEMA

OWN = bytes(range(16))
OTHER = bytes(range(1, 17))
STORE = (
    ("sheep", "1.0", ("requests", "numpy"), (OWN, OTHER)),
    ("sheep", "2.0", ("requests",), ()),
    ("goats", "1.0", ("requests", "reqeusts", "goats"), ()),
    ("reqeusts", "1.0", (), (OWN,)),
    ("gone", "1.0", ("requests", "numpy"), ()),
)
"""Project, version, what it requires and its members' digests; the last has left the mirror."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder that a finished run leaves, as far as queries read it."""
    rows = [
        (
            Artifact(f"{name}-{version}", f"{name}-{version}.tar.gz", 10, name, version, Kind.SDIST),
            Row(Status.OK, "", Kind.SDIST, f"{name}{version}", "", members=members, requires=requires),
        )
        for name, version, requires, members in STORE
    ]
    parts = tmp_path / "store" / "features" / f"schema={fingerprint()}" / "run=1"
    run = tmp_path / "runs" / "latest"
    for folder in (parts, run):
        folder.mkdir(parents=True)
    pq.write_table(rows_table(rows), parts / "part-a.parquet")
    told = [
        {"project": name, "version": version, "path": f"{name}-{version}", "size": 10, "sha256": f"{name}{version}"}
        for name, version, _, _ in STORE[:-1]
    ]
    pq.write_table(pa.Table.from_pylist(told, schema=SCORES_SCHEMA), run / "scores.parquet")
    manifest = {
        "fingerprint": fingerprint(),
        "model": {"id": "none"},
        "mirror": {"layout": "bandersnatch"},
        "walk": {"counts": {}},
    }
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


@pytest.fixture
def connection(out: Path) -> Any:
    connection = connect(out)
    yield connection
    connection.close()


def of(finding: Callable[..., Finding], name: str, version: str = "1.0") -> Finding:
    return finding(project=name, path=f"{name}-{version}", sha256=f"{name}{version}")


def test_the_view_has_each_edge_once_and_nothing_that_left(connection: Any) -> None:
    assert connection.execute("SELECT * FROM requires ORDER BY ALL").fetchall() == [
        ("goats", "1.0", "goats"),
        ("goats", "1.0", "reqeusts"),
        ("goats", "1.0", "requests"),
        ("sheep", "1.0", "numpy"),
        ("sheep", "1.0", "requests"),
        ("sheep", "2.0", "requests"),
    ]


def test_projects_count_once_and_not_themselves(connection: Any) -> None:
    assert count_dependents(connection, ["requests", "numpy", "goats", "absent"]) == {"requests": 2, "numpy": 1}
    assert count_dependents(connection, []) == {}
    assert rank_by_dependents(connection, 2) == [("requests", 2), ("numpy", 1)]


def test_an_imitation_is_told_with_what_it_could_reach(connection: Any, finding: Callable[..., Finding]) -> None:
    imitator, honest = add_dependents(connection, [of(finding, "reqeusts"), of(finding, "sheep")])
    assert (imitator.imitates, imitator.imitates_dependents, imitator.dependents) == ("requests", 2, 1)
    assert (honest.imitates, honest.imitates_dependents, honest.dependents) == ("", 0, 0)
    assert list(describe_context(imitator)) == [
        "Its name imitates requests, on which 2 projects of this mirror depend.",
        "1 project on this mirror depends on it.",
    ]
    assert not list(describe_context(honest))


@pytest.mark.parametrize(("name", "imitated"), [("requests3", "requests"), ("pytest-sheep", ""), ("requests", "")])
def test_a_plug_in_imitates_nobody(name: str, imitated: str) -> None:
    assert imitated_project(name) == imitated


def test_ones_own_index_says_whose_code_a_finding_is(connection: Any, finding: Callable[..., Finding]) -> None:
    own = KnownCode.of({"our-sheep": [int.from_bytes(OWN[:8], "big")], "other": [7]})
    found = add_own_code(connection, [of(finding, "sheep"), of(finding, "goats"), of(finding, "reqeusts")], own)
    assert [(one.own_known_share, one.own_known_project) for one in found] == [
        (0.5, "our-sheep"),
        (None, ""),
        (1.0, "our-sheep"),
    ]
    assert list(describe_context(found[0])) == [
        "50% of its source files are in your own index of known code, most of them from our-sheep."
    ]


def test_without_an_index_nothing_is_read_or_said(finding: Callable[..., Finding]) -> None:
    one = of(finding, "sheep")
    assert add_own_code(None, [one], None) == (one,)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [((), "name,dependents\nrequests,2\nnumpy,1\nreqeusts,1\n"), (("--ship", "--top", "2"), "requests\nnumpy\n")],
)
def test_the_names_that_matter_here_are_written(out: Path, flags: tuple[str, ...], expected: str, capsys: Any) -> None:
    said = cli.main(["corpus", "names", "--out", str(out), "--into", str(out / "names.csv"), *flags])
    assert said == Exit.COMPLETE
    assert (out / "names.csv").read_text(encoding="utf-8") == expected
    assert "names in" in capsys.readouterr().out


def test_names_of_no_run_are_an_error(tmp_path: Path, capsys: Any) -> None:
    asked = ["corpus", "names", "--out", str(tmp_path), "--into", str(tmp_path / "names.csv")]
    assert cli.main(asked) == Exit.MISUSE
    assert "no finished run" in capsys.readouterr().err


def test_an_index_of_ones_own_projects_is_built(tmp_path: Path, make_sdist: Callable[..., Path], capsys: Any) -> None:
    made = make_sdist({"ours/core.py": "def count(sheep):\n    return len(sheep)\n" * 9}, "ours", "1.0")
    (tmp_path / "names.txt").write_text("# ours\nours\n", encoding="utf-8")
    index = tmp_path / "index" / "own.parquet"
    asked = ["corpus", "known", "--mirror", str(made.parent), "--projects", str(tmp_path / "names.txt")]
    assert cli.main([*asked, "--into", str(index), "--quiet"]) == Exit.COMPLETE
    assert read_known(index).projects == ("ours",)
    assert "1 digests of 1 projects" in capsys.readouterr().out
    (tmp_path / "names.txt").write_text("absent\n", encoding="utf-8")
    assert cli.main([*asked, "--into", str(index), "--quiet"]) == Exit.MISUSE


def test_a_list_and_a_mirror_together_are_misuse(tmp_path: Path, capsys: Any) -> None:
    assert cli.main(["corpus", "known", "--into", str(tmp_path / "x.parquet")]) == Exit.MISUSE
    assert "a list or a mirror" in capsys.readouterr().err


def test_a_wrong_index_is_told_before_the_nights_work(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "boojum.toml").write_text('known_code = "absent.parquet"\n', encoding="utf-8")
    asked = ["audit", str(tmp_path), "--out", str(tmp_path / "out"), "--config", str(tmp_path / "boojum.toml")]
    assert cli.main(asked) == Exit.MISUSE
    assert "is no index of known code" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
