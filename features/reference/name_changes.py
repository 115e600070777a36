"""Finds the ways in which two names differ: edits, look-alike letters, and affixes."""

import re
from collections.abc import Iterator
from enum import StrEnum

AFFIXES = frozenset({
    "py", "python", "python2", "python3", "lib", "libs", "sdk", "api", "cli", "util", "utils", "tool",
    "tools", "client", "server", "core", "dev", "test", "tests", "beta", "alpha", "new", "latest", "official",
    "pro", "plus", "lite", "fast", "easy", "simple", "secure", "safe", "async", "aio", "http", "https",
    "package", "module", "helper", "helpers", "wrapper", "extra", "extras", "ext", "plugin", "addon", "patch",
    "fix", "fixed", "mirror", "binary", "bin", "io", "js", "x", "2", "3", "4", "v2", "v3", "my", "the",
    "real", "free", "nightly", "cpu", "gpu", "self", "asyncio", "stable", "next", "kit", "bot", "rs", "pip",
    "install", "installer", "setup", "update", "updated", "upgrade", "modified", "custom", "fork", "unofficial",
    "original", "mini", "full", "base", "common", "support", "security", "demo", "example", "pkg", "project",
    "compat", "proxy", "ssl", "v1", "v4", "0", "1", "5",
})  # fmt: skip
"""Words that imitators put before or after a name."""

_LONGEST_AFFIX = max(map(len, AFFIXES))

_KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiou")
_LOOKALIKES = str.maketrans("015", "ols")
_LOOKALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("i", "l"))
_REPEATED = re.compile(r"(.)\1+")


class NameChange(StrEnum):
    """A way in which a name differs from a popular one."""

    INSERTION = "insertion"
    DELETION = "deletion"
    SUBSTITUTION = "substitution"
    TRANSPOSITION = "transposition"
    REPEATED = "repeated"
    KEYBOARD = "keyboard"
    VOWEL = "vowel"
    PLURAL = "plural"
    LOOKALIKE = "lookalike"
    SEPARATOR = "separator"
    ORDER = "order"
    AFFIX = "affix"
    COMBINED = "combined"
    TAIL = "tail"
    PAIR = "pair"
    PART = "part"
    DISTANT = "distant"

    @property
    def is_containment(self) -> bool:
        """True if the popular name is merely a part of the name, as in honest plug-ins and stubs."""
        return self in {NameChange.COMBINED, NameChange.TAIL, NameChange.PAIR}

    @property
    def is_slip(self) -> bool:
        """True if a typo or a misreading causes it: typosquatting in the narrow sense."""
        return not self.is_containment and self not in {NameChange.AFFIX, NameChange.PLURAL}


def with_one_deleted(name: str) -> set[str]:
    """Return a name and its forms with one letter deleted; names one edit apart share one (SymSpell, Garbe 2012)."""
    return {name, *[name[:at] + name[at + 1 :] for at in range(len(name))]}


def letter_bits(name: str) -> int:
    """Return the letters of a name as bits; the second and the third of the same letter have bits of their own."""
    bits = 0
    for letter in name:
        bit = 1 << (ord(letter) & 63)
        while bits & bit and bit < 1 << 128:
            bit <<= 64
        bits |= bit
    return bits


def edit_distance(left: str, right: str) -> int:
    """Return the number of edits between two words; swapping neighbours is one (optimal string alignment)."""
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    before: list[int] = []
    last = list(range(len(right) + 1))
    for at, letter in enumerate(left, start=1):
        row = [at]
        for there, opposite in enumerate(right, start=1):
            cost = min(last[there] + 1, row[-1] + 1, last[there - 1] + (letter != opposite))
            if at > 1 and there > 1 and letter == right[there - 2] and left[at - 2] == opposite:
                cost = min(cost, before[there - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def edit_changes(name: str, popular: str) -> Iterator[NameChange]:
    """Yield the ways in which a name differs from a popular one that is one edit away."""
    at = next(
        (at for at, (a, b) in enumerate(zip(name, popular, strict=False)) if a != b), min(len(name), len(popular))
    )
    if len(name) == len(popular):
        if name[at + 1 :] == popular[at + 1 :]:
            yield from _substitution_changes(name[at], popular[at])
        else:
            yield NameChange.TRANSPOSITION
        return
    more = len(name) > len(popular)
    letter = name[at] if more else popular[at]
    if letter == "-":
        yield NameChange.SEPARATOR
        return
    yield NameChange.INSERTION if more else NameChange.DELETION
    if letter == "s" and at == min(len(name), len(popular)):
        yield NameChange.PLURAL


def _substitution_changes(letter: str, other: str) -> tuple[NameChange, ...]:
    ways = [NameChange.SUBSTITUTION]
    if other in _NEIGHBOURS.get(letter, ()):
        ways.append(NameChange.KEYBOARD)
    if letter in _VOWELS and other in _VOWELS:
        ways.append(NameChange.VOWEL)
    return tuple(ways)


def _keyboard_neighbours() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each key of a QWERTY keyboard with those that touch it."""
    for row, keys in enumerate(_KEYBOARD):
        for at, key in enumerate(keys):
            above = _KEYBOARD[row - 1][at : at + 2] if row else ""
            below = _KEYBOARD[row + 1][max(0, at - 1) : at + 1] if row + 1 < len(_KEYBOARD) else ""
            yield key, frozenset(keys[max(0, at - 1) : at + 2] + above + below) - {key}


_NEIGHBOURS = dict(_keyboard_neighbours())


def skeleton(name: str) -> str:
    """Return the skeleton of a name (UTS 39): each look-alike letter is replaced by one of its kind."""
    name = name.replace("-", "").translate(_LOOKALIKES)
    for pair, letter in _LOOKALIKE_PAIRS:
        name = name.replace(pair, letter)
    return name


def without_affixes(name: str) -> Iterator[str]:
    """Yield a name without one common affix, or without two that a hyphen sets off."""
    for rest in _without_affix(name):
        yield rest
        if rest != name and "-" in rest:
            yield from _without_affix(rest)


def _without_affix(name: str) -> Iterator[str]:
    for cut in range(1, min(len(name), _LONGEST_AFFIX + 1)):
        if name[:cut] in AFFIXES:
            yield name[cut:].lstrip("-")
        if name[-cut:] in AFFIXES:
            yield name[:-cut].rstrip("-")


def without_repetition(name: str) -> str:
    """Return a name with each run of one letter reduced to one."""
    return _REPEATED.sub(r"\1", name)
