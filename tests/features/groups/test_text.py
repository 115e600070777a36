from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Dtype, FileType, Kind, Member, Release, Role
from features.groups.text import TextGroup
from features.limits import TEXT_SOURCE_BYTES, Limits
from features.opening import open_release
from features.text.source_selection import SOURCE_LIMIT

GROUP = TextGroup()
HONEST = b'"""Count sheep."""\n\nimport os\n\n\ndef count(flock):\n    # every sheep once\n    return len(set(flock))\n'


def member(path: Any, data: Any, role: Any = Role.REST, file_type: Any = FileType.PYTHON) -> Any:
    return Member(path, len(data), file_type, role, data=data, head=data[:4096], digest=path.encode()[:16])


def values(*members: Any, project: Any = "sheep-counter") -> Any:
    return GROUP.extract(Release("x.tar.gz", project, "1", Kind.SDIST, "", 1, members)).values


def test_each_role_has_its_own_figures() -> None:
    found = values(
        member("setup.py", b"x = '" + b"y" * 500 + b"'\n", Role.INSTALL),
        member("demo/__init__.py", b"short = 1\n", Role.IMPORT),
        member("demo/rest.py", b"y" * 900 + b"\n"),
    )
    assert found["text_install_longest_string"] == 500
    assert found["text_import_longest_line"] == 9
    assert found["text_longest_line"] == 900


def test_a_role_without_source_is_null() -> None:
    found = values(member("demo/rest.py", HONEST))
    assert found["text_install_names"] is None
    assert found["text_names"] == 5
    assert values()["text_names"] is None


def test_the_same_content_counts_once() -> None:
    twin = Member("b.py", len(HONEST), FileType.PYTHON, Role.REST, data=HONEST, digest=b"same")
    one = Member("a.py", len(HONEST), FileType.PYTHON, Role.REST, data=HONEST, digest=b"same")
    assert values(one, twin)["text_lines"] == 8


@pytest.mark.parametrize(
    ("name", "noun", "expected"),
    [
        ("requests", "popular", True),
        ("reqeusts", "transposition", True),
        ("requestss", "insertion", True),
        ("request5", "lookalike", True),
        ("py-requests", "affix", True),
        ("acme.requests", "tail", True),
        ("requests-numpy", "pair", True),
        ("reqeusts-loader", "part", True),
        ("rquest", "distant", True),
        ("reqeusts", "slip", True),
        ("reqeusts", "slip_known", True),
        ("requests-sdk", "slip", False),
        ("sheep-llamaindex", "part", False),
        ("pytest-sheep", "slip", False),
        ("sheep-counter", "family", 0),
        ("sheep-counter", "imitated_rank", None),
        ("reqeusts", "popular_rank", None),
    ],
)
def test_the_name_is_held_against_popular_ones(name: Any, noun: Any, expected: Any) -> None:
    assert values(project=name)[f"text_name_{noun}"] == expected


@pytest.mark.parametrize(
    "noun", ["popular", "transposition", "insertion", "lookalike", "affix", "combined", "pair", "part", "slip"]
)
def test_an_honest_name_shows_nothing(noun: Any) -> None:
    assert values(project="sheep-meadow")[f"text_name_{noun}"] is False


def test_a_family_is_large_where_honest_plug_ins_live() -> None:
    family = [values(project=f"{head}-sheep")["text_name_family"] for head in ("pytest", "types", "opentelemetry")]
    assert min(family) > 20
    assert values(project="sheep-stubs")["text_name_family_end"] > 5


def test_source_over_the_bound_is_cut_evenly_and_said() -> None:
    small, large = b"a = 1\n", b"b = 1\n" * (TEXT_SOURCE_BYTES // 5)
    row = GROUP.extract(Release("x", "x", "1", Kind.SDIST, "", 1, (member("a.py", small), member("b.py", large))))
    assert row.limits == (SOURCE_LIMIT,)
    assert GROUP.extract(Release("x", "x", "1", Kind.SDIST, "", 1, (member("a.py", small),))).limits == ()


def test_a_passed_deadline_is_said() -> None:
    release = Release("x", "x", "1", Kind.SDIST, "", 1, (member("a.py", HONEST),), deadline=0.0)
    row = GROUP.extract(release)
    assert row.limits == ("seconds",)
    assert row.values["text_names"] is None


def test_a_real_sdist_and_a_real_wheel(make_sdist: Callable[..., Path], make_wheel: Callable[..., Path]) -> None:
    for path in (make_sdist({"demo.py": HONEST}), make_wheel({"demo.py": HONEST})):
        opened = open_release(path, path.name, Limits()).release
        assert opened is not None
        assert GROUP.extract(opened).values["text_import_names"] == 5


TYPES = {Dtype.BOOL: bool, Dtype.INT32: int, Dtype.INT64: int, Dtype.FLOAT32: float}


@settings(deadline=None)  # the first call reads the tables of popular names
@given(
    st.lists(
        st.tuples(
            st.one_of(st.binary(max_size=80), st.text(max_size=40).map(str.encode)),
            st.sampled_from(FileType),
            st.sampled_from(Role),
        ),
        max_size=5,
    ),
    st.text(max_size=30),
)
def test_any_source_gives_exactly_the_columns_in_their_types(drawn: Any, project: Any) -> None:
    members = tuple(member(f"{at}.py", data, role, file_type) for at, (data, file_type, role) in enumerate(drawn))
    row = GROUP.extract(Release("x", project, "1", Kind.SDIST, "", 1, members))
    assert list(row.values) == [column.name for column in GROUP.columns]
    for column in GROUP.columns:
        value = row.values[column.name]
        assert value is None or type(value) is TYPES[column.dtype], column.name
