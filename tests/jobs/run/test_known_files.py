"""Nights over a mirror that changes: what is gone, what cannot be seen, what was replaced, and what its pages say."""

# mypy: disable-error-code="func-returns-value"

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jobs_doubles
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.schema import fingerprint
from jobs.contract import AuditRequest
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.run.audit import run_audit
from jobs.run.known_files import FILES_SCHEMA, KnownFilesError
from jobs.run.run_folder import RunFolder, publish_run
from jobs.store.part_store import feature_store

TIME = datetime(2021, 5, 5, 14, 18, 17, 123456, tzinfo=UTC)
NAMES = tuple(f"project{number}-1.0.tar.gz" for number in range(12))
Night = Callable[..., RunFolder]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A bandersnatch mirror with one file for each of twelve projects."""
    writer = MirrorWriter(tmp_path / "mirror")
    for name in NAMES:
        writer.add(name.split("-")[0], "1.0", name, f"bytes of {name}".encode(), TIME)
    writer.finish(5)
    return tmp_path / "mirror"


class NoCluster:
    """Stands in for the workers: a unit of extraction runs in this process."""

    local = None
    unconfined = ()

    def __call__(self) -> "NoCluster":
        return self


@contextmanager
def no_cluster(*_: Any) -> Iterator[NoCluster]:
    yield NoCluster()


def run_here(_: object, task: Callable[[Any], Any], next_item: Callable[[], Any]) -> Iterator[tuple[Any, Any]]:
    while (item := next_item()) is not None:
        yield item, task(item)


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Return `night(**changes of the request) -> RunFolder`, published."""
    monkeypatch.setattr("jobs.run.audit.lazy_cluster", no_cluster)
    for module in ("extraction", "merging", "verification", "scoring"):
        monkeypatch.setattr(f"jobs.run.{module}.BoundedSubmit", run_here)

    def run(**changes: Any) -> RunFolder:
        request = AuditRequest(tmp_path / "mirror", tmp_path / "out")
        doubles = {name: getattr(jobs_doubles, name) for name in ("extract", "load", "load_changes")}
        return publish_run(run_audit(replace(request, **changes), **doubles))

    return run


def faults(run: RunFolder) -> list[str]:
    return [fault.code for fault in run.manifest.faults]


def scores(run: RunFolder) -> dict[str, dict[str, Any]]:
    return {row["filename"]: row for row in pq.read_table(run.folder / "scores.parquet").to_pylist()}


def files(run: RunFolder) -> dict[str, dict[str, Any]]:
    table = pq.read_table(run.folder / "files.parquet")
    assert table.schema.equals(FILES_SCHEMA)
    return {row["path"].rpartition("/")[2]: row for row in table.to_pylist()}


def seen(run: RunFolder) -> dict[str, int]:
    found = [row["seen"] for row in scores(run).values()]
    return {word: found.count(word) for word in sorted(set(found))}


def place(mirror: Path, name: str) -> Path:
    (path,) = (mirror / "web" / "packages").rglob(name)
    return path


