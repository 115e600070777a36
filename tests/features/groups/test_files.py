from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.anomalies import ANOMALIES
from features.contract import Dtype, FileType, Kind, Member, Release, Role
from features.groups.files import FilesGroup
from features.limits import Limits
from features.opening import open_release

GROUP = FilesGroup()
HONEST = {
    "setup.py": "from setuptools import setup\nsetup()\n",
    "demo/__init__.py": '"""Demonstration."""\n\nfrom demo.sheep import count_sheep\n',
    "demo/sheep.py": "def count_sheep(flock):\n    return len(set(flock))\n" * 8,
    "demo/data.txt": "one sheep, two sheep\n",
    "README.md": "# demo\n",
    "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person\n",
    "PKG-INFO": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense: MIT\n",
    "demo.egg-info/SOURCES.txt": "setup.py\ndemo/__init__.py\ndemo/sheep.py\n",
}
ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 200
PE = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 200
MIXED = bytes((at * at * 7 + at // 3 * 11 + at // 256 * 5) % 256 for at in range(4096))
CODE = "import os\nimport sys\nfrom json import loads\ndef run():\n    pass\n"

CASES = [
    ({"demo/core.so": ELF}, "elf", 1),
    ({"demo/core.so": ELF}, "native_unexpected", 1),
    ({"demo/tool.exe": PE}, "pe", 1),
    ({"demo/logo.png": ELF}, "native_disguised", 1),
    ({"demo/logo.png": CODE}, "python_disguised", 1),
    ({"demo/ghost.pyc": b"\xa7\x0d\r\n" + b"\0" * 40}, "bytecode_orphans", 1),
    ({"demo.pth": "import os; exec(open('x').read())\n"}, "pth_imports", 1),
    ({"demo.pth": "import os; exec(open('x').read())\n"}, "pth_loaded", True),
    ({"demo.start": "# two\ndemo.boot:main\ndemo:other\nimport os\n"}, "pth_imports", 2),
    ({"demo.start": "demo.boot:main\n"}, "pth", 1),
    ({"demo/run.sh": "#!/bin/sh\necho\n"}, "shell", 1),
    ({"demo/run.sh": "#!/bin/sh\necho\n"}, "shebangs", 1),
    ({"demo/run.ps1": "echo\n"}, "windows_scripts", 1),
    ({"demo/run.js": "1\n"}, "javascript", 1),
    ({"demo/.hidden.py": "x\n"}, "hidden", 1),
    ({"demo/report.pdf.exe": "x\n"}, "double_suffixes", 1),
    ({"demo/\u043emega.py": "x\n"}, "foreign_names", 1),
    ({"demo/xkqzvjw.py": "x\n"}, "random_names", 1),
    ({"demo/blob.dat": MIXED}, "high_entropy", 1),
    ({"demo/again.txt": "one sheep, two sheep\n"}, "duplicates", 1 / 7),
    ({"LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 3\n"}, "licence_mismatch", True),
    ({"demo/added.py": "x = 1\n"}, "sources_unlisted", 1),
    ({"json/__init__.py": "x = 1\n"}, "packages_stdlib", 1),
    ({"numpy/__init__.py": "x = 1\n"}, "packages_popular", 1),
    ({"tests/test_demo.py": "x\n"}, "tests", True),
    ({"docs/index.rst": "x\n"}, "docs", True),
    ({"CHANGES.md": "x\n"}, "changes", True),
    ({".github/workflows/ci.yml": "x\n"}, "ci", True),
    ({"demo/sheep.py": "# nothing\n", "demo/__init__.py": ""}, "nearly_empty", True),
    ({"demo/sheep.py": "# nothing\n", "demo/__init__.py": ""}, "empty_initialisers", 1.0),
    ({"demo.egg-info/entry_points.txt": "[console_scripts]\na = demo:a\nb = demo:b\n"}, "entry_points", 2),
    ({"a/b/c/d/e.txt": "x\n"}, "depth", 4),
    ({"setup.py": "x = 1\n" * 50}, "setup_lines", 51),
]


def opened(path: Any) -> Any:
    release = open_release(path, path.name, Limits()).release
    assert release is not None
    return release


@pytest.mark.parametrize(("added", "noun", "expected"), CASES)
def test_a_look_alike_shows_and_its_benign_twin_does_not(
    make_sdist: Callable[..., Path], added: Any, noun: Any, expected: Any
) -> None:
    column = f"files_{noun}"
    odd = GROUP.extract(opened(make_sdist(HONEST | added))).values[column]
    assert odd == pytest.approx(expected)
    assert GROUP.extract(opened(make_sdist(HONEST))).values[column] != odd


def test_an_honest_sdist_has_these_figures(make_sdist: Callable[..., Path]) -> None:
    found = GROUP.extract(opened(make_sdist(HONEST))).values
    assert {noun: found[f"files_{noun}"] for noun in ("members", "python", "text", "folders", "initialisers", "packages", "nearly_empty")} == {
        "members": 8, "python": 3, "text": 3, "folders": 3, "initialisers": 1, "packages": 1, "nearly_empty": False,
    }  # fmt: skip
    assert found["files_install_bytes"] == len(HONEST["setup.py"])
    assert found["files_import_bytes"] == len(HONEST["demo/__init__.py"])
    assert (found["files_readme"], found["files_licence"], found["files_licence_mismatch"]) == (True, True, False)
    assert found["files_record_unlisted"] is None


def test_a_wheel_is_held_against_its_record(make_wheel: Callable[..., Path]) -> None:
    honest = make_wheel({"demo.py": "x = 1\n"})
    found = GROUP.extract(opened(honest)).values
    assert [found[f"files_record_{noun}"] for noun in ("unlisted", "absent", "different", "malformed")] == [0, 0, 0, 0]
    assert (found["files_setup_bytes"], found["files_sources_unlisted"], found["files_ci"]) == (None, None, None)
    odd = make_wheel({"demo.py": "x = 1\n", "demo-1.0.dist-info/RECORD": "demo.py,sha256=AAAA,6\nabsent.py,,\n"})
    found = GROUP.extract(opened(odd)).values
    assert [found[f"files_record_{noun}"] for noun in ("unlisted", "absent", "different")] == [2, 1, 1]


def test_native_code_in_a_platform_wheel_is_expected() -> None:
    so = Member("demo/core.so", len(ELF), FileType.NATIVE, Role.REST, data=ELF, head=ELF, digest=b"1")
    for tag, unexpected in (("py3-none-any", 1), ("cp311-cp311-manylinux_2_17_x86_64", 0)):
        release = Release(f"demo-1.0-{tag}.whl", "demo", "1.0", Kind.WHEEL, "zip", 1, (so,))
        assert GROUP.extract(release).values["files_native_unexpected"] == unexpected


def test_every_anomaly_but_the_collectors_own_is_a_column() -> None:
    nouns = {column.name for column in GROUP.columns}
    assert {odd.id for odd in ANOMALIES if f"files_anomaly_{odd.id}" not in nouns} == {"mislabelled"}
    release = Release("x", "x", "1", Kind.SDIST, "", 1, (), anomalies={"bad_crc": 3})
    assert GROUP.extract(release).values["files_anomaly_bad_crc"] == 3


@pytest.mark.parametrize(("container", "count"), [("zip", 2), ("tar.gz", None)])
def test_members_that_collectors_hid_are_no_feature(container: str, count: int | None) -> None:
    odd = {"hidden_member": 2, "duplicate_member": 2}
    found = GROUP.extract(Release("x", "x", "1", Kind.SDIST, container, 1, (), anomalies=odd)).values
    assert (found["files_anomaly_hidden_member"], found["files_anomaly_duplicate_member"]) == (count, count)


TYPES = {Dtype.BOOL: bool, Dtype.INT32: int, Dtype.INT64: int, Dtype.FLOAT32: float}
PATHS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "a.pth",
            "setup.py",
            "d-1.dist-info/RECORD",
            "d.egg-info/SOURCES.txt",
            "LICENSE",
            "a.pyc",
            "x.png",
            "a.dist-info/entry_points.txt",
        ]
    ),
)


@given(
    st.lists(
        st.tuples(PATHS, st.binary(max_size=60), st.sampled_from(FileType), st.sampled_from(Role), st.booleans()),
        max_size=8,
    ),
    st.sampled_from(Kind),
)
def test_any_members_give_exactly_the_columns_in_their_types(drawn: Any, kind: Any) -> None:
    members = tuple(
        Member(path, len(data), file_type, role, data=data if kept else b"", head=data, digest=data[:16], kept=kept)
        for path, data, file_type, role, kept in drawn
    )
    row = GROUP.extract(Release("demo-1.whl", "demo", "1", kind, "", 10, members))
    assert list(row.values) == [column.name for column in GROUP.columns]
    for column in GROUP.columns:
        value = row.values[column.name]
        assert value is None or type(value) is TYPES[column.dtype], column.name
