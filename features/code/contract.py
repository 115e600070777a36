"""Defines the result of the syntax pass: one frozen analysis for each Python file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from features.runtime.cache import size_of_numbers, size_of_words
from features.text.host_place import HostPlace


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the syntax pass, which matches lines of code.

    `meaning` completes the sentence "It was ranked here because the package ..."; `technique` is an ATT&CK id or
    ""; `weight` (0 to 10) is on the scale of the indicators' weights.
    """

    id: str
    meaning: str
    technique: str
    weight: float


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """A line where a rule matched, or an indicator in folded or unpacked text.

    `line` counts from 1, `id` is the rule's or the indicator's, `excerpt` is raw text of the package.
    """

    line: int
    id: str
    excerpt: str
    weight: float


@dataclass(frozen=True, slots=True)
class CodeUnit:
    """The code of one file that runs together: its effects, and the other units and files that it runs.

    `name` is "" for code that runs with the file itself, MAIN_UNIT for code that runs only if the file is the
    program, ANY_UNIT for all functions of a file without a syntax tree, else the qualified name of a function, class
    or method ("Thing.go"). `effects` are behaviours and `finding_<rule id>` with their counts, of this unit alone.
    `runs` are indexes of the units of the same file that this one runs. `calls` are dotted names outside the file
    that it calls or passes on (a relative one begins with "."), `imports` the modules that it imports, `files` the
    files (and "-m module") that it runs as programs.
    """

    name: str
    effects: tuple[tuple[str, int], ...] = ()
    runs: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


MAIN_UNIT = "__main__"
ANY_UNIT = "*"


@dataclass(frozen=True, slots=True)
class FileAnalysis:
    """The result of the syntax pass for one Python file; it depends on the bytes and the role alone.

    `parsed` is False if the file has no syntax tree; `reason` is then "depth", "syntax" or "size". `counts` is
    sparse: a missing key is 0. Its keys are `call_<behaviour>`, `run_<behaviour>` (calls that run when the file is
    imported or installed), `finding_<rule id>`, `folded_<category>`, `unpacked_<category>` and the ids of
    `features.code.measures.MEASURES`. `tokens` are 64-bit ordered token hashes (see `features.code.tokens`),
    ascending. `aliases` maps a name of the module to the dotted name outside the file that it stands for (or, after
    "=", to a unit of this file); `star_imports` are the modules imported with `*`. `hosts` are those inside encoded and
    folded text.
    """

    parsed: bool
    reason: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    locations: tuple[CodeLocation, ...] = ()
    tokens: tuple[int, ...] = ()
    units: tuple[CodeUnit, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    star_imports: tuple[str, ...] = ()
    hosts: tuple[HostPlace, ...] = ()
    rule_ids: frozenset[str] = field(default=frozenset(), init=False)
    """Ids of the rules that matched."""

    def __post_init__(self) -> None:
        matched = frozenset([key[8:] for key in self.counts if key.startswith("finding_")])
        object.__setattr__(self, "rule_ids", matched)

    def size_in_bytes(self) -> int:
        """Return the approximate size of the analysis in memory, in bytes."""
        excerpts = sum([200 + len(location.excerpt) for location in self.locations])
        numbers = size_of_numbers(self.tokens) + 100 * len(self.counts) + 250 * len(self.hosts)
        return numbers + excerpts + size_of_links(self.units, self.aliases)


def size_of_links(units: Sequence[CodeUnit], aliases: Sequence[tuple[str, str]]) -> int:
    """Return the approximate size of units and aliases in memory, in bytes."""
    names = sum([size_of_words((*unit.calls, *unit.imports, *unit.files)) for unit in units])
    numbers = sum([300 + 100 * len(unit.effects) + 40 * len(unit.runs) for unit in units])
    return names + numbers + sum([100 + size_of_words(alias) for alias in aliases])
