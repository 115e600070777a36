import ast
from random import Random

import pytest

from jobs.corpus.payloads.blocks import read_blocks
from jobs.corpus.payloads.contract import MEASURED, SHARED, SPLITS
from jobs.corpus.payloads.triggers import apply_trigger, choose_trigger
from jobs.corpus.payloads.vocabulary import Vocabulary

CODE = 'import json\n\nfor n in range(2):\n    print(json.dumps("@mark"))\n'


@pytest.mark.parametrize("trigger", read_blocks("triggers"), ids=lambda block: block.name)
def test_code_behind_a_trigger_is_python_and_whole(trigger):
    made = apply_trigger(trigger, CODE, Vocabulary("train", Random(1)))
    ast.parse(made)
    assert made.count("@mark") == 1
    assert (made == CODE) == (trigger.kind == "always")


@pytest.mark.parametrize("split", [*SPLITS, *MEASURED])
def test_a_split_has_triggers_of_its_own_and_the_one_that_adds_no_code(split):
    chosen = {choose_trigger(split, Random(seed)) for seed in range(200)}
    assert {split, SHARED} == {block.split for block in chosen}


def test_triggers_are_of_seven_kinds():
    kinds = {block.kind for block in read_blocks("triggers")}
    assert {"always", "ci", "system", "date", "first_use", "environment", "thread", "timer"} == kinds
