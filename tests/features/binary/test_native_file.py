from dataclasses import replace
from struct import pack

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.binary.api_families import count_by_family
from features.binary.contract import UnreadableHeadersError
from features.binary.elf import read_elf
from features.binary.macho import read_macho
from features.binary.native_file import read_native_file, search_strings
from features.binary.pe import read_pe
from features.binary.window import NAME_BYTES, MemberWindow, name_at, names_at
from features.contract import FileType, Member, Role
from features.runtime.cache import caches, clear_caches

ANY_TIME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def window(data: bytes) -> MemberWindow:
    return MemberWindow(data, len(data))


def member(data: bytes, path: str = "a/x.so") -> Member:
    return Member(path, len(data), FileType.NATIVE, Role.REST, data=data, head=data[:4096])


def test_an_elf_module_says_what_it_needs(write_elf):
    data = write_elf(imports=("execve", "PyList_New"), exports=("PyInit_x",), libraries=("libc.so.6",))
    said = read_elf(window(data))
    assert ("linux", ("x86_64",), ("libc.so.6",)) == (said.system, said.machines, said.libraries)
    assert {"execve", "PyList_New"} == said.imports
    assert (1, ("x",), False, False) == (said.exports, said.python_modules, said.is_program, said.partial)
    assert [".text", ".rodata", ".dynsym", ".dynstr", ".dynamic", ".shstrtab"] == [s.name for s in said.sections]
    assert [True] + [False] * 5 == [s.executable for s in said.sections]
    assert (len(data), 120) == (said.declared_end, said.entry)


def test_an_elf_program_is_no_module(write_elf):
    said = read_elf(window(write_elf(runnable=True, writable_code=True)))
    assert (True, ()) == (said.is_program, said.python_modules)
    assert any(s.writable and s.executable for s in said.sections)


def test_a_pe_module_says_what_it_needs(write_pe):
    data = write_pe(
        imports=(("KERNEL32.dll", ("VirtualAllocEx", "CreateFileW")), ("WS2_32.dll", ())), exports=("PyInit_x",)
    )
    said = read_pe(window(data))
    assert ("windows", ("x86_64",), ("kernel32.dll", "ws2_32.dll")) == (said.system, said.machines, said.libraries)
    assert {"VirtualAllocEx", "CreateFileW"} == said.imports
    assert (1, ("x",), False, False) == (said.exports, said.python_modules, said.is_program, said.partial)
    assert (len(data), 0x400) == (said.declared_end, said.entry)
    assert {"injection": 1, "network": 1} == count_by_family(said.imports, said.libraries)


def test_a_pe_program_without_a_console(write_pe):
    said = read_pe(window(write_pe(runnable=True, windowed=True)))
    assert (True, True) == (said.is_program, said.is_windowed)


def test_a_mach_o_module_says_what_it_needs(write_macho):
    data = write_macho(("system", "open$NOCANCEL"), ("PyInit_x",), ("/usr/lib/libSystem.B.dylib",))
    said = read_macho(window(data))
    assert ("macos", ("arm64",), ("/usr/lib/libSystem.B.dylib",)) == (said.system, said.machines, said.libraries)
    assert ({"system", "open"}, 1, ("x",), False) == (
        set(said.imports),
        said.exports,
        said.python_modules,
        said.partial,
    )
    assert (len(data), ["__text"]) == (said.declared_end, [s.name for s in said.sections])


def test_all_slices_of_a_fat_file_count(write_macho):
    one, two = write_macho(("system",)), write_macho(("connect",), ("PyInit_x",))
    head = pack(">II", 0xCAFEBABE, 2) + pack(">IIIII", 7, 3, 48, len(one), 0)
    head += pack(">IIIII", 12, 0, 48 + len(one), len(two), 0)
    said = read_macho(window(head + one + two))
    assert ({"system", "connect"}, ("x",), 2) == (set(said.imports), said.python_modules, len(said.machines))
    assert len(head + one + two) == said.declared_end


def test_only_the_ends_of_a_large_file_are_read(write_elf):
    from features.archive import retention as keeping

    data = write_elf(imports=("execve",), data=b"x" * (3 * 2**20))
    half = keeping.HEAD_AND_TAIL_BYTES // 2
    kept = data[:half] + data[-half:]
    said = read_elf(MemberWindow(kept, len(data)))
    assert ({"execve"}, len(data), False) == (set(said.imports), said.declared_end, said.partial)
    with pytest.raises(UnreadableHeadersError):
        MemberWindow(kept, len(data)).read(half, 1)
    assert data[-4:] == MemberWindow(kept, len(data)).read(len(data) - 4, 4)


