"""Headers of ELF files."""

import pytest

from features.archive.retention import HEAD_AND_TAIL_BYTES
from features.binary.contract import UnreadableHeadersError
from features.binary.elf import read_elf
from features.binary.window import MemberWindow


def window_on(data: bytes) -> MemberWindow:
    return MemberWindow(data, len(data))


def test_an_elf_module_says_what_it_needs(write_elf):
    data = write_elf(imports=("execve", "PyList_New"), exports=("PyInit_x",), libraries=("libc.so.6",))
    headers = read_elf(window_on(data))
    assert ("linux", ("x86_64",), ("libc.so.6",)) == (headers.system, headers.machines, headers.libraries)
    assert {"execve", "PyList_New"} == headers.imports
    assert (1, ("x",), False, False) == (headers.exports, headers.python_modules, headers.is_program, headers.partial)
    assert [".text", ".rodata", ".dynsym", ".dynstr", ".dynamic", ".shstrtab"] == [s.name for s in headers.sections]
    assert [True] + [False] * 5 == [s.executable for s in headers.sections]
    assert (len(data), 120) == (headers.declared_end, headers.entry)


def test_an_elf_program_is_no_module(write_elf):
    headers = read_elf(window_on(write_elf(runnable=True, writable_code=True)))
    assert (True, ()) == (headers.is_program, headers.python_modules)
    assert any(s.writable and s.executable for s in headers.sections)


def test_only_the_ends_of_a_large_file_are_read(write_elf):
    data = write_elf(imports=("execve",), data=b"x" * (3 * 2**20))
    half = HEAD_AND_TAIL_BYTES // 2
    kept = data[:half] + data[-half:]
    headers = read_elf(MemberWindow(kept, len(data)))
    assert ({"execve"}, len(data), False) == (set(headers.imports), headers.declared_end, headers.partial)
    with pytest.raises(UnreadableHeadersError):
        MemberWindow(kept, len(data)).read(half, 1)
    assert data[-4:] == MemberWindow(kept, len(data)).read(len(data) - 4, 4)


@pytest.mark.parametrize("at", [4, 5])
def test_a_file_of_no_known_class_or_byte_order_has_no_headers(write_elf, at):
    data = bytearray(write_elf())
    data[at] = 3
    with pytest.raises(UnreadableHeadersError):
        read_elf(window_on(bytes(data)))


def test_a_file_that_ends_in_its_header_has_none(write_elf):
    with pytest.raises(UnreadableHeadersError):
        read_elf(window_on(write_elf()[:40]))


def test_without_its_tables_a_file_has_headers_all_the_same(write_elf):
    headers = read_elf(window_on(write_elf(imports=("execve",))[:64]))
    assert ("linux", frozenset(), ()) == (headers.system, headers.imports, headers.libraries)
