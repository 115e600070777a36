import ast
from random import Random

import pytest

from jobs.corpus.variants import wrapping as module
from jobs.corpus.variants.wrapping import (
    wrap_base64,
    wrap_hex,
    wrap_numbers,
    wrap_packed,
    wrap_pieces,
    wrap_reversed,
    wrap_rot13,
    wrap_xor,
)
from tests.jobs.corpus.variants.sample_sources import PLAIN, PROGRAMS, run_source

WRAPPERS = (wrap_base64, wrap_hex, wrap_packed, wrap_xor, wrap_reversed, wrap_numbers, wrap_pieces, wrap_rot13)


@pytest.mark.parametrize("wrap", WRAPPERS, ids=lambda wrap: wrap.__name__)
def test_wrapped_source_is_not_readable_and_behaves_as_before(wrap):
    for seed in range(24):
        made = wrap(PLAIN.encode(), Random(seed))
        assert b"hello there" not in made
        assert run_source(PLAIN.encode()) == run_source(made)


@pytest.mark.parametrize("wrap", WRAPPERS, ids=lambda wrap: wrap.__name__)
def test_wrapped_source_is_a_decoder_and_little_else(wrap):
    for seed in range(24):
        assert len(ast.parse(wrap(PROGRAMS["grammar"], Random(seed))).body) <= 9


def test_each_style_of_a_wrapper_is_drawn():
    made = [wrap_base64(PLAIN.encode(), Random(seed)) for seed in range(60)]
    for style in (
        b"exec(base64",
        b"eval(compile(",
        b"'ex' + 'ec'",
        b"lambda c: exec",
        b"__import__('base64')",
        b"''.join([",
    ):
        assert any(style in source for source in made), style


@pytest.mark.parametrize(("limit", "is_listed"), [(len(PLAIN), True), (len(PLAIN) - 1, False)])
def test_long_source_is_compressed_instead_of_listed(monkeypatch, limit, is_listed):
    monkeypatch.setattr(module, "_MAX_LISTED_BYTES", limit)
    for seed in range(8):
        assert is_listed == (b"decompress" not in wrap_numbers(PLAIN.encode(), Random(seed)))


@pytest.mark.parametrize("program", ["latin", "bom"])
def test_source_that_rot13_would_leave_readable_is_compressed(program):
    source = PROGRAMS[program] + "x = 'ß'\n".encode("latin-1" if program == "latin" else "utf-8")
    assert b"decompress" in wrap_rot13(source, Random(1))
    assert run_source(source) == run_source(wrap_rot13(source, Random(1)))


def test_a_key_of_several_bytes_brings_its_decoder():
    made = [wrap_xor(PLAIN.encode(), Random(seed)) for seed in range(30)]
    assert any(b"bytearray()" in source for source in made)
    assert any(b"bytes(b ^ " in source for source in made)
