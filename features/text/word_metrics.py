"""Decides whether single words look random, and whether their letters are hard to tell apart.

A word looks random if it has features that words and abbreviations in names rarely have: letter pairs of no common
language, long runs of consonants, alternating letters and digits or upper and lower case, long hexadecimal numbers. The
rules are for ASCII; words with other letters never look random.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.runtime.cache import cached_text

_RARE = re.compile(
    r"b(?=[kqx])|c(?=[bfjpvx])|d(?=[x])|f(?=[kqvxz])|g(?=[qvxz])|h(?=[jkqvxz])|j(?=[bcdfghklmnpqrtvwxyz])|"
    r"k(?=[qvxz])|l(?=[qx])|m(?=[qxz])|p(?=[qvxz])|q(?=[bcdefghijklmnoprstvwxyz])|r(?=[x])|s(?=[xz])|"
    r"t(?=[q])|v(?=[bcdfghjkmnpqrtwxz])|w(?=[jqvxz])|x(?=[bdgjknqrvwz])|y(?=[jqvx])|"
    r"z(?=[bcdfgjkmnpqrstvwx])"
)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_SWITCH = re.compile(r"[a-z](?=\d)|\d(?=[a-z])")
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HEX = re.compile(r"_*(?:0x)?(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}", re.ASCII)
_CONFUSING = re.compile(r"_*(?:[O0oQ]{5,}|[Il1i|]{5,}|[S5s]{6,}|[mnMN]{8,})")
_LETTERS = re.compile(r"[a-z]+")
_SCRAMBLE = re.compile(r"_+0x[0-9a-fA-F]{3,}|_{5,}[A-Za-z0-9]*|(?=.*\d)(?=.*[A-Z])[A-Z0-9]{16,}")

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _mark(mark: int, letters: str) -> npt.NDArray[np.uint8]:
    """Return a table over all bytes with `mark` at the given letters, else 0."""
    return np.array([mark * (chr(code) in letters) for code in range(256)], np.uint8)


_IN_ROW = _mark(1, "bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ") | _mark(2, "O0oQ") | _mark(4, "Il1i|")
_UPPER, _LOWER = _mark(1, _ALPHABET.upper()), _mark(1, _ALPHABET)
_SMALL = np.frombuffer(bytes(range(256)).lower(), np.uint8).astype(np.uint16)
_ODD = 30
_ALONE = (_mark(_ODD, "0123456789") + _mark(_ODD // 5, "_")).astype(np.int32)
_PAIRED = np.zeros(2**16, np.int32)
_PAIRED[[ord(a) << 8 | ord(b) for a in _ALPHABET for b in _ALPHABET if _RARE.match(a + b)]] = _ODD // 2


def may_be_odd(words: Sequence[bytes]) -> list[int]:
    """Return the positions of words that may be random or confusing; no other ASCII word is either.

    One numpy test covers all words, because most need no closer look. No word may be empty.
    """
    if not words:
        return []
    data = np.frombuffer(b"\n".join([*words, b"\n\n\n"]), np.uint8)
    sizes = np.fromiter(map(len, words), np.int64, count=len(words)) + 1
    # A word may be odd with one digit, five underscores, two rare pairs, three humps, or five of a kind in a row.
    score = _ALONE[data]
    small = _SMALL[data]
    score[:-1] += _PAIRED[small[:-1] << 8 | small[1:]]
    upper, lower = _UPPER[data], _LOWER[data]
    score[1:-1] += (upper[1:-1] & (lower[:-2] | (upper[:-2] & lower[2:]))) * np.int32(_ODD // 3)
    row = _IN_ROW[data]
    pairs = row[:-1] & row[1:]
    score[:-4] += ((pairs[:-3] & pairs[2:-1] & row[4:]) > 0) * np.int32(_ODD)
    return np.flatnonzero(np.add.reduceat(score, np.cumsum(sizes) - sizes) >= _ODD).tolist()


def is_confusing(word: str) -> bool:
    """Return whether a word has letters that are hard to tell apart (`O0O0O0`, `lIlI1l`) or looks like `_0x3f2a`."""
    return _CONFUSING.fullmatch(word) is not None or _SCRAMBLE.fullmatch(word) is not None


@cached_text("random_words")
def is_random(word: str) -> bool:
    """Return whether the first 64 characters of a word look random; a word of under six never does."""
    word = word[:64]
    if len(word) < 6 or not word.isascii():
        return False
    small = word.lower()
    if not word.isalpha():
        # These patterns never match letters alone.
        if _SCRAMBLE.fullmatch(word) is not None or _HEX.fullmatch(small) is not None:
            return True
        if len(word) >= 8 and len(_SWITCH.findall(small)) * 3 >= len(small):
            return True
    if _CONFUSING.fullmatch(word) is not None:
        return True
    # Each hump of a camelCase word counts as a word of its own.
    humps = word if small == word else _CASE.sub(" ", word).lower()
    if _CONSONANTS.search(humps) is not None:
        return True
    rare = len(_RARE.findall(humps))
    if rare >= 2:
        letters = sum(map(len, _LETTERS.findall(humps)))
        if letters >= 5 and rare * 7 >= letters:
            return True
    return small != word and len(word) >= 8 and len(_CASE.findall(word)) * 3 >= len(word)
