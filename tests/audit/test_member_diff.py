"""Tests the comparison of two opened releases, member by member."""

import pytest

from audit.member_diff import LINE_CHARS, diff_members
from features.contract import FileType, Kind, Member, Release, Role


def release(version: str, files: dict[str, bytes], kind: Kind = Kind.SDIST) -> Release:
    root = f"sheep-{version}/" if kind is Kind.SDIST else ""
    members = tuple(
        Member(root + path, len(data), file_type_of(data), Role.IMPORT, data, data[:4096], data[:16])
        for path, data in files.items()
    )
    return Release(f"sheep-{version}", "sheep", version, kind, "tar.gz", 1, members, root)


def file_type_of(data: bytes) -> FileType:
    return FileType.NATIVE if data.startswith(b"\x7fELF") else FileType.PYTHON


BEFORE = release("1.0", {"sheep/a.py": b"one\ntwo\n", "sheep/b.py": b"same\n", "sheep/gone.py": b"x\n"})


def test_only_what_differs_is_listed() -> None:
    after = release("1.1", {"sheep/a.py": b"one\n2\n", "sheep/b.py": b"same\n", "sheep/new.py": b"import os\n"})
    found = {(each.path, each.change) for each in diff_members(BEFORE, after, (), 100)}
    assert {
        ("sheep-1.1/sheep/a.py", "changed"),
        ("sheep-1.1/sheep/new.py", "new"),
        ("sheep-1.0/sheep/gone.py", "gone"),
    } == found


def test_a_changed_text_is_a_unified_diff() -> None:
    after = release("1.1", {"sheep/a.py": b"one\n2\n", "sheep/b.py": b"same\n", "sheep/gone.py": b"x\n"})
    (changed,) = diff_members(BEFORE, after, (), 100)
    assert ("@@ -1,3 +1,3 @@", " one", "-two", "+2", " ") == changed.lines


def test_what_deserves_a_look_comes_first() -> None:
    after = release("1.1", {"sheep/a.py": b"1\n", "sheep/z.py": b"2\n"})
    first = next(iter(diff_members(BEFORE, after, ("sheep-1.1/sheep/z.py",), 100)))
    assert "sheep-1.1/sheep/z.py" == first.path


def test_a_wheel_is_compared_with_its_sdist_by_the_same_paths() -> None:
    sdist = release("1.0", {"src/sheep/a.py": b"one\n"})
    wheel = release("1.0", {"sheep/a.py": b"one\n", "sheep/b.py": b"two\n"}, Kind.WHEEL)
    assert ["sheep/b.py"] == [each.path for each in diff_members(sdist, wheel, (), 100)]


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (b"\x7fELF1", b"\x7fELF22", "native, 6 bytes (5 bytes before)"),
        (b"one\n", b"\x7fELF22", "native, 6 bytes (4 bytes before)"),
        (b"one\n", b"x\n" * 300_000, "600,000 bytes: too long to compare line by line"),
    ],
)
def test_what_is_no_text_or_too_long_is_named_without_lines(before: bytes, after: bytes, note: str) -> None:
    (changed,) = diff_members(release("1", {"a": before}), release("2", {"a": after}), (), 100)
    assert ((), note) == (changed.lines, changed.note)


def test_lines_are_bounded_and_the_rest_is_counted() -> None:
    after = release("1.1", {"sheep/a.py": b"".join(b"%d\n" % number for number in range(50)), "sheep/c.py": b"3\n"})
    first, second, *_ = diff_members(release("1.0", {"sheep/b.py": b""}), after, (), 10)
    assert (10, "42 more lines") == (len(first.lines), first.note)
    assert ((), "3 more lines") == (second.lines, second.note)


def test_a_long_line_is_cut() -> None:
    after = release("1.1", {"sheep/a.py": b"y" * 10_000})
    changed = next(iter(diff_members(BEFORE, after, (), 100)))
    assert LINE_CHARS + 1 == max(map(len, changed.lines))
