"""The indicator pass: one multi-pattern scan that finds where a text does what malware does.

The patterns stand in `indicators.toml` beside this file, each with its category, its meaning in words, its
ATT&CK technique and its weight. They are matched as bytes by Hyperscan, all at once, so that a text costs the
same whether ten indicators are looked for or a thousand.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import hyperscan

from features.contract import FeaturesError
from features.runtime.pattern_store import Scans, database_of

HITS = 64
"""Hits of one indicator that are kept for one text; what comes after is more of the same."""

CALLBACKS = 1 << 16
"""Matches of one text and pass after which its remainder is scanned for the first match of each indicator only."""

REACH = 240
"""How far before its end a hit's `start` is looked for, in bytes."""


class Category(StrEnum):
    """What an indicator is about."""

    EXECUTION = "execution"
    NETWORK = "network"
    STAGING = "staging"
    """Addresses and places where payloads wait and loot goes."""
    ENCODING = "encoding"
    OBFUSCATION = "obfuscation"
    CREDENTIAL = "credential"
    WALLET = "wallet"
    CAPTURE = "capture"
    """Keyboard, screen, camera, microphone, clipboard."""
    HOST = "host"
    PERSISTENCE = "persistence"
    EVASION = "evasion"
    """Anti-analysis, and what switches defences off."""
    INSTALL = "install"
    IMPACT = "impact"
    LURE = "lure"
    """What a package says about itself or its kind."""


SIGNS: Mapping[Category, str] = MappingProxyType(
    {
        Category.EXECUTION: "running programs or text as code",
        Category.NETWORK: "network use",
        Category.STAGING: "places where payloads wait and loot goes",
        Category.ENCODING: "encoded text",
        Category.OBFUSCATION: "code made hard to read",
        Category.CREDENTIAL: "reaching for passwords and keys",
        Category.WALLET: "reaching for crypto wallets",
        Category.CAPTURE: "recording the keyboard, the screen or the clipboard",
        Category.HOST: "asking about the machine and its user",
        Category.PERSISTENCE: "making itself start again",
        Category.EVASION: "hiding from analysis or switching off defences",
        Category.INSTALL: "hooking into the installation",
        Category.IMPACT: "destroying, locking or mining",
        Category.LURE: "what malware says of itself",
    }
)
"""What each category is, in words that complete "signs of ..."."""


class Flag(StrEnum):
    """How a pattern is read."""

    CASELESS = "caseless"


class Part(StrEnum):
    """What kind of pattern it is; what is looked for together says `Pass`.

    It is in `DIGEST` and so in every model's schema, and gives way to `Pass` when the indicators change next.
    """

    WORDS = "words"
    """Patterns that Hyperscan finds by the words in them: all that is said of no other part."""
    LOOSE = "loose"
    """Patterns of what every text is full of: brackets, quotes, figures."""
    ADDRESSES = "addresses"
    """Patterns of what stands behind `://`."""
    ESCAPES = "escapes"
    """Patterns that cannot match without a backslash."""
    FOREIGN = "foreign"
    """Patterns that cannot match without a byte beyond ASCII."""
    RUNS = "runs"
    """Patterns that cannot match without `RUN` bytes in a row that are letters, figures or one of `+/_-`."""
    BLANKS = "blanks"
    """Patterns that cannot match without 60 spaces or 30 tabs in a row."""


class Pass(StrEnum):
    """Which patterns are looked for together: unlike ones are several times slower together than each kind alone."""

    WORDS = "words"
    """Patterns that Hyperscan finds by some bytes in them: all that are of no other pass."""
    SIGNS = "signs"
    """Those of brackets, quotes and figures alone, of which every text is full."""
    RUNS = "runs"
    BLANKS = "blanks"
    """As the parts of these names: a text without such runs is not searched for them."""


JOINED = frozenset(Pass) - {Pass.SIGNS}
"""Passes that are as fast together as apart in bytes that are no text."""
# By name as long as no part says it: the loose patterns that would slow words down.
_SIGNS = frozenset(("fixed_address_connect", "reversed_literal", "number_list", "character_list"))

