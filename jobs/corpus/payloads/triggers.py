"""Puts a payload behind a condition, into a thread or a timer."""

import textwrap
from random import Random

from jobs.corpus.payloads.blocks import blocks_of
from jobs.corpus.payloads.contract import SHARED, Block
from jobs.corpus.payloads.vocabulary import Vocabulary

_MARK = "@CODE@"
_ALWAYS_SHARE = 0.45


def choose_trigger(split: str, rng: Random) -> Block:
    """Return a trigger of a split; nearly half of all payloads wait for nothing."""
    blocks = blocks_of("triggers", split)
    if rng.random() < _ALWAYS_SHARE:
        return next(block for block in blocks if block.split == SHARED)
    return rng.choice([block for block in blocks if block.split != SHARED])


def apply_trigger(trigger: Block, code: str, words: Vocabulary) -> str:
    """Return the statements of `code` behind a trigger."""
    lines = []
    for line in words.render(trigger.text.replace(_MARK, "\0")).splitlines():
        indent = line.removesuffix("\0")
        lines.append(textwrap.indent(code.rstrip("\n"), indent) if line.endswith("\0") else line)
    return "\n".join(lines) + "\n"
