import csv
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus import benign as module
from jobs.corpus.benign import build_benign
from jobs.corpus.contract import ListedFile
from jobs.corpus.index import IndexUnreachableError
from jobs.corpus.mirror_writer import MirrorWriter
from tests.jobs.corpus.conftest import read_tree

UPLOADED = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)


def listed(project: str, filename: str, content: bytes, **more) -> ListedFile:
    return ListedFile(canonicalize_name(project), "1", filename, hashlib.sha256(content).hexdigest(), **more)


def full(file: ListedFile, content: bytes) -> ListedFile:
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return replace(file, blake2b_256=digest, size=len(content), upload_time=UPLOADED)


@pytest.fixture
def three(index) -> list[ListedFile]:
    for name in ("a", "b", "c"):
        index.add(name, "1", f"{name}-1.zip", name.encode() * 9, "2021-05-04T03:02:01Z")
    return [listed(name, f"{name}-1.zip", name.encode() * 9) for name in ("a", "b", "c")]


def test_listed_files_become_a_tree(index, three, tmp_path):
    seen: list[tuple[int, int]] = []
    result = build_benign(three, tmp_path / "out", client=index.client(), progress=lambda d, n, _: seen.append((d, n)))
    assert (result.listed, result.written, result.kept, result.bytes, result.missing) == (3, 3, 0, 27, ())
    placed = dict(read_tree(tmp_path / "out"))
    assert {n: (tmp_path / "out" / f.path).read_bytes() for n, f in placed.items()} == {
        "a": b"a" * 9,
        "b": b"b" * 9,
        "c": b"c" * 9,
    }
    assert placed["a"].upload_time == UPLOADED
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert (tmp_path / "out/missing.csv").read_text().count("\n") == 1, "only its header"


def test_a_second_call_fetches_nothing(index, three, tmp_path):
    build_benign(three, tmp_path / "out", client=index.client())
    index.requests.clear()
    result = build_benign(three, tmp_path / "out", client=index.client())
    assert (result.written, result.kept, result.bytes) == (0, 3, 27)
    assert not index.requests


def test_a_file_that_a_kill_left_unlisted_is_found_by_its_digest(index, three, tmp_path):
    known = [full(f, f.project.encode() * 9) for f in three]
    writer = MirrorWriter(tmp_path / "out")
    writer.add("a", "1", "a-1.zip", b"a" * 9, UPLOADED)  # placed, and no flush
    damaged = writer.add("b", "1", "b-1.zip", b"b" * 9, UPLOADED)
    (tmp_path / "out" / damaged.path).write_bytes(b"b")
    result = build_benign(known, tmp_path / "out", client=index.client())
    assert (result.written, result.kept) == (2, 1)
    assert [n for n, _ in read_tree(tmp_path / "out")] == ["a", "b", "c"]
    assert "/simple/a/" not in index.requests
    assert (tmp_path / "out" / damaged.path).read_bytes() == b"b" * 9


def test_a_file_that_cannot_be_had_is_listed_with_its_reason(index, three, tmp_path):
    index.pages["/simple/gone/"] = (404, "text/plain", b"")
    [(path, (_, kind, _))] = [(p, v) for p, v in index.pages.items() if p.endswith("b-1.zip")]
    index.pages[path] = (200, kind, b"x" * 9)  # tampered with on its way
    files = [
        listed("gone", "gone-1.zip", b""),
        listed("a", "a-2.zip", b""),
        listed("a", "a-1.zip", b"other"),
        three[1],
        replace(three[2], size=5),
        three[0],
    ]
    result = build_benign(files, tmp_path / "out", client=index.client(threads=1))
    assert result.written == 1
    reasons = {(m.project, m.filename, m.sha256[:4]): m.reason for m in result.missing}
    assert reasons == {
        ("gone", "gone-1.zip", files[0].sha256[:4]): f"{index.url}/simple/gone/: the index answered 404",
        ("a", "a-2.zip", files[1].sha256[:4]): "is not on the project's page",
        ("a", "a-1.zip", files[2].sha256[:4]): "the index lists another sha256",
        ("b", "b-1.zip", files[3].sha256[:4]): "came with another sha256",
        ("c", "c-1.zip", files[4].sha256[:4]): next(m.reason for m in result.missing if m.project == "c"),
    }
    assert "larger than 5 bytes" in reasons["c", "c-1.zip", files[4].sha256[:4]]
    with (tmp_path / "out/missing.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 5
    assert not list((tmp_path / "out/web/packages").rglob("b-1.zip")), "no unchecked byte stays"


def test_a_short_file_is_missing(index, three, tmp_path):
    result = build_benign([replace(three[0], size=10)], tmp_path / "out", client=index.client())
    assert [m.reason for m in result.missing] == ["came with 9 of 10 bytes"]


def test_an_index_that_is_gone_ends_the_build_and_keeps_the_files(index, three, tmp_path, monkeypatch):
    build_benign(three[:1], tmp_path / "out", client=index.client())
    monkeypatch.setattr(module, "_MAX_UNANSWERED", 2)
    for name in ("b", "c"):
        index.pages[f"/simple/{name}/"] = (500, "text/plain", b"")
    with pytest.raises(IndexUnreachableError, match="2 files in a row"):
        build_benign(three, tmp_path / "out", client=index.client(retries=0))
    assert [n for n, _ in read_tree(tmp_path / "out")] == ["a"]


def test_ctrl_c_keeps_the_fetched_files_listed(index, three, tmp_path):
    def interrupt(done: int, total: int, note: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_benign(three, tmp_path / "out", client=index.client(threads=1), progress=interrupt)
    listed_now = {n for n, _ in read_tree(tmp_path / "out")}
    assert len(listed_now) >= 2
    result = build_benign(three, tmp_path / "out", client=index.client())
    assert result.kept == len(listed_now)
    assert result.written + result.kept == 3


def test_a_file_without_a_date_gets_the_epoch(index, tmp_path):
    index.add("a", "1", "a-1.zip", b"a", "")
    build_benign([listed("a", "a-1.zip", b"a")], tmp_path / "out", client=index.client())
    [(_, placed)] = read_tree(tmp_path / "out")
    assert placed.upload_time == datetime(1970, 1, 1, tzinfo=UTC)
