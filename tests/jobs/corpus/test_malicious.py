import csv
import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.corpus.contract import CorpusError, ListedBlob
from jobs.corpus.malicious import build_malicious, read_blob_list
from tests.jobs.corpus.conftest import read_tree

SEEN = datetime(2023, 1, 2, tzinfo=UTC)


def blob(path: str, content: bytes) -> ListedBlob:
    project, version, filename = path.split("/")
    return ListedBlob(path, hashlib.sha256(content).hexdigest(), project, version, filename, SEEN)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    for path, content in {
        "evil/1.0/evil-1.0.tar.gz": b"inert one",
        "evil/1.1/evil-1.1.tar.gz": b"inert two",
        "two words/1/two words-1.tar.gz'": b"inert\nthree\n",
        "unlisted/1/unlisted-1.tar.gz": b"never read",
    }.items():
        (work / path).parent.mkdir(parents=True)
        (work / path).write_bytes(content)
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "registry")
    git(tmp_path, "clone", "-q", "--bare", "work", "clone.git")
    return tmp_path / "clone.git"


LISTED = [
    blob("evil/1.0/evil-1.0.tar.gz", b"inert one"),
    blob("two words/1/two words-1.tar.gz'", b"inert\nthree\n"),
]


def test_listed_blobs_and_no_other_become_a_tree(clone, tmp_path):
    result = build_malicious(clone, LISTED, tmp_path / "out")
    files = {p.name: p.read_bytes() for p in (tmp_path / "out/web/packages").rglob("*") if p.is_file()}
    assert files == {"evil-1.0.tar.gz": b"inert one", "two words-1.tar.gz'": b"inert\nthree\n"}
    assert (result.listed, result.written, result.kept, result.missing) == (2, 2, 0, ())
    assert result.bytes == len(b"inert one") + len(b"inert\nthree\n")
    listed = dict(read_tree(tmp_path / "out"))
    assert listed["two words"].upload_time == SEEN
    assert (tmp_path / "out" / listed["evil"].path).stat().st_mtime == SEEN.timestamp()


def test_a_second_call_reads_nothing_again(clone, tmp_path):
    build_malicious(clone, LISTED, tmp_path / "out")
    status = (tmp_path / "out/status").read_text()
    seen: list[tuple[int, int]] = []
    result = build_malicious(
        clone, LISTED, tmp_path / "out", progress=lambda done, total, _: seen.append((done, total))
    )
    assert (result.written, result.kept) == (0, 2)
    assert seen == [(1, 2), (2, 2)]
    assert (tmp_path / "out/status").read_text() == status


def test_a_file_that_cannot_be_had_is_listed_with_its_reason(clone, tmp_path):
    wrong = blob("evil/1.1/evil-1.1.tar.gz", b"other bytes")
    absent = blob("gone/1/gone-1.tar.gz", b"")
    folder = ListedBlob("evil/1.0", "0" * 64, "evil", "1.0", "1.0", SEEN)
    broken = ListedBlob("evil\n/x", "0" * 64, "evil", "1.0", "x", SEEN)
    result = build_malicious(clone, [wrong, absent, folder, broken, *LISTED], tmp_path / "out")
    assert [m.reason for m in result.missing] == [
        "sha256 differs from the list's",
        "not in the clone at HEAD",
        "is a tree, not a file",
        "its path has a line break or a NUL",
    ]
    assert result.written == 2, "a missing one does not upset those after it"
    with (tmp_path / "out/missing.csv").open(newline="") as file:
        assert [r["filename"] for r in csv.DictReader(file)] == [m.filename for m in result.missing]


def test_a_folder_without_a_clone_is_one_error(tmp_path):
    with pytest.raises(CorpusError, match="is not a git directory"):
        build_malicious(tmp_path, LISTED, tmp_path / "out")


def test_a_list_is_read_by_its_columns(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "date,path,sha256,project,version,filename,extra\n2023-01-02,evil/1.0/evil-1.0.tar.gz,ab,evil,1.0,f,x\n"
    )
    assert read_blob_list(path) == [ListedBlob("evil/1.0/evil-1.0.tar.gz", "ab", "evil", "1.0", "f", SEEN)]


@pytest.mark.parametrize(
    ("text", "says"),
    [("path,sha256\na,b\n", "has no column project"), ("", "has no column"), (b"\xff\xfe", "cannot be read")],
)
def test_a_malformed_list_is_an_error(tmp_path, text, says):
    path = tmp_path / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CorpusError, match=says):
        read_blob_list(path)


def test_a_list_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read"):
        read_blob_list(tmp_path / "nowhere.csv")
