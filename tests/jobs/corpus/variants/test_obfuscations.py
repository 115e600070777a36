import ast
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.corpus.variants import obfuscations as module
from jobs.corpus.variants.obfuscations import (
    BY_NAME,
    OBFUSCATIONS,
    REWRITERS,
    WRAPPERS,
    choose_obfuscations,
    obfuscate,
)
from jobs.corpus.variants.payloads import read_payloads
from tests.jobs.corpus.variants.sample_sources import GRAMMAR, PROGRAMS, PYTHON2, run_source

NAMES = [obfuscation.name for obfuscation in OBFUSCATIONS]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", NAMES)
def test_an_obfuscation_changes_the_source_and_not_its_behaviour(name, program):
    source = PROGRAMS[program]
    expected = run_source(source)
    for seed in range(12):
        made = obfuscate(source, name, Random(seed))
        ast.parse(made)
        assert expected == run_source(made), made.decode()
    if program == "grammar":
        assert source != made


@pytest.mark.parametrize("seed", range(40))
def test_obfuscations_in_turn_keep_the_behaviour(seed):
    rng = Random(seed)
    names = choose_obfuscations(rng, 1 + seed % 3)
    made = obfuscate(PROGRAMS["grammar"], names, rng)
    assert run_source(PROGRAMS["grammar"]) == run_source(made)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_makes_the_same_source(name):
    first, again, other = (obfuscate(GRAMMAR.encode(), name, Random(seed)) for seed in ("a", "a", "b"))
    assert first == again
    assert first != other


@pytest.mark.parametrize("payload", read_payloads(), ids=lambda payload: payload.id)
def test_every_payload_stays_valid_under_every_obfuscation(payload):
    source = payload.source.encode()
    for obfuscation in OBFUSCATIONS:
        made = obfuscate(source, obfuscation.name, Random(payload.id))
        ast.parse(made)
        if obfuscation.is_wrapper or obfuscation.name == "junk":
            assert source != made


@pytest.mark.parametrize("name", REWRITERS)
@pytest.mark.parametrize(
    "source", [PYTHON2, b"x = (" * 500, b"\0", b"\xff\xfe\x00", b"def f(:\n", b"# coding: no-such-code\nx = 1\n", b"x = " + b"-" * 20_000 + b"1"]
)  # fmt: skip
def test_source_that_cannot_be_rewritten_is_wrapped(name, source):
    made = obfuscate(source, name, Random(1))
    ast.parse(made)
    assert b"exec" in made or b"'ex' + 'ec'" in made


@pytest.mark.parametrize("name", WRAPPERS)
@pytest.mark.parametrize("source", [PYTHON2, bytes(range(256)), b"", b"\xff\xfe" * 50])
def test_any_bytes_can_be_wrapped(name, source):
    ast.parse(obfuscate(source, name, Random(3)))


@pytest.mark.parametrize(("limit", "is_rewritten"), [(15, True), (14, False)])
def test_source_over_the_bound_is_wrapped_instead_of_rewritten(monkeypatch, limit, is_rewritten):
    monkeypatch.setattr(module, "_MAX_REWRITTEN_BYTES", limit)
    made = obfuscate(b"def f(a):\n    1\n"[:15], "junk", Random(1))
    assert is_rewritten == (b"def f(a):" in made)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.text(max_size=40), st.binary(max_size=40), st.sampled_from(NAMES), st.integers(0, 9))
def test_any_literal_keeps_its_value(text, data, name, seed):
    source = f"a = {text!r}\nb = {data!r}\n".encode()
    found: dict[str, object] = {}
    exec(obfuscate(source, name, Random(seed)), found)
    assert (text, data) == (found["a"], found["b"])


def test_names_are_unique():
    assert len(OBFUSCATIONS) == len(BY_NAME) == len(WRAPPERS) + len(REWRITERS)


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError, match="odd"):
        obfuscate(b"", "hex+odd", Random(1))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_chosen_obfuscations_have_their_wrappers_last(depth):
    for seed in range(60):
        names = choose_obfuscations(Random(seed), depth).split("+")
        assert depth == len(names)
        kinds = [BY_NAME[name].is_wrapper for name in names]
        assert sorted(kinds) == kinds
        assert sum(kinds) <= 2
