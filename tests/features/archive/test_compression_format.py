"""Compressed data is recognised by its first bytes, as liblzma and zlib recognise it."""

import lzma
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.compression_format import compression_of, has_lzma_header, is_unusual_lzma, is_zlib

TEXT = b"one sheep, two sheep, three sheep\n" * 40


def lzma_alone(data: bytes, **options: int) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **options}])


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.sampled_from([4096, 6144, 2**16, 3 * 2**20, 2**23]))
def test_lzma_files_of_all_legal_properties_are_recognised(lc: int, lp: int, pb: int, dictionary: int) -> None:
    made = lzma_alone(TEXT, lc=min(lc, 4 - lp), lp=lp, pb=pb, dict_size=dictionary)
    assert has_lzma_header(made)
    assert is_unusual_lzma(made[:4096])
    assert compression_of(made[:4096]) == "lzma"


def test_a_dictionary_that_does_not_fit_into_memory_hides_no_lzma_file() -> None:
    made = lzma_alone(TEXT, lc=4, lp=0)
    assert is_unusual_lzma(made[:1] + (2**31).to_bytes(4, "little") + made[5:])


def test_an_empty_stream_before_another_one_is_recognised() -> None:
    empty = lzma_alone(b"", lc=4, lp=0)
    assert is_unusual_lzma(empty + lzma.compress(TEXT))
    assert is_unusual_lzma(empty + lzma_alone(TEXT, lc=2))
    assert not is_unusual_lzma(empty)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        bytes(4096),
        b"." + bytes(511),
        b"\x01\0\0\1\0" + b"\xff" * 8 + bytes(4000),
        b"\x00\0\1\0\0" + bytes(8) + random.Random(1).randbytes(4000),
        lzma_alone(TEXT)[:40],
        TEXT,
    ],
)
def test_zeros_noise_and_text_are_no_lzma_file(head: bytes) -> None:
    assert not is_unusual_lzma(head)


def test_noise_behind_a_possible_header_is_no_lzma_file() -> None:
    noise = random.Random(2)
    heads = [b"\x2e\0\0\1\0" + b"\xff" * 8 + b"\0" + noise.randbytes(4082) for _ in range(300)]
    assert not any(map(is_unusual_lzma, heads))


@pytest.mark.parametrize("level", [1, 6, 9])
def test_zlib_streams_are_recognised(level: int) -> None:
    made = zlib.compress(TEXT, level)
    assert is_zlib(made)
    assert compression_of(made) == "zlib"


@pytest.mark.parametrize(
    "head", [b"", b"x", b"x\x9c", b"x^2 + y^2 = z^2\n" * 20, b"x\x9d" + bytes(40), zlib.compress(b"")]
)
def test_text_that_begins_with_an_x_is_no_zlib_stream(head: bytes) -> None:
    assert not is_zlib(head)
