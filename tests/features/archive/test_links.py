"""A link of a tar has the content that a file system or tarfile finds behind it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.budget import SPARE_BYTES, Budget, LimitExceeded
from features.archive.links import DANGLING_LINK, ESCAPING_LINK, UNREAD_TARGET, TarLinks
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, retain_whole
from features.contract import FileType
from features.limits import Limits

NOISE = b"# coding: latin-1\n# " + bytes([1, 2, 0x80, 0xFE]) * 2000 + b"\nimport os\n"
"""Python for an interpreter, and binary data under a name that says nothing."""

Tree = dict[str, bytes | tuple[str, str]]
"""Content, or ("symlink" or "hardlink", target), by path; in the order of the tar."""


def read(tree: Tree, budget: Budget | None = None) -> dict[str, list[RawMember]]:
    """Return the members at each path after the links were resolved."""
    budget = budget or Budget(Limits(), float("inf"))
    by_path: dict[str, RawMember] = {}
    members: list[RawMember] = []
    links = TarLinks(by_path, budget)
    for path, content in tree.items():
        if isinstance(content, bytes):
            member = retain_whole(path, content, budget)
        else:
            member = RawMember(path, 0, FileType.EMPTY, kept=False, problem=DANGLING_LINK)
            links.add(member, path, content[1], is_symlink=content[0] == "symlink")
        members.append(member)
        by_path.setdefault(normalise_path(path), member)
    found: dict[str, list[RawMember]] = {}
    for member in (*members, *links.resolve()):
        found.setdefault(member.path, []).append(member)
    return found


@pytest.mark.parametrize(
    "tree",
    [
        {"d/x.bin": NOISE, "d/setup.py": ("symlink", "x.bin")},
        {"d/setup.py": ("symlink", "x.bin"), "d/x.bin": NOISE},
        {"d/x.bin": NOISE, "d/setup.py": ("hardlink", "d/x.bin")},
        {"d/setup.py": ("hardlink", "d/x.bin"), "d/x.bin": NOISE},
        {"d/x.bin": NOISE, "d/s": ("symlink", "x.bin"), "d/setup.py": ("hardlink", "d/s")},
        {"d/x.bin": NOISE, "d/s": ("hardlink", "d/x.bin"), "d/setup.py": ("symlink", "s")},
        {"d/setup.py": ("symlink", "l0"), "d/l0": ("symlink", "./l1"), "d/l1": ("symlink", "../d/x.bin"), "d/x.bin": NOISE},
        {"d/setup.py": ("symlink", "a/../x.bin"), "d/x.bin": NOISE},
        {"d/setup.py": ("symlink", "f/x.bin"), "d/f": ("symlink", "e//deep"), "d/e/deep/x.bin": NOISE},
        {"d/setup.py": ("symlink", "f/../x.bin"), "d/f": ("symlink", "e/deep"), "d/e/x.bin": NOISE},
        {"d/setup.py": ("hardlink", "d/f/x.bin"), "d/f": ("symlink", "../e"), "e/x.bin": NOISE},
        {"d/setup.py": ("symlink", ".\\x.bin"), "d/x.bin": NOISE},
        {"d/setup.py": ("hardlink", "x.bin"), "d/x.bin": NOISE},
    ],
)  # fmt: skip
def test_a_link_makes_code_of_what_is_binary_under_another_name(tree: Tree) -> None:
    (member,) = read(tree)["d/setup.py"]
    assert (FileType.PYTHON, NOISE, "", True) == (member.file_type, member.data, member.problem, member.kept)


def test_each_reading_of_a_path_through_a_linked_folder_is_examined() -> None:
    tree: Tree = {
        "d/setup.py": ("symlink", "f/../x.txt"),
        "d/f": ("symlink", "e/deep"),
        "d/e/x.txt": b"import os\n",
        "d/x.txt": b"import sys\n",
    }
    found = read(tree)["d/setup.py"]
    assert [b"import os\n", b"import sys\n"] == [member.data for member in found]
    assert {FileType.PYTHON} == {member.file_type for member in found}


def test_a_hard_link_keeps_the_content_that_a_later_member_replaces() -> None:
    (member,) = read({"d/a.txt": b"import os\n", "d/setup.py": ("hardlink", "d/a.txt")})["d/setup.py"]
    assert b"import os\n" == member.data


def test_code_whose_content_was_not_held_is_a_problem_of_the_link() -> None:
    budget = Budget(Limits(), float("inf"))
    budget.spare = SPARE_BYTES
    found = read({"d/x.bin": NOISE, "d/setup.py": ("symlink", "x.bin"), "d/y.bin": ("symlink", "x.bin")}, budget)
    assert (UNREAD_TARGET, "") == (found["d/setup.py"][0].problem, found["d/y.bin"][0].problem)


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (DANGLING_LINK, {"d/a": ("symlink", "b")}),
        (DANGLING_LINK, {"d/a": ("symlink", "a")}),
        (DANGLING_LINK, {"d/a": ("symlink", "b"), "d/b": ("symlink", "a")}),
        (DANGLING_LINK, {"d/a": ("hardlink", "d/b"), "d/b": ("symlink", "/etc/passwd")}),
        (DANGLING_LINK, {"d/a": ("symlink", "b"), "d/b": ("symlink", "../../x")}),
        (ESCAPING_LINK, {"d/a": ("symlink", "/etc/passwd")}),
        (ESCAPING_LINK, {"d/a": ("symlink", "../../passwd")}),
        (ESCAPING_LINK, {"d/a": ("hardlink", "../passwd")}),
        (ESCAPING_LINK, {"d/a": ("symlink", "b/../../..")}),
        (
            DANGLING_LINK,
            {f"d/{n}": ("symlink", str(n + 1)) for n in range(50)} | {"d/50": b"x", "d/a": ("symlink", "0")},
        ),
    ],
)
def test_a_link_without_a_target_in_the_archive_has_no_content(expected: str, tree: Tree) -> None:
    (member,) = read(tree)["d/a"]
    assert (expected, FileType.EMPTY, b"") == (member.problem, member.file_type, member.data)


def test_a_maze_of_links_is_left_when_the_time_is_over() -> None:
    deep = "/".join("c" * 110 for _ in range(20))
    tree: Tree = {f"{deep}/L{n}": ("symlink", f"L{n + 1}") for n in range(39)}
    tree |= {f"{deep}/L39/f{n}": ("symlink", f"../L0/f{n + 1}") for n in range(30)}
    tree |= {f"s{n}": ("symlink", f"{deep}/L0/./f0{'/' * n}") for n in range(400)}
    with pytest.raises(LimitExceeded) as raised:
        read(tree, Budget(Limits(), -1.0))
    assert "seconds" == raised.value.limit


def test_a_maze_of_links_is_walked_once() -> None:
    deep = "/".join("c" * 40 for _ in range(20))
    tree: Tree = {f"{deep}/L{n}": ("symlink", f"L{n + 1}") for n in range(38)}
    tree |= {f"{deep}/L38/x.bin": NOISE} | {f"s{n}.py": ("symlink", f"{deep}/L0/x.bin") for n in range(400)}
    found = read(tree)
    assert all(NOISE == found[f"s{n}.py"][0].data for n in range(400))


def test_a_link_counts_as_much_as_its_content() -> None:
    tree: Tree = {"d/x.txt": b"x" * 1000} | {f"d/{n}": ("hardlink", "d/x.txt") for n in range(20)}
    with pytest.raises(LimitExceeded) as raised:
        read(tree, Budget(Limits(inflated_bytes=10_000), float("inf")))
    assert "inflated_bytes" == raised.value.limit


PARTS = st.sampled_from(["a", "b", "c", "..", ".", "d"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(
    st.dictionaries(
        PATHS,
        st.one_of(st.just(b"x = 1\n"), st.tuples(st.sampled_from(["symlink", "hardlink"]), PATHS)),
        max_size=8,
    )
)
def test_any_links_are_resolved(tree: Tree) -> None:
    for members in read(tree).values():
        for member in members:
            assert member.data == b"" or (member.data, member.problem) == (b"x = 1\n", "")
