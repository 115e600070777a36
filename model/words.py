"""Puts telling code tokens, which are hashes, into words that a person can look for."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

WORDS_FILE = "words.json"
"""File of a model's folder with the texts of tokens, by their 20-bit hash."""

WORDS_NAMED = 12
"""Most telling tokens of a row that are looked up; few of them have a text."""
WORDS_SHOWN = 4
"""Most words that a reason shows."""

TOKEN_BITS = 20
_ROLE_WORDS = ("install code", "import code", "inner modules")

UNNAMED = "names and calls in its code that malware it has learnt shares, none of them common enough to be named"
"""Meaning of the reason for tokens without a text."""


def words_meaning(tokens: Sequence[int], words: Mapping[int, str]) -> str:
    """Return the meaning of tokens (role << 20 | hash) in words, such as "the words base64.b64decode in install code".

    A text is that of the most common name or call with the token's hash in honest code.
    """
    shown: dict[str, list[str]] = {}
    count = 0
    for token in tokens:
        text = words.get(token & ((1 << TOKEN_BITS) - 1))
        role = token >> TOKEN_BITS
        if text is None or count == WORDS_SHOWN or role >= len(_ROLE_WORDS):
            continue
        listed = shown.setdefault(_ROLE_WORDS[role], [])
        if text not in listed:
            listed.append(text)
            count += 1
    if not shown:
        return UNNAMED
    return "the words " + " and ".join(f"{', '.join(texts)} in its {where}" for where, texts in shown.items())


def read_word_list(path: Path) -> dict[int, str]:
    """Return texts by 20-bit hash from a gzipped CSV file with the columns token and text, the most common first."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        found: dict[int, str] = {}
        for row in csv.DictReader(stream):
            found.setdefault(int(row["token"]), row["text"])
        return found


def telling_words(
    ids: npt.NDArray[np.uint32], coefficients: npt.NDArray[np.float32], texts: Mapping[int, str]
) -> dict[int, str]:
    """Return the texts of the tokens that raise a score."""
    raising = {int(token) & ((1 << TOKEN_BITS) - 1) for token in ids[coefficients > 0].tolist()}
    return {token: texts[token] for token in sorted(raising & texts.keys())}


def render_words(words: Mapping[int, str]) -> bytes:
    """Return words as the bytes of a JSON file."""
    return (json.dumps({str(token): text for token, text in words.items()}, indent=0) + "\n").encode()


def parse_words(data: bytes) -> dict[int, str]:
    """Return words from the bytes of a JSON file; raises ValueError for anything else."""
    fields = json.loads(data)
    if not isinstance(fields, dict) or not all(isinstance(text, str) for text in fields.values()):
        raise ValueError("no object of texts")
    return {int(token): text for token, text in fields.items()}
