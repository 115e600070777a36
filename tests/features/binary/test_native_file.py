import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.archive.retention import HEAD_AND_TAIL_BYTES
from features.binary.native_file import read_native_file, search_strings
from features.contract import FileType, Member, Role
from features.runtime.cache import caches, clear_caches

ANY_TIME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def member(data: bytes, path: str = "a/x.so") -> Member:
    return Member(path, len(data), FileType.NATIVE, Role.REST, data=data, head=data[:4096])


def test_native_code_is_read_once_whatever_its_name_is(write_pe):
    data = write_pe(imports=(("KERNEL32.dll", ("VirtualAllocEx",)),), data=b"\0https://pastebin.com/raw/x\0")
    clear_caches()
    before = [caches()[name].hits for name in ("native_headers", "binary_words")]
    natives = [read_native_file(member(data, path)) for path in ("a/x.pyd", "b/logo.png")]
    assert [len(data)] * 2 == [search_strings(native, 2**20) for native in natives]
    assert [hits + 1 for hits in before] == [caches()[name].hits for name in ("native_headers", "binary_words")]
    assert [False, True] == [native.is_disguised for native in natives]
    assert natives[0].headers is natives[1].headers
    assert natives[0].strings.counts == natives[1].strings.counts
    assert natives[0].strings.counts
    again = read_native_file(member(data))
    assert (0, False) == (search_strings(again, len(data) - 1), again.is_searched)


def test_a_native_file_that_broke_off_is_read_by_itself(write_elf):
    data = write_elf()
    whole, broken = member(data + b"x" * 5_000), replace(member(data + b"x" * 5_000), problem="crc")
    assert [5_000, 0] == [read_native_file(whole).overlay, read_native_file(broken).overlay]


@pytest.mark.slow
@pytest.mark.parametrize("writer", ["write_elf", "write_pe", "write_macho"])
@ANY_TIME
@given(st.data())
def test_a_broken_native_file_is_read_all_the_same(request, writer, data):
    """Law: whatever bytes stand behind a native file's magic, reading it returns."""
    whole = bytearray(request.getfixturevalue(writer)())
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(whole)))
    native = read_native_file(member(bytes(whole[:cut])))
    search_strings(native, 2**20)
    assert native.headers is None or native.headers.system in {"linux", "windows", "macos"}


@ANY_TIME
@given(
    st.sampled_from((b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")),
    st.binary(),
)
def test_any_bytes_are_read(magic, rest):
    native = read_native_file(member(magic + rest))
    assert 0 <= search_strings(native, 2**20) <= len(magic + rest)


def test_instructions_that_are_mixed_like_ciphertext_are_packed(write_elf):
    noise = random.Random(3).randbytes(20_000)
    assert read_native_file(member(write_elf(code=noise))).is_packed
    assert not read_native_file(member(write_elf(code=b"\x48\x89\xe5\x90\x5d" * 4_000))).is_packed


def test_a_packer_that_names_its_sections(write_pe):
    assert read_native_file(member(write_pe(names=("UPX0", "UPX1")))).is_packed
    assert not read_native_file(member(write_pe())).is_packed


def test_bytes_behind_the_declared_end_are_an_overlay(write_pe):
    noise = random.Random(3).randbytes(20_000)
    native = read_native_file(member(write_pe(overlay=noise)))
    assert len(noise) == native.overlay
    assert (native.overlay_entropy or 0) > 7.5
    assert read_native_file(member(write_pe())).overlay == 0


def test_functions_in_strings_that_are_not_imported_are_hidden(write_pe):
    functions = b"\0VirtualAllocEx\0WriteProcessMemory\0CreateRemoteThread\0"
    native = read_native_file(member(write_pe(data=functions)))
    search_strings(native, 2**20)
    assert {"injection": 3} == native.hidden_functions
    plain = read_native_file(
        member(
            write_pe(
                data=functions,
                imports=(("kernel32.dll", ("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread")),),
            )
        )
    )
    search_strings(plain, 2**20)
    assert ({}, {"injection": 3}) == (plain.hidden_functions, plain.api_families)


def test_functions_are_not_hidden_where_the_imports_were_not_kept(write_pe):
    functions = b"\0VirtualAllocEx\0WriteProcessMemory\0CreateRemoteThread\0" + bytes(3 * 2**20)
    data = write_pe(data=functions, imports=(("kernel32.dll", ("VirtualAllocEx",)),)) + bytes(2 * 2**20)
    half = HEAD_AND_TAIL_BYTES // 2
    kept = data[:half] + data[-half:]
    native = read_native_file(Member("a/x.pyd", len(data), FileType.NATIVE, Role.REST, data=kept, head=data[:4096]))
    search_strings(native, 2**22)
    assert (True, True, {}) == (
        native.is_cut,
        native.headers is not None and native.headers.partial,
        native.hidden_functions,
    )
    assert "VirtualAllocEx" in native.strings.markers.functions
