import ast
from random import Random

import pytest

from jobs.corpus.payloads.contract import MEASURED, SHARED, SPLITS
from jobs.corpus.payloads.dresses import DRESSES, PLAIN, choose_dress

INERT = "MARK = 'the' + '-mark'\nRESULT.append(MARK)\n"
READABLE = {"plain", "hidden-names", "rot13"}


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.name)
@pytest.mark.parametrize("seed", range(6))
def test_dressed_code_is_python_and_does_the_same(dress, seed):
    made = dress.apply(INERT, Random(seed))
    ast.parse(made)
    assert made == dress.apply(INERT, Random(seed))
    if "subprocess" in made:
        return
    space = {"RESULT": [], "__name__": "dressed"}
    exec(compile(made, "dressed", "exec"), space)
    assert ["the-mark"] == space["RESULT"]


@pytest.mark.parametrize("dress", DRESSES, ids=lambda dress: dress.name)
def test_dressed_code_can_be_put_into_a_function(dress):
    made = dress.apply("import os\n\n\ndef f():\n    return os.name\n\n\nf()\n", Random(2))
    ast.parse("def g():\n" + "".join(f"    {line}\n" for line in made.splitlines()))


@pytest.mark.parametrize("dress", [d for d in DRESSES if d.name not in READABLE], ids=lambda dress: dress.name)
def test_nothing_of_the_code_can_be_read(dress):
    assert "RESULT.append" not in dress.apply(INERT * 3, Random(4))


@pytest.mark.parametrize("split", [*SPLITS, *MEASURED])
def test_a_split_wears_its_own_dresses_or_none(split):
    chosen = {choose_dress(split, Random(seed)).split for seed in range(100)}
    assert {split, SHARED} == chosen
    assert PLAIN in {choose_dress(split, Random(seed)) for seed in range(20)}


def test_large_code_is_compressed_and_not_listed_letter_by_letter():
    made = next(d for d in DRESSES if d.name == "characters").apply("x = 1\n" * 2_000, Random(1))
    assert len(made) < 12_000