RUN = 256
"""Bytes in a row without which no pattern of `Part.RUNS` matches."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A pattern looked for in text.

    `id` is SQL-friendly; `pattern` is a regular expression over bytes, within what both Hyperscan and `re`
    read alike. `part` says what kind of pattern it is. `meaning` completes "It was ranked here because the
    package ..."; `technique` is an ATT&CK id or ""; `weight` (0 to 10) says how much a person should look at
    this place before others.
    """

    id: str
    pattern: str
    category: Category
    meaning: str
    technique: str
    weight: int
    flags: tuple[Flag, ...] = ()
    part: Part = Part.WORDS


class Hit(NamedTuple):
    """One match: the indicator's place in `INDICATORS`, and byte offsets into the text.

    `end` is exact, one past the last byte that matched. `start` is where the line of that byte begins, or
    `REACH` bytes earlier than `end` in a long line: finding where a match begins costs more than the scan.
    """

    indicator: int
    start: int
    end: int


class IndicatorFileError(FeaturesError):
    """The indicator file says something that cannot be meant."""

    hint = "mend features/indicators.toml"

    def __init__(self, entry: str, problem: str) -> None:
        super().__init__(entry, problem)
        self.entry = entry
        self.problem = problem

    def __str__(self) -> str:
        return f"indicator {self.entry}: {self.problem}"


_REQUIRED = {"id", "category", "meaning", "pattern", "weight"}
_OPTIONAL = {"technique", "flags", "part"}
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_TECHNIQUE = re.compile(r"(?:T\d{4}(?:\.\d{3})?)?")


