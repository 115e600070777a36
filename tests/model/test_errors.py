"""Tests that every error of the room has a sentence, a hint and its facts, and can be pickled by a worker."""

import pickle
from pathlib import Path

import pytest

from model.errors import (
    LibraryMismatchError,
    ModelError,
    ModelMissingError,
    ModelTamperedError,
    SchemaMismatchError,
    TrainingDataError,
)

ERRORS = (
    (ModelMissingError(Path("m"), ["card.json", "x"]), "no complete model in m: card.json, x missing"),
    (ModelTamperedError(Path("m/x"), "cut"), "m/x is not what was saved: cut"),
    (LibraryMismatchError("x", "a 1", "a 2", "old"), "x was written by a 1 and a 2 cannot read it: old"),
    (SchemaMismatchError("f", "e", ["code"]), "the table's schema is f, the model's is e; changed: code"),
    (
        SchemaMismatchError("", "e", ()),
        "the table's schema is not stated, the model's is e; changed: the fixed columns",
    ),
    (TrainingDataError("no rows"), "cannot train on these rows: no rows"),
)


@pytest.mark.parametrize(("error", "sentence"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_says_what_happened_and_what_to_do(error, sentence) -> None:
    assert sentence == str(error)
    assert len(error.hint) > 10
    again = pickle.loads(pickle.dumps(error))
    assert (type(error), sentence, vars(error)) == (type(again), str(again), vars(again))


def test_every_error_is_among_these() -> None:
    assert {type(error) for error, _ in ERRORS} == set(ModelError.__subclasses__())
