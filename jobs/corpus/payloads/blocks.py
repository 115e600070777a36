"""Reads the building blocks of payloads: acts, conditions, texts in other languages; each belongs to one split."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

from jobs.corpus.payloads.contract import MEASURED, SHARED, Block
from jobs.corpus.payloads.vocabulary import Vocabulary

_FOLDER = Path(__file__).parent / "templates"


@cache
def read_blocks(name: str) -> tuple[Block, ...]:
    """Return the blocks of one list of templates (its file's name without the suffix), those of `MEASURED` last."""
    folders = (_FOLDER, *(_FOLDER / split for split in MEASURED))
    files = [path for folder in folders if (path := folder / f"{name}.toml").exists()]
    tables = [table for path in files for table in tomllib.loads(path.read_text(encoding="utf-8"))["block"]]
    return tuple(Block(t["name"], t["split"], t.get("kind", ""), t["text"].strip("\n") + "\n") for t in tables)


def blocks_of(name: str, split: str, kind: str = "") -> tuple[Block, ...]:
    """Return the blocks of a file that a split may use, all kinds or one."""
    return tuple(b for b in read_blocks(name) if b.split in {split, SHARED} and (not kind or b.kind == kind))


def choose_block(name: str, split: str, rng: Random, kind: str = "") -> Block:
    """Return a random block of a file that a split may use."""
    return rng.choice(blocks_of(name, split, kind))


def compose_act(words: Vocabulary, rng: Random) -> tuple[str, str]:
    """Return the name and the source of an act: one as it stands in its file, or what collects joined to what sends.

    An act is a quiet one (half a payload) in one of seven cases, and a long one (much is gathered and another act
    follows) in one of eight.
    """
    split = words.split
    draw = rng.random()
    if draw < 0.12:
        return _compose_long(words, rng)
    if draw < 0.5:
        collectors = rng.sample(blocks_of("collectors", split), rng.choice((1, 1, 2, 3)))
        sender = choose_block("senders", split, rng)
        name = "+".join([*sorted(block.name for block in collectors), sender.name])
        return name, words.render(_join(collectors, sender, rng))
    block = choose_block("acts", split, rng, "half" if draw > 0.86 else "whole")
    return block.name, words.render(block.text)


def _compose_long(words: Vocabulary, rng: Random) -> tuple[str, str]:
    """Return the name and the source of a long act: all that a split collects, in functions, and another act."""
    split = words.split
    collectors, sender = list(blocks_of("collectors", split)), choose_block("senders", split, rng)
    chosen = rng.sample(collectors, min(len(collectors), rng.randrange(3, 7)))
    after = choose_block("acts", split, rng, "whole")
    name = "+".join([*sorted(block.name for block in chosen), sender.name, after.name])
    text = words.render(_join(chosen, sender, rng))
    return name, f"{text}\n{Vocabulary(split, rng).render(after.text)}"


def _join(collectors: Sequence[Block], sender: Block, rng: Random) -> str:
    """Return statements that gather into `@n1@` and hand it to a sender, with or without functions around them."""
    gather = "".join(block.text for block in collectors)
    send = sender.text
    imports = sorted({line for line in (gather + send).splitlines() if line.startswith(("import ", "from "))})
    body = [line for line in (gather + send).splitlines() if not line.startswith(("import ", "from "))]
    head = "\n".join(imports) + "\n"
    style = rng.randrange(4)
    if style == 0:
        return head + "@n1@ = {}\n" + "\n".join(body) + "\n"
    inner = "\n".join(f"    {line}" if line else "" for line in ["@n1@ = {}", *body])
    if style == 1:
        indented = "\n".join(f"    {line}" if line else "" for line in inner.splitlines())
        quiet = f"    try:\n{indented}\n    except Exception:\n        pass\n"
        return f"{head}\ndef @n8@():\n{quiet}\n@n8@()\n"
    if style == 2:
        return (
            "def @n8@():\n"
            + "".join(f"    {line}\n" for line in imports)
            + f"{inner}\n\ntry:\n    @n8@()\nexcept Exception:\n    pass\n"
        )
    return f"{head}try:\n{inner}\nexcept Exception:\n    pass\n"
