import hashlib
import os

import pyarrow as pa
import pytest

from jobs.contract import WorkerUnfitError
from jobs.run import verification
from jobs.run.verification import EXPECTED, CompareBytes, State, compare_files

DATA = b"bytes"
NAMED = hashlib.blake2b(DATA, digest_size=32).digest()
SHA = hashlib.sha256(DATA).digest()


def expect(path="a", blake2b=None, sha256=None):
    row = {"row": 3, "path": path, "size": 5, "blake2b": blake2b, "sha256": sha256}
    return pa.Table.from_pylist([row], EXPECTED)


@pytest.mark.parametrize(
    ("state", "digest", "blake2b", "sha256"),
    [
        (State.SAME, None, NAMED, None),
        (State.OTHER, SHA, b"x" * 32, None),
        (State.OTHER, None, NAMED, b"x" * 32),
        (State.SAME, SHA, b"x" * 32, SHA),
        (State.SAME, SHA, None, SHA),
        (State.OTHER, SHA, None, b"x" * 32),
        (State.SAME, SHA, None, None),
    ],
)
def test_bytes_are_compared_with_what_is_known(tmp_path, state, digest, blake2b, sha256):
    (tmp_path / "a").write_bytes(DATA)
    (row,) = CompareBytes(tmp_path)(expect("a", blake2b, sha256)).to_pylist()
    assert (3, state, digest) == (row["row"], row["state"], row["sha256"])


def test_what_is_gone_or_no_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "out").symlink_to("/etc/hostname")
    (tmp_path / "b").write_bytes(DATA)
    (tmp_path / "in").symlink_to("b")
    states = {
        name: CompareBytes(tmp_path)(expect(name, NAMED)).to_pylist()[0]["state"]
        for name in ("none", "pipe", "out", "in")
    }
    assert {"none": State.GONE, "pipe": State.UNREAD, "out": State.UNREAD, "in": State.SAME} == states


def test_a_worker_that_does_not_see_the_mirror_is_unfit(tmp_path):
    with pytest.raises(WorkerUnfitError, match="does not see the mirror"):
        CompareBytes(tmp_path / "none")(expect("a", NAMED))


def test_few_bytes_are_read_here_in_units(tmp_path, monkeypatch):
    monkeypatch.setattr(verification, "UNIT_FILES", 2)
    (tmp_path / "a").write_bytes(DATA)
    files = pa.concat_tables([expect("a", NAMED)] * 5)
    reports = []
    found = list(compare_files(tmp_path, files, lambda: pytest.fail("no cluster"), lambda *r: reports.append(r[:2])))
    assert [2, 2, 1] == [len(table) for table in found]
    assert [(0, 5), (2, 5), (4, 5), (5, 5)] == reports
    assert not list(compare_files(tmp_path, EXPECTED.empty_table(), lambda: pytest.fail("none"), lambda *_: None))