def parse_indicators(text: str, *, shipped: bool = False) -> tuple[Indicator, ...]:
    """Return the indicators of a TOML document, in its order; raises IndicatorFileError, TOMLDecodeError.

    The patterns of the `shipped` document are not checked: that costs every process as much as all else here, and
    a test does it.
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
        part = Part(entry.get("part", Part.WORDS))
        if checked:
            re.compile(entry["pattern"].encode("ascii"))
    except (ValueError, re.error) as error:
        raise IndicatorFileError(name, str(error)) from error
    return Indicator(name, entry["pattern"], category, entry["meaning"], technique, weight, flags, part)


INDICATORS: tuple[Indicator, ...] = parse_indicators(
    (Path(__file__).parents[1] / "indicators.toml").read_text(encoding="utf-8"), shipped=True
)
"""All indicators, in the order of the file; a hit names one by its place here."""

POSITIONS: Mapping[str, int] = {indicator.id: place for place, indicator in enumerate(INDICATORS)}
"""Where in `INDICATORS` an id stands."""

DIGEST: str = hashlib.blake2b(
    repr([(i.id, i.pattern, i.category.value, i.flags, i.part.value) for i in INDICATORS]).encode(), digest_size=8
).hexdigest()
"""16 hex digits over everything that decides what `scan` finds."""


class _Set(NamedTuple):
    """One compiled set of patterns: those of a pass; for every match, or for the first of each."""

    of: Pass
    once: bool


_EVERY: Mapping[Pass, _Set] = MappingProxyType({of: _Set(of, once=False) for of in Pass})

_STEP = 8
_BLANKS = tuple((run[: len(run) // _STEP], run) for run in (b" " * 60, b"\t" * 30))
_SAMPLED_RUN = b"x" * (RUN // _STEP)
_RUN_LETTERS = bytes(
    ord("x") if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/_-") else ord(" ")
    for byte in range(256)
)


def holds(data: bytes) -> list[Pass]:
    """Return the passes whose patterns may match in a text, in their order: those of others cannot."""
    passes = [Pass.WORDS, Pass.SIGNS]
    # A run of so many bytes shows in every eighth byte as a run of an eighth of them, which is cheaper to look for.
    sample = data[::_STEP]
    if _SAMPLED_RUN in sample.translate(_RUN_LETTERS):
        passes.append(Pass.RUNS)
    for sampled, run in _BLANKS:
        if sampled in sample and run in data:
            passes.append(Pass.BLANKS)
            break
    return passes


def pass_of(indicator: Indicator) -> Pass:
    """Return the pass that looks for an indicator."""
    if indicator.id in _SIGNS:
        return Pass.SIGNS
    return Pass(indicator.part) if indicator.part in {Part.RUNS, Part.BLANKS} else Pass.WORDS


def patterns_of(passes: Container[Pass], flags: int = 0) -> list[tuple[int, str, int]]:
    """Return the place of each indicator of some passes, its pattern, and its own and common flags of Hyperscan."""
    return [
        (place, one.pattern, flags | (hyperscan.HS_FLAG_CASELESS if Flag.CASELESS in one.flags else 0))
        for place, one in enumerate(INDICATORS)
        if pass_of(one) in passes
    ]


@cache
def _database(of: _Set) -> Any:
    return database_of(patterns_of({of.of}, hyperscan.HS_FLAG_SINGLEMATCH if of.once else 0))


_SCANS = Scans(_database)


def scan(data: bytes, known: Sequence[tuple[int, int]] | None = None) -> list[Hit]:
    """Return what matched in one text, by (end, indicator); at most `HITS` of each indicator.

    Linear in the length of `data`, which may be any bytes. A text with more than `CALLBACKS` matches of one pass
    gets what was found until then and, for its indicators not met until then, the first match of each. `known` are
    all matches (end, indicator) of the passes in `JOINED`, where those were looked for already.
    """
    found = list(known or ())
    most = 0

    def on_match(indicator: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        found.append((end, indicator))
        return len(found) >= most

    for of in holds(data) if known is None else (Pass.SIGNS,):
        most = len(found) + CALLBACKS
        try:
            _SCANS.of(_EVERY[of])(data, match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            found += _firsts(data, of, {indicator for _, indicator in found})
    if len(found) > HITS:
        found = _capped(found)
    return [Hit(indicator, _start_of(data, end), end) for end, indicator in sorted(found)]


def _firsts(data: bytes, of: Pass, known: set[int]) -> list[tuple[int, int]]:
    """Return (end, indicator) of the first match of each indicator of a pass that is not known yet."""
    found: list[tuple[int, int]] = []

    def on_first(indicator: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        if indicator not in known:
            found.append((end, indicator))
        return False

    _SCANS.of(_Set(of, once=True))(data, match_event_handler=on_first)
    return found


def _capped(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first `HITS` of each indicator."""
    counts: Counter[int] = Counter()
    kept: list[tuple[int, int]] = []
    for place in found:
        counts[place[1]] += 1
        if counts[place[1]] <= HITS:
            kept.append(place)
    return kept


def _start_of(data: bytes, end: int) -> int:
    earliest = max(0, end - REACH)
    return max(earliest, data.rfind(b"\n", earliest, max(end - 1, earliest)) + 1)


def line_of(data: bytes, offset: int) -> int:
    """Return the number, from 1, of the line that the byte at `offset` stands in."""
    return data.count(b"\n", 0, max(offset, 0)) + 1


def lines_of(data: bytes, offsets: Iterable[int]) -> list[int]:
    """Return for each of the ascending `offsets` what `line_of` does, in one pass over the data."""
    lines: list[int] = []
    line, counted = 1, 0
    for offset in offsets:
        at = max(offset, 0)
        line += data.count(b"\n", counted, at)
        counted = at
        lines.append(line)
    return lines


def excerpt(data: bytes, start: int, end: int, limit: int = 200) -> str:
    """Return at most `limit` characters of the line that the hit ends in, with its end among them.

    The text is raw: whoever shows it escapes it. Bytes that are no UTF-8 become U+FFFD.
    """
    last = max(end - 1, 0)
    head = max(start, last - limit * 3 // 4, 0)
    stop = data.find(b"\n", last, head + limit)
    line = data[head : stop if stop >= 0 else head + limit]
    while line[:1] > b"\x7f" and line[:1] < b"\xc0":
        line = line[1:]
    return line.decode("utf-8", "replace").strip()
