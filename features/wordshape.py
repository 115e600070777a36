"""The shape of a single word: how much it looks like nobody thought of it.

A word is random-looking where it has what words and abbreviations in names hardly ever have: letter pairs
that no common language writes, long runs of consonants, letters and digits in turns, upper and lower case in
turns, long hexadecimal digits. The rules are for ASCII; a word with other letters is not judged.
"""

import math
import re
from collections import Counter
from functools import lru_cache

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


def entropy(data: bytes | str) -> float:
    """Return the Shannon entropy of the symbols of a text, in bits for each; 0.0 for an empty one."""
    size = len(data)
    if size < 2:
        return 0.0
    return max(0.0, -sum(n / size * math.log2(n / size) for n in Counter(data).values()))


def is_confusing(word: str) -> bool:
    """Tell whether a word is drawn from letters that are hard to tell apart (`O0O0O0`, `lIlI1l`) or `_0x3f2a`."""
    return _CONFUSING.fullmatch(word) is not None or _SCRAMBLE.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def is_random(word: str) -> bool:
    """Tell whether a word of at least six letters and digits looks random; words of 64 and more are cut."""
    word = word[:64]
    if len(word) < 6 or not word.isascii():
        return False
    if is_confusing(word):
        return True
    small = word.lower()
    if _HEX.fullmatch(small) is not None:
        return True
    # Each hump of a camelCase word is a word of its own.
    humps = _CASE.sub(" ", word).lower()
    if _CONSONANTS.search(humps) is not None:
        return True
    rare = 0
    letters = 0
    for part in _LETTERS.findall(humps):
        letters += len(part)
        rare += len(_RARE.findall(part))
    if letters >= 5 and rare >= 2 and rare * 7 >= letters:
        return True
    if len(_SWITCH.findall(small)) * 3 >= len(small) and len(small) >= 8:
        return True
    mixed = len(_CASE.findall(word))
    return len(word) >= 8 and mixed * 3 >= len(word)
