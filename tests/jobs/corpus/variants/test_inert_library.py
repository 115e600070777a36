import struct
from random import Random

import pytest

from features.limits import Limits
from features.opening import open_release
from jobs.corpus.variants.extraction import memory_file
from jobs.corpus.variants.inert_library import inert_library
from tests.jobs.corpus.variants.conftest import zip_bytes


@pytest.mark.parametrize("is_windows", [False, True])
def test_a_library_contains_the_strings_and_is_recognised_as_native(is_windows):
    data = inert_library(("192.0.2.7", "gr\udc80n"), is_windows=is_windows, rng=Random(1))
    assert b"\x00192.0.2.7\0gr?n\0" in data
    assert 1_000 < len(data) < 8_000
    with memory_file(zip_bytes({"a/_fast.so": data})) as path:
        release = open_release(path, "a-1-py3-none-any.whl", Limits()).release
    assert release is not None
    assert ["native"] == [member.file_type.value for member in release.members]


def test_an_elf_library_has_no_segment_that_a_loader_would_map():
    data = inert_library((), is_windows=False, rng=Random(1))
    assert b"\x7fELF\x02\x01\x01" == data[:7]
    *_, segments, _, sections, _ = struct.unpack("<HHIQQQIHHHHHH", data[16:64])
    assert (0, 0) == (segments, sections)


def test_a_pe_library_has_no_section_that_a_loader_would_map():
    data = inert_library((), is_windows=True, rng=Random(1))
    assert b"MZ" == data[:2]
    [header] = struct.unpack("<I", data[60:64])
    assert b"PE\0\0" == data[header : header + 4]
    machine, sections = struct.unpack("<HH", data[header + 4 : header + 8])
    assert (0x8664, 0) == (machine, sections)


def test_the_same_seed_gives_the_same_bytes():
    first, again, other = (inert_library(("a",), is_windows=True, rng=Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