@ANY_TIME
@given(st.binary(), st.sampled_from((b"", b"x" * NAME_BYTES)), st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 40)))
def test_names_are_read_together_as_one_by_one(table, more, offsets):
    table += more
    said = {name_at(table, at) for at in offsets} - {""}
    assert said == names_at(table, np.array(offsets, np.uint32))


def test_native_code_is_read_once_whatever_its_name_is(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("VirtualAllocEx",)),), data=b"\0https://pastebin.com/raw/x\0")
    clear_caches()
    before = [caches()[name].hits for name in ("native_headers", "binary_words")]
    looks = [read_native_file(member(data, path)) for path in ("a/x.pyd", "b/logo.png")]
    assert [len(data)] * 2 == [search_strings(look, 2**20) for look in looks]
    assert [hits + 1 for hits in before] == [caches()[name].hits for name in ("native_headers", "binary_words")]
    assert [False, True] == [look.is_disguised for look in looks]
    assert looks[0].headers is looks[1].headers
    assert looks[0].strings.counts == looks[1].strings.counts
    assert looks[0].strings.counts
    again = read_native_file(member(data))
    assert (0, False) == (search_strings(again, len(data) - 1), again.is_searched)


def test_a_native_file_that_broke_off_is_read_by_itself(write_elf):
    data = write_elf()
    whole, broken = member(data + b"x" * 5_000), replace(member(data + b"x" * 5_000), problem="crc")
    assert [5_000, 0] == [read_native_file(whole).overlay, read_native_file(broken).overlay]


@pytest.mark.parametrize("writer", ["write_elf", "write_pe", "write_macho"])
@ANY_TIME
@given(st.data())
def test_a_native_file_that_is_broken_is_looked_at_all_the_same(request, writer, data):
    """Law: whatever bytes stand behind a native file's magic, looking at it returns."""
    whole = bytearray(request.getfixturevalue(writer)())
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(whole)))
    look = read_native_file(member(bytes(whole[:cut])))
    search_strings(look, 2**20)
    assert look.headers is None or look.headers.system in {"linux", "windows", "macos"}


@ANY_TIME
@given(
    st.sampled_from((b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")),
    st.binary(),
)
def test_any_bytes_are_looked_at(magic, rest):
    look = read_native_file(member(magic + rest))
    assert 0 <= search_strings(look, 2**20) <= len(magic + rest)


def test_instructions_that_are_mixed_like_ciphertext_are_packed(write_elf):
    import random

    noise = random.Random(3).randbytes(20_000)
    assert read_native_file(member(write_elf(code=noise))).is_packed
    assert not read_native_file(member(write_elf(code=b"\x48\x89\xe5\x90\x5d" * 4_000))).is_packed


def test_a_packer_that_names_its_sections(write_pe):
    assert read_native_file(member(write_pe(names=("UPX0", "UPX1")))).is_packed
    assert not read_native_file(member(write_pe())).is_packed


def test_what_stands_behind_the_end(write_pe):
    import random

    noise = random.Random(3).randbytes(20_000)
    look = read_native_file(member(write_pe(overlay=noise)))
    assert len(noise) == look.overlay
    assert (look.overlay_entropy or 0) > 7.5
    assert read_native_file(member(write_pe())).overlay == 0


def test_functions_that_are_spelled_out_and_not_imported(write_pe):
    words = b"\0VirtualAllocEx\0WriteProcessMemory\0CreateRemoteThread\0"
    look = read_native_file(member(write_pe(data=words)))
    search_strings(look, 2**20)
    assert {"injection": 3} == look.hidden_functions
    plain = read_native_file(
        member(
            write_pe(
                data=words, imports=(("kernel32.dll", ("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread")),)
            )
        )
    )
    search_strings(plain, 2**20)
    assert ({}, {"injection": 3}) == (plain.hidden_functions, plain.api_families)


def test_functions_are_not_hidden_where_the_imports_were_not_kept(write_pe):
    from features.archive import retention as keeping

    words = b"\0VirtualAllocEx\0WriteProcessMemory\0CreateRemoteThread\0" + bytes(3 * 2**20)
    data = write_pe(data=words, imports=(("kernel32.dll", ("VirtualAllocEx",)),)) + bytes(2 * 2**20)
    half = keeping.HEAD_AND_TAIL_BYTES // 2
    kept = data[:half] + data[-half:]
    look = read_native_file(Member("a/x.pyd", len(data), FileType.NATIVE, Role.REST, data=kept, head=data[:4096]))
    search_strings(look, 2**22)
    assert (True, True, {}) == (look.is_cut, look.headers is not None and look.headers.partial, look.hidden_functions)
    assert "VirtualAllocEx" in look.strings.markers.functions