def replace_bytes(path: Path, content: bytes) -> None:
    """Write other bytes of the same length in place, with the times of before."""
    status = path.stat()
    assert len(content) <= status.st_size
    path.write_bytes(content.ljust(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def reads(run: RunFolder) -> tuple[int, int]:
    return run.manifest.counts.read, run.manifest.counts.replaced


def stored(out: Path) -> int:
    return sum(pq.ParquetFile(part).metadata.num_rows for part in feature_store(out, fingerprint()).parts())


class TestAMirrorThatIsNotThere:
    @pytest.mark.parametrize(
        ("code", "change"),
        [
            ("empty", lambda m: [shutil.rmtree(m), m.mkdir()]),
            ("empty", lambda m: (shutil.rmtree(m / "web"), (m / "web").symlink_to("nowhere"))),
            ("empty", lambda m: (shutil.rmtree(m / "web"), (m / "web").mkdir())),
            ("empty", lambda m: (shutil.rmtree(m / "web" / "packages"), (m / "web" / "packages").mkdir())),
            ("empty", lambda m: shutil.rmtree(m / "web" / "packages")),
            ("shrank", lambda m: [shutil.rmtree(f) for f in sorted((m / "web" / "packages").iterdir())[::2]]),
            ("shrank", lambda m: [place(m, name).unlink() for name in NAMES[:2]]),
        ],
    )
    def test_everything_known_stands(self, mirror, night, code, change):
        before = scores(night())
        change(mirror)
        run = night()
        assert [code] == faults(run)
        assert run.manifest.complete is False
        after = scores(run)
        assert {n: (r["score"], r["sha256"]) for n, r in before.items()} == {
            n: (r["score"], r["sha256"]) for n, r in after.items()
        }
        assert {row["listed"] for row in after.values()} == {True}
        assert run.manifest.counts.standing == sum(row["seen"] == "stands" for row in after.values()) > 0
        # The night of a fault is no new measure.
        assert [code] == faults(night())
        assert set(NAMES) == set(files(night()))

    def test_another_folder_of_files_is_no_replacement_of_a_mirror(self, mirror, night, tmp_path):
        night()
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "else-1.0.tar.gz").write_bytes(b"else")
        run = night(mirror=tmp_path / "other")
        assert (["empty"], {"stands": 12}) == (faults(run), seen(run))

    def test_a_person_may_accept_it(self, mirror, night):
        night()
        shutil.rmtree(mirror / "web" / "packages")
        (mirror / "web" / "packages").mkdir()
        run = night(accept_shrink=True)
        assert ([], {}) == (faults(run), scores(run))
        assert run.manifest.complete is True

    def test_one_file_that_is_gone_is_gone_and_a_wider_bound_allows_more(self, mirror, night):
        night()
        place(mirror, NAMES[0]).unlink()
        assert ([], {"tonight": 11}) == ((run := night()).manifest.faults or [], seen(run))
        for name in NAMES[1:4]:
            place(mirror, name).unlink()
        run = night(max_shrink=0.5)
        assert ([], {"tonight": 8}) == (faults(run), seen(run))

    def test_a_first_run_over_nothing_is_a_fault(self, night, tmp_path):
        (tmp_path / "mirror").mkdir()
        run = night()
        assert ["empty"] == faults(run)
        assert not run.manifest.complete

    def test_a_plain_folder_that_became_empty(self, night, tmp_path, make_folder):
        folder = make_folder({name: name.encode() for name in NAMES})
        night()
        for file in folder.iterdir():
            file.unlink()
        run = night()
        assert (["empty"], {"stands": 12}) == (faults(run), seen(run))


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("number", [5, 13, 36, 40, 116])
    def test_what_is_below_a_folder_that_cannot_be_listed_stands(self, mirror, night, monkeypatch, number):
        before = scores(night())
        folder = place(mirror, NAMES[0]).parent.parent
        plain = os.scandir

        def scandir(path):
            if str(path) == str(folder):
                raise OSError(number, os.strerror(number), str(path))
            return plain(path)

        monkeypatch.setattr(os, "scandir", scandir)
        run = night()
        assert ["unreadable"] == faults(run)
        assert os.strerror(number) in run.manifest.faults[0].detail
        row = scores(run)[NAMES[0]]
        assert ("stands", before[NAMES[0]]["score"]) == (row["seen"], row["score"])
        assert {"stands": 1, "tonight": 11} == seen(run)

    @pytest.mark.parametrize("change", [lambda f: f.write_text("x"), lambda f: f.symlink_to("/"), os.mkfifo])
    def test_a_folder_that_became_something_else(self, mirror, night, change):
        night()
        folder = place(mirror, NAMES[0]).parents[2]
        shutil.rmtree(folder)
        change(folder)
        run = night()
        assert "unreadable" in faults(run)
        assert {"unreadable"} == set(faults(run))
        assert scores(run)[NAMES[0]]["seen"] == "stands"

    @pytest.mark.parametrize("change", [os.mkfifo, os.mkdir, lambda f: f.symlink_to("/etc/hostname")])
    def test_a_file_that_became_something_else(self, mirror, night, change):
        before = scores(night())
        path = place(mirror, NAMES[0])
        path.unlink()
        change(path)
        run = night()
        assert ["unreadable"] == faults(run)
        assert ("stands", before[NAMES[0]]["score"]) == (scores(run)[NAMES[0]]["seen"], scores(run)[NAMES[0]]["score"])

    @pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
    def test_a_folder_without_permission(self, mirror, night):
        night()
        folder = place(mirror, NAMES[0]).parents[2]
        folder.chmod(0)
        try:
            run = night()
        finally:
            folder.chmod(0o755)
        assert (["unreadable"], "stands") == (faults(run), scores(run)[NAMES[0]]["seen"])

    def test_bytes_that_cannot_be_read_stand(self, mirror, night, monkeypatch):
        night()
        plain = os.open

        def refuse(path, *args, **kwargs):
            if str(path).endswith(NAMES[0]):
                raise OSError(5, os.strerror(5), str(path))
            return plain(path, *args, **kwargs)

        os.utime(place(mirror, NAMES[0]))
        monkeypatch.setattr(os, "open", refuse)
        run = night()
        assert (["unreadable"], "stands") == (faults(run), scores(run)[NAMES[0]]["seen"])
        monkeypatch.setattr(os, "open", plain)
        assert ([], "tonight") == (faults(night()), scores(night())[NAMES[0]]["seen"])

    @pytest.mark.parametrize(
        "change",
        [
            lambda simple: [page.write_bytes(b'{"files": [') for page in (simple / "project0").iterdir()],
            lambda simple: (shutil.rmtree(simple / "project0"), (simple / "project0").write_text("x")),
            lambda simple: [(p.unlink(), os.mkfifo(p)) for p in (simple / "project0").iterdir()],
            shutil.rmtree,
        ],
    )
    def test_a_page_that_cannot_be_read_says_what_it_said_last(self, mirror, night, change):
        night()
        change(mirror / "web" / "simple")
        run = night()
        assert {"unreadable"} == set(faults(run))
        assert {(True, False)} == {(row["listed"], row["yanked"]) for row in scores(run).values()}


class TestAFileThatWasReplaced:
    def test_its_new_bytes_count_and_it_is_said(self, mirror, night, tmp_path):
        before = scores(night())
        replace_bytes(place(mirror, NAMES[0]), b"BROKEN")
        run = night()
        assert (["replaced"], (1, 1)) == (faults(run), reads(run))
        assert NAMES[0] in run.manifest.faults[0].detail
        after = scores(run)
        assert 12 == len(after) == pq.ParquetFile(run.folder / "scores.parquet").metadata.num_rows
        assert before[NAMES[0]]["sha256"] != after[NAMES[0]]["sha256"]
        assert ("ok", "unreadable") == (before[NAMES[0]]["status"], after[NAMES[0]]["status"])
        assert ([], (0, 0)) == (faults(again := night()), reads(again))
        assert after[NAMES[0]]["sha256"] == scores(again)[NAMES[0]]["sha256"]

    def test_the_bytes_of_before_put_back_are_noticed_and_not_read_twice(self, mirror, night, tmp_path):
        before = scores(night())
        path = place(mirror, NAMES[0])
        content = path.read_bytes()
        replace_bytes(path, b"BROKEN")
        night()
        replace_bytes(path, content)
        run = night()
        assert (["replaced"], (0, 1)) == (faults(run), reads(run))
        assert {n: r["sha256"] for n, r in before.items()} == {n: r["sha256"] for n, r in scores(run).items()}
        assert 13 == stored(tmp_path / "out")

    def test_another_size_is_another_file(self, mirror, night):
        night()
        place(mirror, NAMES[0]).write_bytes(b"BROKEN and longer than what was there before")
        run = night()
        assert (["replaced"], (1, 1)) == (faults(run), reads(run))

    def test_a_mirror_that_was_copied_anew_is_only_hashed(self, mirror, night, tmp_path):
        before = scores(night())
        shutil.copytree(mirror, tmp_path / "copy")
        shutil.rmtree(mirror)
        (tmp_path / "copy").rename(mirror)
        run = night()
        assert ([], (0, 0), 12) == (faults(run), reads(run), run.manifest.counts.verified)
        assert {n: r["score"] for n, r in before.items()} == {n: r["score"] for n, r in scores(run).items()}

    def test_a_share_is_compared_every_night_the_longest_not_compared_first(self, mirror, night, tmp_path, monkeypatch):
        night()
        listing = tmp_path / "out" / "runs" / "latest" / "files.parquet"
        table = pq.read_table(listing)
        old = [
            row["verified"].replace(year=2020) if n < 3 else row["verified"] for n, row in enumerate(table.to_pylist())
        ]
        pq.write_table(table.set_column(7, FILES_SCHEMA.field("verified"), pa.array(old, pa.date32())), listing)
        run = night(verify_share=0.25)
        assert 3 == run.manifest.counts.verified
        assert {2020} != {row["verified"].year for row in files(run).values()}
        assert all(row["verified"].year > 2020 for row in files(run).values())
        assert 1 == night().manifest.counts.verified
        assert 0 == night(verify_share=0.0).manifest.counts.verified

    def test_other_bytes_under_unchanged_times_are_found_by_the_share(self, mirror, night, tmp_path):
        night()
        path = place(mirror, NAMES[0])
        replace_bytes(path, b"BROKEN")
        listing = tmp_path / "out" / "runs" / "latest" / "files.parquet"
        rows = pq.read_table(listing).to_pylist()
        for row in rows:
            row["ctime"] = path.stat().st_ctime_ns if row["path"].endswith(NAMES[0]) else row["ctime"]
        pq.write_table(pa.Table.from_pylist(rows, FILES_SCHEMA), listing)
        assert (["replaced"], (1, 1)) == (faults(run := night(verify_share=1.0)), reads(run))

    def test_in_a_plain_folder_too(self, night, make_folder):
        folder = make_folder({name: name.encode() for name in NAMES})
        before = scores(night())
        os.utime(folder / NAMES[1], (1, 1))
        replace_bytes(folder / NAMES[0], b"BROKEN")
        run = night()
        assert (["replaced"], (1, 1)) == (faults(run), reads(run))
        after = scores(run)
        assert {NAMES[0]} == {name for name in NAMES if before[name]["sha256"] != after[name]["sha256"]}
        assert 12 == pq.ParquetFile(run.folder / "scores.parquet").metadata.num_rows

    def test_a_file_whose_path_never_named_its_bytes_is_known_all_the_same(self, mirror, night):
        path = place(mirror, NAMES[0])
        path.write_bytes(b"not what the path names")
        first = night()
        assert ([], 12) == (faults(first), first.manifest.counts.ok)
        run = night(verify_share=1.0)
        assert ([], (0, 0)) == (faults(run), reads(run))


class TestFactsOfTonight:
    def page(self, mirror: Path, project: str, **changes: Any) -> None:
        path = mirror / "web" / "simple" / project / "index.v1_json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    def test_what_pages_say_is_joined_anew(self, mirror, night):
        first = scores(night())
        assert {(True, False, "", None)} == {
            (r["listed"], r["yanked"], r["project_status"], r["unlisted_since"]) for r in first.values()
        }
        page = json.loads((mirror / "web" / "simple" / "project1" / "index.v1_json").read_text())
        self.page(mirror, "project0", files=[])
        self.page(mirror, "project1", files=[{**page["files"][0], "yanked": "broken"}])
        self.page(mirror, "project2", **{"project-status": {"status": "quarantined", "reason": "x"}})
        run = night()
        rows = scores(run)
        today = run.manifest.started.date()
        assert (False, None, today) == tuple(rows[NAMES[0]][n] for n in ("listed", "yanked", "unlisted_since"))
        assert (True, True, None) == tuple(rows[NAMES[1]][n] for n in ("listed", "yanked", "unlisted_since"))
        assert "quarantined" == rows[NAMES[2]]["project_status"] == files(run)[NAMES[2]]["project_status"]
        assert {today} == {row["first_seen"] for row in rows.values()} == {row["verified"] for row in rows.values()}
        assert (0, 0) == reads(run)
        self.page(mirror, "project0", files=page["files"])
        assert today == scores(night())[NAMES[0]]["unlisted_since"]

    def test_the_first_day_is_kept(self, mirror, night, tmp_path):
        night()
        listing = tmp_path / "out" / "runs" / "latest" / "files.parquet"
        table = pq.read_table(listing)
        old = pa.array([datetime(2020, 1, 2, tzinfo=UTC).date()] * len(table), pa.date32())
        pq.write_table(table.set_column(5, FILES_SCHEMA.field("first_seen"), old), listing)
        assert {2020} == {row["first_seen"].year for row in scores(night()).values()}


def test_a_list_of_files_that_is_damaged_is_an_error(mirror, night, tmp_path):
    night()
    (tmp_path / "out" / "runs" / "latest" / "files.parquet").write_bytes(b"PAR1")
    with pytest.raises(KnownFilesError, match="is damaged"):
        night()


def test_an_output_folder_of_before_has_no_list_and_reads_nothing_again(mirror, night, tmp_path):
    night()
    (tmp_path / "out" / "runs" / "latest" / "files.parquet").unlink()
    run = night()
    assert ([], (0, 0)) == (faults(run), reads(run))
    assert {None} == {row["verified"] for name, row in files(run).items() if name not in verified(run)}


def verified(run: RunFolder) -> set[str]:
    return {name for name, row in files(run).items() if row["verified"] is not None}
