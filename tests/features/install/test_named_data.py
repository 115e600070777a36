"""Binary data becomes a text if a script, a build file or a source names it to be read."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.named_data import find_named_data
from features.runtime.deadline import Deadline

NOISE = bytes([1, 2, 0x80, 0xFE]) * 200
PNG = b"\x89PNG\r\n\x1a\n" + NOISE


def found(name: str, text: bytes, data: bytes = NOISE, path: str = "src/fold.bin", *, held: bool = True) -> list[str]:
    spare = data if held else b""
    members = {
        path: RawMember(path, len(data), FileType.BINARY, head=data, kept=False, spare=spare),
        name: RawMember(name, len(text), FileType.TEXT, text, text),
    }
    return list(find_named_data(members, Deadline(float("inf"))))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", b"setup(scripts=['src/fold.bin'])\n"),
        ("setup.cfg", b"[options]\nscripts =\n    src/fold.bin\n"),
        ("pyproject.toml", b'[tool.setuptools]\nscript-files = ["src/fold.bin"]\n'),
        ("src/a.c", b'#include "fold.bin"\n'),
        ("src/a.c", b"#  include_next <fold.bin>\n"),
        ("src/a.c", b'int x;\n%:include "../src/fold.bin"\n'),
        ("src/a.h", b'#define PART "fold.bin"\n#include PART\n'),
        ("src/lib.rs", b'include!("fold.bin");\n'),
        ("src/lib.rs", b'#[path = "fold.bin"]\nmod fold;\n'),
        ("Makefile", b"include src/fold.bin\n"),
        ("Makefile", b"all:\n\tsh src/fold.bin\n"),
        ("Makefile", b"all:\n\t. ./src/fold.bin\n"),
        ("Makefile", b"all:\n\tpython3 -u -B src/fold.bin\n"),
        ("CMakeLists.txt", b"execute_process(COMMAND bash src/fold.bin)\n"),
        ("CMakeLists.txt", b"include(src/fold.bin)\n"),
        ("meson.build", b"run_command('sh', 'src/fold.bin')\n"),
        ("configure", b"cc -x c src/fold.bin\n"),
    ],
)
def test_data_that_is_named_to_be_read_is_found(name: str, text: bytes) -> None:
    assert ["src/fold.bin"] == found(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", b"setup(package_data={'src': ['fold.bin']})\n"),
        ("src/a.c", b'FILE *f = fopen("fold.bin", "rb");\n'),
        ("src/a.c", b'#include "fold.bin.h"\n'),
        ("src/a.c", b'#include "unfold.h"\n'),
        ("src/lib.rs", b'include_bytes!("fold.bin")\n'),
        ("CMakeLists.txt", b"install(FILES src/fold.bin DESTINATION share)\n"),
        ("README.md", b'#include "fold.bin"\n'),
        ("Makefile", b"clean:\n\trm -f src/fold.bin\n"),
    ],
)
def test_data_that_is_only_mentioned_is_not(name: str, text: bytes) -> None:
    assert [] == found(name, text)


def test_data_that_no_program_takes_for_text_or_that_was_not_held_is_not() -> None:
    text = b'#include "fold.bin"\n'
    assert [] == found("src/a.c", text, PNG)
    assert [] == found("src/a.c", text, held=False)


def test_among_any_number_of_other_data_it_is_found() -> None:
    members = {
        f"d/{n}.bin": RawMember(f"d/{n}.bin", len(NOISE), FileType.BINARY, head=NOISE, kept=False, spare=NOISE)
        for n in range(500)
    }
    text = b"int x;\n" * 99 + b'#include "../d/7.bin"\n'
    members["src/a.c"] = RawMember("src/a.c", len(text), FileType.TEXT, text, text)
    assert ["d/7.bin"] == list(find_named_data(members, Deadline(float("inf"))))
    assert [] == list(find_named_data(members, Deadline(-1.0)))
