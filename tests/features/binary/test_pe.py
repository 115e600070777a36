"""Headers of PE files."""

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
