import ast
import keyword
import re
from collections import defaultdict
from random import Random

import pytest

from jobs.corpus.payloads.blocks import blocks_of, choose_block, compose_act, read_blocks
from jobs.corpus.payloads.contract import MEASURED, SHARED, SPLITS
from jobs.corpus.payloads.vocabulary import Vocabulary

FILES = ("acts", "collectors", "senders", "triggers", "foreign", "patches", "honest")
PYTHON = ("acts", "collectors", "senders", "patches", "honest")


@pytest.mark.parametrize("name", FILES)
def test_every_split_has_blocks_and_no_two_are_alike(name):
    blocks = read_blocks(name)
    assert {*SPLITS, *MEASURED} == {block.split for block in blocks} - {SHARED}
    assert len(blocks) == len({(block.kind, block.name) for block in blocks}) == len({block.text for block in blocks})


@pytest.mark.parametrize("name", PYTHON)
def test_blocks_of_python_parse(name):
    for block in read_blocks(name):
        for seed in range(5):
            words = Vocabulary("train", Random(seed))
            ast.parse(
                words.render(block.text.replace("@n1@", "held") if name in {"collectors", "senders"} else block.text)
            )


def test_training_uses_no_block_of_another_split():
    for name in FILES:
        train = {block.text for block in blocks_of(name, "train") if block.split != SHARED}
        for split in ("valid", "test", *MEASURED):
            assert not train & {block.text for block in blocks_of(name, split)}


def test_no_line_of_an_act_that_tells_is_shared_between_splits():
    lines = defaultdict(set)
    for name in ("acts", "collectors", "senders"):
        for block in read_blocks(name):
            for line in block.text.splitlines():
                text = re.sub(r"@\w+@", "@", line.strip())
                if len(text) > 70 and not text.startswith(("import ", "from ")):
                    lines[text].add(block.split)
    assert not [text for text, splits in lines.items() if len(splits) > 1]


@pytest.mark.parametrize("split", [*SPLITS, *MEASURED])
def test_acts_are_python_whole_and_half(split):
    names = set()
    for seed in range(120):
        rng = Random(seed)
        name, code = compose_act(Vocabulary(split, rng), rng)
        ast.parse(code)
        names.add(name)
        assert not re.findall(r"@(?:n|C|host|ip|url|port)\d?@", code), code
    assert any("+" in name for name in names)
    halves = {block.name for block in blocks_of("acts", split, "half")}
    assert halves & names


def test_a_block_is_chosen_by_split_and_kind():
    assert "javascript" == choose_block("foreign", "test", Random(1), "javascript").kind
    assert not keyword.iskeyword(choose_block("acts", "valid", Random(1)).name)
