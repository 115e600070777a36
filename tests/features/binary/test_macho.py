"""Headers of Mach-O files."""

from struct import pack

import pytest

from features.binary.contract import UnreadableHeadersError
from features.binary.macho import read_macho
from features.binary.window import MemberWindow


def window_on(data: bytes) -> MemberWindow:
    return MemberWindow(data, len(data))


def test_a_mach_o_module_says_what_it_needs(write_macho):
    data = write_macho(("system", "open$NOCANCEL"), ("PyInit_x",), ("/usr/lib/libSystem.B.dylib",))
    headers = read_macho(window_on(data))
    assert ("macos", ("arm64",), ("/usr/lib/libSystem.B.dylib",)) == (
        headers.system,
        headers.machines,
        headers.libraries,
    )
    assert ({"system", "open"}, 1, ("x",), False) == (
        set(headers.imports),
        headers.exports,
        headers.python_modules,
        headers.partial,
    )
    assert (len(data), ["__text"]) == (headers.declared_end, [s.name for s in headers.sections])


def test_all_slices_of_a_fat_file_count(write_macho):
    one, two = write_macho(("system",)), write_macho(("connect",), ("PyInit_x",))
    head = pack(">II", 0xCAFEBABE, 2) + pack(">IIIII", 7, 3, 48, len(one), 0)
    head += pack(">IIIII", 12, 0, 48 + len(one), len(two), 0)
    headers = read_macho(window_on(head + one + two))
    assert ({"system", "connect"}, ("x",), 2) == (set(headers.imports), headers.python_modules, len(headers.machines))
    assert len(head + one + two) == headers.declared_end


@pytest.mark.parametrize("data", [b"", b"\xcf\xfa\xed\xfe", b"\x7fELF" + bytes(60)])
def test_what_is_no_mach_o_has_no_headers(data):
    with pytest.raises(UnreadableHeadersError):
        read_macho(window_on(data))


def test_a_fat_file_without_a_readable_slice_has_no_headers():
    with pytest.raises(UnreadableHeadersError):
        read_macho(window_on(pack(">II", 0xCAFEBABE, 1) + pack(">IIIII", 7, 3, 48, 100, 0) + bytes(64)))


def test_a_fat_file_with_an_unreadable_slice_is_partial(write_macho):
    one = write_macho(("system",))
    head = pack(">II", 0xCAFEBABE, 2) + pack(">IIIII", 7, 3, 48, len(one), 0)
    head += pack(">IIIII", 12, 0, 10_000, 100, 0)
    headers = read_macho(window_on(head + one))
    assert ({"system"}, True) == (set(headers.imports), headers.partial)
