"""Headers of PE files."""

from struct import pack

import pytest

from features.binary.api_families import count_by_family
from features.binary.contract import UnreadableHeadersError
from features.binary.pe import read_pe
from features.binary.window import MemberWindow


def window_on(data: bytes) -> MemberWindow:
    return MemberWindow(data, len(data))


def test_a_pe_module_says_what_it_needs(write_pe):
    data = write_pe(
        imports=(("KERNEL32.dll", ("VirtualAllocEx", "CreateFileW")), ("WS2_32.dll", ())), exports=("PyInit_x",)
    )
    headers = read_pe(window_on(data))
    assert ("windows", ("x86_64",), ("kernel32.dll", "ws2_32.dll")) == (
        headers.system,
        headers.machines,
        headers.libraries,
    )
    assert {"VirtualAllocEx", "CreateFileW"} == headers.imports
    assert (1, ("x",), False, False) == (headers.exports, headers.python_modules, headers.is_program, headers.partial)
    assert (len(data), 0x400) == (headers.declared_end, headers.entry)
    assert {"injection": 1, "network": 1} == count_by_family(headers.imports, headers.libraries)


def test_a_pe_program_without_a_console(write_pe):
    headers = read_pe(window_on(write_pe(runnable=True, windowed=True)))
    assert (True, True) == (headers.is_program, headers.is_windowed)


@pytest.mark.parametrize("size", [1, 63, 70])
def test_a_file_that_ends_in_its_headers_has_none(write_pe, size):
    with pytest.raises(UnreadableHeadersError):
        read_pe(window_on(write_pe()[:size]))


def test_a_program_for_dos_has_no_headers(write_pe):
    with pytest.raises(UnreadableHeadersError):
        read_pe(window_on(write_pe().replace(b"PE\0\0", b"NE\0\0", 1)))


def test_functions_by_number_are_counted_and_have_no_name(write_pe):
    headers = read_pe(window_on(write_pe(imports=(("ws2_32.dll", ()),))))
    assert (("ws2_32.dll",), frozenset(), 0) == (headers.libraries, headers.imports, headers.ordinals)
    assert {"network": 1} == count_by_family(headers.imports, headers.libraries)


def test_functions_that_are_loaded_late_are_imports_too(write_pe):
    data = write_pe(
        imports=(("KERNEL32.dll", ("CreateFileW",)),),
        delayed=(("WININET.dll", ("InternetOpenA", 7)), ("ole32.dll", ())),
    )
    headers = read_pe(window_on(data))
    assert ("kernel32.dll", "wininet.dll", "ole32.dll") == headers.libraries
    assert ({"CreateFileW", "InternetOpenA"}, 1, False) == (set(headers.imports), headers.ordinals, headers.partial)


def moved(data: bytes, before: int, after: int) -> bytes:
    """Return the file with each address `before` exchanged: for one that no section holds."""
    return data.replace(pack("<I", before), pack("<I", after))


def address_of(data: bytes, word: bytes) -> int:
    return data.index(word)


def test_a_library_without_a_name_makes_the_headers_partial(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("CreateFileW",)),))
    headers = read_pe(window_on(moved(data, address_of(data, b"KERNEL32.dll"), 0x7FFF0000)))
    assert ((), True) == (headers.libraries, headers.partial)


def test_a_late_library_without_a_name_makes_the_headers_partial(write_pe):
    data = write_pe(delayed=(("WININET.dll", ("InternetOpenA",)),))
    headers = read_pe(window_on(moved(data, address_of(data, b"WININET.dll"), 0x7FFF0000)))
    assert ((), True) == (headers.libraries, headers.partial)


def test_a_function_outside_of_the_file_ends_its_table(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("CreateFileW", "WriteFile")),))
    at = address_of(data, b"\0\0CreateFileW")
    headers = read_pe(window_on(data.replace(pack("<Q", at), pack("<Q", 0x7FFF0000))))
    assert (("kernel32.dll",), frozenset(), True) == (headers.libraries, headers.imports, headers.partial)


def test_a_table_of_functions_outside_of_the_file_leaves_the_library(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("CreateFileW",)),))
    thunks = data.index(pack("<Q", address_of(data, b"\0\0CreateFileW")))
    headers = read_pe(window_on(moved(data, thunks, 0x7FFF0000)))
    assert (("kernel32.dll",), frozenset(), True) == (headers.libraries, headers.imports, headers.partial)


def test_an_import_table_outside_of_the_file_makes_the_headers_partial(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("CreateFileW",)),))
    library, thunks = address_of(data, b"KERNEL32.dll"), data.index(pack("<Q", address_of(data, b"\0\0CreateFileW")))
    descriptor = data.index(pack("<IIIII", thunks, 0, 0, library, thunks))
    headers = read_pe(window_on(moved(data, descriptor, 0x7FFF0000)))
    assert ((), True) == (headers.libraries, headers.partial)


def test_functions_beyond_the_bound_are_not_listed(write_pe, monkeypatch):
    monkeypatch.setattr("features.binary.pe.NAMES", 1)
    headers = read_pe(window_on(write_pe(imports=(("KERNEL32.dll", ("CreateFileW", "WriteFile")),))))
    assert ({"CreateFileW"}, True) == (set(headers.imports), headers.partial)
