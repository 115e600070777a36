from typing import Any

import pytest
import xxhash

from features.contract import Dtype, FileType, Kind, Member, Release, Role
from features.groups.known import KnownGroup
from features.reference.known_code import KNOWN_FILE, KnownCode, index_key

NOISE = "# what stands here is long enough to say whose it is, and it is nobody's but this one's own " * 2


def member(path: str, text: str, role: Role = Role.REST) -> Member:
    data = f"{text}\n{NOISE}".encode()
    digest = xxhash.xxh3_128_digest(data)
    return Member(path, len(data), FileType.PYTHON, role, data=data, head=data[:4096], digest=digest)


SETUP = member("x-1/setup.py", "setup('x')", Role.INSTALL)
INIT = member("x-1/requests/__init__.py", "from .api import get", Role.IMPORT)
API = member("x-1/requests/api.py", "def get(): ...")
MODELS = member("x-1/requests/models.py", "class Response: ...")
ADDED = member("x-1/requests/telemetry.py", "import socket")
STUB = member("x-1/requests/six.py", "PY3 = True")

KNOWN = KnownCode.of(
    {
        "requests": {index_key(m) for m in (INIT, API, MODELS)},
        "carrier": {index_key(API)},
        **{f"p{n}": {index_key(STUB)} for n in range(6)},
    }
)
GROUP = KnownGroup(KNOWN)


def extract(*members: Member, project: str = "reqeusts") -> dict[str, Any]:
    release = Release(f"{project}-1.tar.gz", project, "1", Kind.SDIST, "tar.gz", 9, members, root="x-1/")
    row = GROUP.extract(release)
    assert list(row.values) == [column.name for column in GROUP.columns]
    return {name.removeprefix("known_"): value for name, value in row.values.items()}


def test_a_copy_answers_for_what_it_changed():
    values = extract(SETUP, INIT, API, MODELS, ADDED)
    assert values["copy_with_changes"] is True
    assert (values["changed_files"], values["unknown_files"], values["beside_files"]) == (2, 2, 1)
    assert (values["changed_install"], values["changed_import"], values["changed_only_setup"]) == (True, False, False)
    assert (values["top_files"], values["projects"], values["other_files"]) == (3, 1, 3)
    assert values["top_name_near"] is True
    assert values["top_name_likeness"] > 0.7
    assert values["top_place_share"] == 1.0
    assert 0.5 < values["top_byte_share"] == values["byte_share"] < 1.0


def test_a_copy_in_which_only_setup_is_another():
    values = extract(SETUP, INIT, API, MODELS)
    assert (values["copy"], values["changed_only_setup"], values["changed_files"]) == (True, True, 1)


def test_a_whole_copy_has_no_changes():
    values = extract(INIT, API, MODELS)
    assert (values["copy"], values["copy_with_changes"], values["changed_share"]) == (True, False, 0.0)


def test_the_project_itself_is_no_copy():
    values = extract(SETUP, INIT, API, MODELS, ADDED, project="requests")
    assert (values["copy"], values["files"], values["unknown_share"], values["top_name_likeness"]) == (
        False,
        0,
        1.0,
        0.0,
    )


def test_one_vendored_module_makes_no_copy():
    values = extract(API)
    assert (values["copy"], values["byte_share"], values["changed_files"]) == (False, 1.0, 0)


def test_code_that_everybody_carries_is_nobodys():
    values = extract(STUB, ADDED)
    assert (values["files"], values["other_files"], values["projects"], values["top_files"]) == (1, 0, 0, 0)
    assert values["shared_byte_share"] == values["byte_share"] > 0
    assert values["beside_files"] == 0


def test_the_fewest_projects_that_explain_it_are_counted():
    assert extract(INIT, API)["projects"] == 1
    assert extract(API)["projects"] == 1


def test_vendored_code_is_known_by_its_folder():
    moved = Member("x-1/a/_vendor/requests/api.py", API.size, API.file_type, API.role, API.data, API.head, API.digest)
    assert extract(moved)["vendored_byte_share"] == 1.0
    assert extract(API)["vendored_byte_share"] == 0.0


def test_unknown_code_is_counted_by_when_it_runs():
    values = extract(SETUP, API, member("x-1/y/__init__.py", "import os", Role.IMPORT), ADDED)
    assert [values[f"unknown_{role}_files"] for role in Role] == [1, 1, 1]
    assert values["unknown_kilobytes"] == pytest.approx(sum(values[f"unknown_{role}_kilobytes"] for role in Role))


def test_what_is_too_short_counts_in_no_share():
    data = b"x = 1\n"
    short = Member("x-1/v.py", 6, FileType.PYTHON, Role.REST, data, data, xxhash.xxh3_128_digest(data))
    values = extract(INIT, API, MODELS, short)
    assert (values["unknown_tiny_files"], values["unknown_files"], values["share"]) == (1, 0, 1.0)


def test_without_source_every_value_is_null():
    assert set(extract().values()) == {None}
    assert set(extract(Member("x-1/empty.py", 0, FileType.EMPTY, Role.IMPORT)).values()) == {None}


def test_values_have_the_types_of_their_columns():
    types = {Dtype.BOOL: bool, Dtype.INT32: int, Dtype.FLOAT32: float}
    for members in ((SETUP, INIT, API, MODELS, ADDED), (ADDED,)):
        values = extract(*members)
        assert {c.name: type(values[c.name.removeprefix("known_")]) for c in GROUP.columns} == {
            c.name: types[c.dtype] for c in GROUP.columns
        }


def test_the_version_follows_the_index():
    assert KNOWN.digest in GROUP.version
    assert GROUP.version != KnownGroup(KnownCode.empty()).version


def test_the_version_of_the_shipped_index_is_its_file_which_is_not_read_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr("features.groups.known.known_code", None)
    before = KnownGroup().version
    other = tmp_path / "known_code.parquet"
    other.write_bytes(KNOWN_FILE.read_bytes() + b"\0")
    monkeypatch.setattr("features.reference.known_code.KNOWN_FILE", other)
    assert KnownGroup().version != before
