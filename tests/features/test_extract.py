import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from features.contract import Column, Dtype, Evidence, GroupRow, Kind, Release, Role, Status
from features.extract import MAX_EVIDENCE, MOST_REQUIRED, choose_evidence, extract_row
from features.limits import Limits


@dataclass(frozen=True)
class Counting:
    name: str = "counting"
    version: str = "1"
    columns: tuple[Column, ...] = (Column("counting_members", Dtype.INT32, "its members"),)
    row: GroupRow = field(default_factory=lambda: GroupRow({}))

    def extract(self, release: Release) -> GroupRow:
        values = {"counting_members": len(release.members)}
        return GroupRow(values, self.row.evidence, self.row.tokens, self.row.limits, self.row.requires)


class Failing(Counting):
    def extract(self, release: Release) -> GroupRow:
        raise RecursionError("too deep")


def place(indicator: str, weight: float, line: int = 1, excerpt: str = "x") -> Evidence:
    return Evidence("a.py", line, indicator, Role.REST, excerpt, weight)


def test_a_row(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n", "demo/__init__.py": "pass\n", "run.sh": "echo\n", "README": "text"})
    group = Counting(row=GroupRow({}, (place("exec", 2.0),), (7, 3, 7), ()))
    row = extract_row(path, path.name, Limits(), (group,))
    assert (Status.OK, "", Kind.SDIST) == (row.status, row.reason, row.kind)
    assert row.values == {"counting_members": 5}
    assert row.tokens == (3, 7)
    assert row.evidence == (place("exec", 2.0),)
    assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.blake2b_256 == hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
    # setup.py and __init__.py are the same; run.sh is a script, README is none.
    assert len(row.members) == 2
    assert list(row.members) == sorted(row.members)


def test_names_of_dependencies_are_bounded(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    names = tuple(f"p{number:03}" for number in range(MOST_REQUIRED + 1))
    row = extract_row(path, path.name, Limits(), (Counting(row=GroupRow({}, requires=names[::-1])),))
    assert row.requires == names[:-1]


def test_a_limit_of_a_group_makes_the_row_partial(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    row = extract_row(path, path.name, Limits(), (Counting(row=GroupRow({}, limits=("syntax_bytes",))),))
    assert (Status.PARTIAL, ("syntax_bytes",)) == (row.status, row.limits)
    assert "syntax_bytes" in row.reason


def test_an_unreadable_file_has_no_values(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"")
    row = extract_row(path, path.name, Limits(), (Counting(),))
    assert (Status.UNREADABLE, "The file is empty.", {}) == (row.status, row.reason, row.values)
    assert not row.internal_error


def test_a_group_that_fails_is_seen_and_counted(
    make_sdist: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    row = extract_row(path, path.name, Limits(), (Failing(), Counting()))
    assert row.status == Status.UNREADABLE
    assert row.reason == "internal error in group counting: RecursionError: too deep"
    assert row.internal_error
    assert row.values == {}
    assert row.sha256
    assert "group counting failed" in caplog.text


def test_a_reader_that_fails_is_seen_and_counted(
    make_sdist: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("features.extract.open_release", fail)
    row = extract_row(make_sdist({}), "demo-1.0.tar.gz", Limits(), ())
    assert (Status.UNREADABLE, "internal error in the reader: MemoryError: ") == (row.status, row.reason)
    assert row.internal_error
    assert "failed" in caplog.text


def test_a_reason_says_each_thing_once(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n" * 9_000, "data.7z": b"7z\xbc\xaf\x27\x1c" + bytes(60)})
    row = extract_row(path, path.name, Limits(member_bytes=9_000), (Counting(row=GroupRow({}, limits=("seconds",))),))
    assert ("member_bytes", "seconds") == row.limits
    assert row.reason == (
        "Examined in part; limits reached: member_bytes, seconds; members not examined whole: 1 unread 7z."
    )


def test_evidence_begins_with_the_heaviest_and_says_nothing_again_and_again() -> None:
    places = [place("a", 1.0, line) for line in range(10)] + [place("b", 5.0, 2), place("b", 5.0, 1)]
    chosen = choose_evidence(places)
    assert [("b", 1), ("a", 0), ("b", 2), ("a", 1), ("a", 2)] == [(at.indicator, at.line) for at in chosen]
    assert chosen == choose_evidence(places[::-1])


def test_evidence_is_bounded() -> None:
    chosen = choose_evidence([place(str(at), 1.0, excerpt="y" * 999) for at in range(99)])
    assert len(chosen) == MAX_EVIDENCE
    assert {len(at.excerpt) for at in chosen} == {200}
