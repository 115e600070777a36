"""The names that execute code are one list: whoever looks for execution knows each of them."""

import pytest

from features.binary import pickles
from features.code.evaluate.api_behaviours import find_behaviours
from features.code.parse.executing_names import (
    CODE_TYPES,
    IMPORT_FUNCTIONS,
    MODULE_RUNNERS,
    PROCESS_STARTERS,
    SOURCE_BUILTINS,
    SOURCE_RUNNERS,
)


@pytest.mark.parametrize(
    "name",
    [*SOURCE_BUILTINS, *(f"runpy.{name}" for name in MODULE_RUNNERS), *(f"types.{name}" for name in CODE_TYPES)],
)
def test_whatever_runs_source_executes_code(name):
    assert "execute_code" in find_behaviours(name)


@pytest.mark.parametrize("name", PROCESS_STARTERS)
def test_what_starts_a_program_does_so_whatever_it_is_called_on(name):
    assert ("execute_process",) == find_behaviours(f"anything.{name}")


def test_a_name_that_merely_contains_one_executes_nothing():
    assert () == find_behaviours("executor") == find_behaviours("model.evaluate")


def test_builtins_that_run_source_are_among_those_that_take_it():
    assert set(SOURCE_RUNNERS) < set(SOURCE_BUILTINS)


def test_the_last_import_function_is_the_short_name_of_another():
    assert IMPORT_FUNCTIONS[-1] == IMPORT_FUNCTIONS[1].rpartition(".")[2]


@pytest.mark.parametrize("name", SOURCE_BUILTINS)
def test_a_pickle_that_imports_a_builtin_that_takes_source_runs_code(name):
    assert "code" == pickles.import_family(pickles.PickleImport("builtins", name))
