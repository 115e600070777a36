"""Parses the file of indicators: patterns that text is searched for, with their meanings."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from features.contract import FeaturesError


class Category(StrEnum):
    """Category of behaviour that an indicator is a sign of."""

    EXECUTION = "execution"
    NETWORK = "network"
    STAGING = "staging"
    """Hosts that serve payloads or receive stolen data."""
    ENCODING = "encoding"
    OBFUSCATION = "obfuscation"
    CREDENTIAL = "credential"
    WALLET = "wallet"
    CAPTURE = "capture"
    """Keyboard, screen, camera, microphone, clipboard."""
    HOST = "host"
    PERSISTENCE = "persistence"
    EVASION = "evasion"
    """Anti-analysis, and disabling of defences."""
    INSTALL = "install"
    IMPACT = "impact"
    LURE = "lure"
    """Claims of a package about itself, and wording typical of malware."""


CATEGORY_MEANINGS: Mapping[Category, str] = MappingProxyType(
    {
        Category.EXECUTION: "running programs or text as code",
        Category.NETWORK: "network use",
        Category.STAGING: "hosts that serve payloads or receive stolen data",
        Category.ENCODING: "encoded text",
        Category.OBFUSCATION: "obfuscated code",
        Category.CREDENTIAL: "access to passwords and keys",
        Category.WALLET: "access to cryptocurrency wallets",
        Category.CAPTURE: "recording the keyboard, the screen or the clipboard",
        Category.HOST: "reconnaissance of the machine and its user",
        Category.PERSISTENCE: "persistence on the machine",
        Category.EVASION: "hiding from analysis or switching off defences",
        Category.INSTALL: "hooking into the installation",
        Category.IMPACT: "destroying or locking data, or mining",
        Category.LURE: "wording typical of malware",
    }
)
"""Meaning of each category, which completes "signs of ..."."""


class Flag(StrEnum):
    """A way in which a pattern is matched."""

    CASELESS = "caseless"


class Pass(StrEnum):
    """Patterns that are compiled into one database; unlike ones are faster apart (indicator pass of stage `code`)."""

    WORDS = "words"
    """Patterns with a literal of several bytes, by which Hyperscan finds them."""
    PUNCTUATION = "punctuation"
    """Patterns of brackets, quotes and digits alone, which are frequent in every text."""
    RUNS = "runs"
    """Patterns that match only in runs of `RUN_BYTES` or more letters, digits, `+`, `/`, `_` and `-`."""
    BLANKS = "blanks"
    """Patterns that match only in runs of 60 spaces or 30 tabs."""


RUN_BYTES = 256
"""Length of the shortest run that a pattern of `Pass.RUNS` matches."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A pattern that text is searched for.

    `id` is SQL-friendly. `pattern` is a regular expression over bytes that Hyperscan and `re` read alike. `meaning`
    completes "It was ranked here because the package ..."; `technique` is an ATT&CK id or "". `weight` (0 to 10) ranks
    the places that a report shows, the greatest first.
    """

    id: str
    pattern: str
    category: Category
    meaning: str
    technique: str
    weight: int
    flags: tuple[Flag, ...] = ()
    scan_pass: Pass = Pass.WORDS


class IndicatorFileError(FeaturesError):
    """An entry of the indicator file is not valid."""

    hint = "correct features/indicators.toml"

    def __init__(self, entry: str, problem: str) -> None:
        super().__init__(entry, problem)
        self.entry = entry
        self.problem = problem

    def __str__(self) -> str:
        return f"indicator {self.entry}: {self.problem}"


_REQUIRED = {"id", "category", "meaning", "pattern", "weight"}
_OPTIONAL = {"technique", "flags", "pass"}
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_TECHNIQUE = re.compile(r"(?:T\d{4}(?:\.\d{3})?)?")


def parse_indicators(text: str, *, shipped: bool = False) -> tuple[Indicator, ...]:
    """Return the indicators of a TOML document, in its order; raises IndicatorFileError, TOMLDecodeError.

    The patterns of the `shipped` document are not compiled to check them, because a test does that.
    """
    document = tomllib.loads(text)
    entries = document.pop("indicator", [])
    if document:
        raise IndicatorFileError("file", f"unknown key {min(document)!r}; known: 'indicator'")
    indicators: list[Indicator] = []
    seen: dict[str, str] = {}
    for position, entry in enumerate(entries):
        indicator = _parse_indicator(str(entry.get("id", f"number {position}")), entry, checked=not shipped)
        for what in (indicator.id, indicator.pattern):
            if what in seen:
                raise IndicatorFileError(indicator.id, f"repeats what {seen[what]} has")
            seen[what] = indicator.id
        indicators.append(indicator)
    return tuple(indicators)


def _parse_indicator(name: str, entry: Mapping[str, Any], *, checked: bool) -> Indicator:
    unknown = entry.keys() - _REQUIRED - _OPTIONAL
    if unknown:
        known = ", ".join(sorted(_REQUIRED | _OPTIONAL))
        raise IndicatorFileError(name, f"unknown key {min(unknown)!r}; known: {known}")
    missing = _REQUIRED - entry.keys()
    if missing:
        raise IndicatorFileError(name, f"lacks {min(missing)!r}")
    if not _ID.fullmatch(name):
        raise IndicatorFileError(name, "an id is lower-case words joined by underscores")
    weight = entry["weight"]
    if type(weight) is not int or not 0 <= weight <= 10:
        raise IndicatorFileError(name, f"weight {weight!r} is not a whole number from 0 to 10")
    technique = entry.get("technique", "")
    if not _TECHNIQUE.fullmatch(technique):
        raise IndicatorFileError(name, f"{technique!r} is not an ATT&CK technique")
    try:
        category = Category(entry["category"])
        flags = tuple(Flag(flag) for flag in entry.get("flags", ()))
        scan_pass = Pass(entry.get("pass", Pass.WORDS))
        if checked:
            re.compile(entry["pattern"].encode("ascii"))
    except (ValueError, re.error) as error:
        raise IndicatorFileError(name, str(error)) from error
    return Indicator(name, entry["pattern"], category, entry["meaning"], technique, weight, flags, scan_pass)
